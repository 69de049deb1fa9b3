#include "notification_svc/storage/mail_polls.h"

#include "absl/time/clock.h"
#include "platform/postgres/run_transaction.h"

namespace waybill::notification_svc {
namespace {

constexpr absl::Duration kTimeout = absl::Seconds(5);

// Reads the mails that wait only, along the index mails_due.
constexpr postgres::Statement kCountQueued{
    "mails_count_queued",
    "SELECT count(*), coalesce(extract(epoch FROM now() - min(created_at)), 0)::double precision "
    "FROM mails WHERE state = 'PENDING'"};

}  // namespace

void AddMailPolls(metrics::Poller& poller, metrics::Registry& registry, postgres::Pool& pool) {
  const metrics::Gauge queued =
      registry.AddGauge("waybill_mails_queued", "Mails that are to be sent");
  const metrics::Gauge oldest = registry.AddGauge(
      "waybill_mails_queued_oldest_age_seconds",
      "How long ago the oldest mail that is to be sent was written; 0 without one");
  poller.Add("queued_mails", [&pool, queued, oldest] {
    return postgres::RunTransaction(
        pool, {.name = "count queued mails", .deadline = absl::Now() + kTimeout, .max_attempts = 1},
        [&](postgres::Transaction& tx) {
          const auto rows = tx.Exec(kCountQueued);
          queued.Set(rows[0][0].as<double>());
          oldest.Set(rows[0][1].as<double>());
          return absl::OkStatus();
        });
  });
}

}  // namespace waybill::notification_svc
