// Polls how many mails wait, and for how long.
#pragma once

#include "platform/metrics/poller.h"
#include "platform/metrics/registry.h"
#include "platform/postgres/pool.h"

namespace waybill::notification_svc {

// Adds to `poller`: waybill_mails_queued and waybill_mails_queued_oldest_age_seconds. Borrows the
// pool.
void AddMailPolls(metrics::Poller& poller, metrics::Registry& registry, postgres::Pool& pool);

}  // namespace waybill::notification_svc
