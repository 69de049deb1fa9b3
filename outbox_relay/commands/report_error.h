// Reports why a command failed.
#pragma once

#include "absl/status/status.h"

namespace waybill::outbox_relay {

// Prints the message to stderr, escaped for a terminal, and returns the exit code for it.
int ReportError(const absl::Status& status);

}  // namespace waybill::outbox_relay
