// Parses source.topic: column names in braces, anything else literal.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace waybill::outbox_relay {

struct TopicPart {
  bool is_column = false;
  // The column's name, or the literal.
  std::string text;
};

// FailedPrecondition for a { without a }.
absl::StatusOr<std::vector<TopicPart>> ParseTopicTemplate(std::string_view topic);

}  // namespace waybill::outbox_relay
