// A row of `payments` as a value.
#pragma once

#include <pqxx/pqxx>

#include "payment_svc/application/ports.h"

namespace waybill::payment_svc {

// The columns RecordOf reads, in its order.
#define WAYBILL_PAYMENT_COLUMNS                                                            \
  "order_id, payment_id, user_id, payment_method, amount_minor, currency, wanted, state, " \
  "provider_reference, decline_reason, step, step_started_at, step_lookup, step_attempt, " \
  "step_tries, event_sequence, traceparent, updated_at"

// Throws std::runtime_error where a column holds what the migration's checks don't allow.
PaymentRecord RecordOf(const pqxx::row& row);

}  // namespace waybill::payment_svc
