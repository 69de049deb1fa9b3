// Reading says how far a consumer has come, for decisions that depend on what has not been heard.
#pragma once

#include <string>
#include <vector>

#include "absl/time/time.h"

namespace waybill::inbox {

struct Reading {
  // The consumer has read all that this member's partitions held at this time. Each of those events
  // has taken effect, is parked, or is held.
  absl::Time up_to = absl::InfinitePast();
  // The keys of the events that this process has read and that have not taken effect yet. They may
  // stand more than once.
  std::vector<std::string> held_keys;
};

}  // namespace waybill::inbox
