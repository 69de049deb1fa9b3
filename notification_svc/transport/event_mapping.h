// From the events on orders.events to the domain's values.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "notification_svc/application/queue_mails.h"
#include "platform/events/envelope.h"

namespace waybill::notification_svc {

// Whether ToOrderNews knows the type (a message's full name).
bool IsOrderNews(const std::string& type);

// kInvalidArgument: not readable, for another order than its key says, no mail address, or values
// that can't be. No message holds an address.
absl::StatusOr<OrderNews> ToOrderNews(const events::IncomingEvent& event);

}  // namespace waybill::notification_svc
