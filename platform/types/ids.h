// Each kind of id that we make has its own type, so that none is passed for another.
#pragma once

#include "platform/types/uuid.h"

namespace waybill {

using OrderId = UuidId<struct OrderIdTag>;
using EventId = UuidId<struct EventIdTag>;
using PaymentId = UuidId<struct PaymentIdTag>;
using RefundId = UuidId<struct RefundIdTag>;
using RequestId = UuidId<struct RequestIdTag>;

}  // namespace waybill
