// Checks that inbox rows outlive every redelivery of their events.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "platform/inbox/config.h"

namespace waybill::inbox {

// Queries the broker how long it keeps `topics` (full names). An event can be published again for
// as long as its outbox keeps it, and is then in the topic for retention.ms and up to one
// segment.ms more; its inbox row must still be there. kInvalidArgument: it wouldn't be, with the
// numbers. kNotFound: it would, but for topics that aren't there yet. kUnavailable: no broker
// answered within 5 s.
absl::Status CheckRetention(const ConsumerOptions& options, const std::vector<std::string>& topics);

}  // namespace waybill::inbox
