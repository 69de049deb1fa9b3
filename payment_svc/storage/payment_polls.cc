#include "payment_svc/storage/payment_polls.h"

#include <map>
#include <string>
#include <utility>

#include "platform/postgres/state_gauges.h"

namespace waybill::payment_svc {
namespace {

// Reads due payments only, along the index payments_due. An authorisation that the provider has not
// executed (busy, unreachable) counts as not started, and as due since the payment was created.
constexpr postgres::Statement kCountPending{"payments_count_pending", R"sql(
    SELECT state, count(*) AS count,
           extract(epoch FROM now() - min(coalesce(
               step_started_at, CASE WHEN state = 'none' THEN created_at END, updated_at
           )))::double precision AS oldest_age
    FROM payments WHERE due_at IS NOT NULL GROUP BY state)sql"};

}  // namespace

void AddPaymentPolls(metrics::Poller& poller, metrics::Registry& registry, postgres::Pool& pool) {
  std::map<std::string, postgres::StateGauges> gauges;
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
    return postgres::SetStateGauges(pool, "count pending payments", kCountPending, gauges);
  });
}

}  // namespace waybill::payment_svc
