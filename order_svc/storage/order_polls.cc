#include "order_svc/storage/order_polls.h"

#include <map>
#include <string>
#include <utility>

#include "platform/postgres/state_gauges.h"

namespace waybill::order_svc {
namespace {

// Reads the open orders only, along the index orders_open.
constexpr postgres::Statement kCountOpen{"orders_count_open", R"sql(
    SELECT state, count(*) AS count,
           extract(epoch FROM now() - min(placed_at))::double precision AS oldest_age
    FROM orders WHERE state NOT IN ('CONFIRMED', 'CANCELLED') GROUP BY state)sql"};

}  // namespace

void AddOrderPolls(metrics::Poller& poller, metrics::Registry& registry, postgres::Pool& pool) {
  std::map<std::string, postgres::StateGauges> gauges;
  for (const char* state : {"PLACED", "PAYMENT_CONFIRMED", "RESERVED"}) {
    gauges[state] = {
        registry.AddGauge("waybill_orders_open", "Orders on their way", {{"state", state}}),
        registry.AddGauge("waybill_orders_open_oldest_age_seconds",
                          "How long ago the oldest order on its way was placed; 0 without one",
                          {{"state", state}})};
  }
  poller.Add("open_orders", [&pool, gauges = std::move(gauges)] {
    return postgres::SetStateGauges(pool, "count open orders", kCountOpen, gauges);
  });
}

}  // namespace waybill::order_svc
