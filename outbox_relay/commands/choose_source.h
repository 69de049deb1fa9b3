// Chooses the source that a command is about.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "outbox_relay/config.h"

namespace waybill::outbox_relay {

// The source of that name; the only one if `name` is "". InvalidArgument if there is none.
absl::StatusOr<SourceConfig> ChooseSource(const RelayConfig& config, const std::string& name);

}  // namespace waybill::outbox_relay
