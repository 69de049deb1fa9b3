#include "payment_svc/storage/payment_polls.h"

#include <map>
#include <string>

#include "absl/time/clock.h"
#include "platform/postgres/run_transaction.h"

namespace waybill::payment_svc {
namespace {

constexpr absl::Duration kTimeout = absl::Seconds(5);

// Reads what is due only, along the index payments_due.
constexpr postgres::Statement kCountPending{
    "payments_count_pending",
    "SELECT state, count(*), extract(epoch FROM"
    "  now() - min(coalesce(step_started_at, updated_at)))::double precision "
    "FROM payments WHERE due_at IS NOT NULL GROUP BY state"};

struct PendingGauges {
  metrics::Gauge count;
  metrics::Gauge oldest_age;
};

}  // namespace

void AddPaymentPolls(metrics::Poller& poller, metrics::Registry& registry, postgres::Pool& pool) {
  std::map<std::string, PendingGauges> gauges;
  // The states that a step leads out of.
  for (const char* state : {"none", "authorized", "captured"}) {
    gauges[state] = {
        registry.AddGauge("waybill_payments_pending", "Payments with a step due or under way",
                          {{"state", state}}),
        registry.AddGauge("waybill_payments_pending_oldest_age_seconds",
                          "How long the oldest step due or under way has been; 0 without one",
                          {{"state", state}})};
  }
  poller.Add("pending_payments", [&pool, gauges = std::move(gauges)] {
    return postgres::RunTransaction(
        pool,
        {.name = "count pending payments", .deadline = absl::Now() + kTimeout, .max_attempts = 1},
        [&](postgres::Transaction& tx) {
          std::map<std::string, std::pair<double, double>> found;
          for (const auto& row : tx.Exec(kCountPending)) {
            found[row[0].c_str()] = {row[1].as<double>(), row[2].as<double>()};
          }
          for (const auto& [state, gauge] : gauges) {
            gauge.count.Set(found[state].first);
            gauge.oldest_age.Set(found[state].second);
          }
          return absl::OkStatus();
        });
  });
}

}  // namespace waybill::payment_svc
