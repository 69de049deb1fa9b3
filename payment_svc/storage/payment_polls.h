// Polls how many payments have a pending step, and for how long.
#pragma once

#include "platform/metrics/poller.h"
#include "platform/metrics/registry.h"
#include "platform/postgres/pool.h"

namespace waybill::payment_svc {

// Adds to `poller`: waybill_payments_pending{state} and
// waybill_payments_pending_oldest_age_seconds{state}: payments whose next step is due or under way,
// by the state they are in; ages count from the step's beginning, or from when it was required.
// Borrows the pool.
void AddPaymentPolls(metrics::Poller& poller, metrics::Registry& registry, postgres::Pool& pool);

}  // namespace waybill::payment_svc
