#include "order_svc/storage/order_polls.h"

#include <map>
#include <string>

#include "absl/time/clock.h"
#include "platform/postgres/run_transaction.h"

namespace waybill::order_svc {
namespace {

constexpr absl::Duration kTimeout = absl::Seconds(5);

// Reads the open orders only, along the index orders_open.
constexpr postgres::Statement kCountOpen{
    "orders_count_open",
    "SELECT state, count(*), extract(epoch FROM now() - min(placed_at))::double precision "
    "FROM orders WHERE state NOT IN ('CONFIRMED', 'CANCELLED') GROUP BY state"};

struct OpenGauges {
  metrics::Gauge count;
  metrics::Gauge oldest_age;
};

}  // namespace

void AddOrderPolls(metrics::Poller& poller, metrics::Registry& registry, postgres::Pool& pool) {
  std::map<std::string, OpenGauges> gauges;
  for (const char* state : {"PLACED", "PAYMENT_CONFIRMED", "RESERVED"}) {
    gauges[state] = {
        registry.AddGauge("waybill_orders_open", "Orders on their way", {{"state", state}}),
        registry.AddGauge("waybill_orders_open_oldest_age_seconds",
                          "How long ago the oldest order on its way was placed; 0 without one",
                          {{"state", state}})};
  }
  poller.Add("open_orders", [&pool, gauges = std::move(gauges)] {
    return postgres::RunTransaction(
        pool, {.name = "count open orders", .deadline = absl::Now() + kTimeout, .max_attempts = 1},
        [&](postgres::Transaction& tx) {
          std::map<std::string, std::pair<double, double>> found;
          for (const auto& row : tx.Exec(kCountOpen)) {
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

}  // namespace waybill::order_svc
