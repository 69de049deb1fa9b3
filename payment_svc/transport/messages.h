// Converts payments into the messages of waybill/payments/v1.
#pragma once

#include "payment_svc/domain/payment.h"
#include "waybill/payments/v1/payment_service.pb.h"

namespace waybill::payment_svc {

// The payment must have its charge.
payments::v1::Payment ToProto(const Payment& payment);

}  // namespace waybill::payment_svc
