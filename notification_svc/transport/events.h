// Decodes the events that notification_svc consumes (waybill/events/v1).
#pragma once

#include <string>
#include <vector>

#include "notification_svc/application/queue_mails.h"
#include "platform/events/decoder.h"

namespace waybill::notification_svc {

// orders.events.
std::vector<std::string> Topics();

// Decode OrderConfirmed, OrderCancelled and OrderRefunded, for each of which the buyer gets a mail.
// kInvalidArgument: there is no mail address, or a value is invalid. No message holds an address.
const events::Decoders<OrderNews>& EventDecoders();

}  // namespace waybill::notification_svc
