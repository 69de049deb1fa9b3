// Decodes the events that notification_svc consumes (waybill/events/v1).
#pragma once

#include <string>
#include <vector>

#include "notification_svc/application/queue_mails.h"
#include "platform/events/decoder.h"

namespace waybill::notification_svc {

// orders.events.
std::vector<std::string> Topics();

// Decodes OrderConfirmed and OrderCancelled, the ends of orders about which a buyer gets a mail.
// kInvalidArgument: no mail address, or values that can't be. No message holds an address.
const events::Decoders<OrderNews>& EventDecoders();

}  // namespace waybill::notification_svc
