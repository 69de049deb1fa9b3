#include "platform/inbox/consumer_polls.h"

#include <vector>

#include "absl/time/clock.h"
#include "platform/postgres/unit_of_work.h"
#include "platform/types/status_macros.h"

namespace waybill::inbox {
namespace {

constexpr absl::Duration kTimeout = absl::Seconds(5);

// Both along indexes: nothing of the events' bodies is read.
constexpr postgres::Statement kCountParked{"inbox_count_parked", R"sql(
    SELECT (SELECT count(*) FROM parked_events WHERE consumer = $1::text) AS events,
           coalesce((SELECT extract(epoch FROM now() - parked_at)::double precision
                     FROM parked_events WHERE consumer = $1::text ORDER BY id LIMIT 1),
                    0) AS oldest_age)sql"};

absl::Status ShowLag(const ConsumerEngine& engine, metrics::GaugeSet& gauges) {
  ASSIGN_OR_RETURN(const auto lags, engine.MeasureLag(kTimeout));
  std::vector<metrics::GaugeSet::Sample> samples;
  for (const kafka::PartitionLag& lag : lags) {
    samples.push_back({.labels = {{"topic", lag.partition.topic},
                                  {"partition", std::to_string(lag.partition.partition)}},
                       .value = static_cast<double>(lag.records)});
  }
  gauges.Replace(samples);
  return absl::OkStatus();
}

}  // namespace

void AddConsumerPolls(metrics::Poller& poller, metrics::Registry& registry,
                      const ConsumerEngine& engine, postgres::Pool& pool,
                      const std::string& consumer) {
  poller.Add(
      "consumer_lag",
      [&engine, gauges = registry.AddGaugeSet(
                    "waybill_consumer_lag_records",
                    "Records of an assigned partition after the committed offset")]() mutable {
        return ShowLag(engine, gauges);
      });
  const metrics::Gauge now =
      registry.AddGauge("waybill_consumer_parked_events", "Events that are parked now");
  const metrics::Gauge oldest =
      registry.AddGauge("waybill_consumer_parked_oldest_age_seconds",
                        "How long the event parked first has been; 0 when none is");
  poller.Add("parked_events", [&pool, consumer, now, oldest] {
    return postgres::RunTransaction(
        pool,
        {.name = "count parked events", .deadline = absl::Now() + kTimeout, .max_attempts = 1},
        [&](postgres::Transaction& tx) {
          const postgres::Result parked = tx.Exec(kCountParked, consumer);
          now.Set(parked.front().Get<double>("events"));
          oldest.Set(parked.front().Get<double>("oldest_age"));
          return absl::OkStatus();
        });
  });
}

}  // namespace waybill::inbox
