#include "platform/inbox/consumer_metrics.h"

#include <string>

#include "platform/inbox/park_reason.h"

namespace waybill::inbox {
namespace {

metrics::Counter Events(metrics::Registry& registry, const char* outcome) {
  return registry.AddCounter("waybill_consumer_events_total", "Events read, by outcome",
                             {{"outcome", outcome}});
}

metrics::Counter Parked(metrics::Registry& registry, ParkReason reason) {
  return registry.AddCounter("waybill_consumer_parked_total", "Events parked",
                             {{"reason", std::string(NameOf(reason))}});
}

}  // namespace

ConsumerMetrics::ConsumerMetrics(metrics::Registry& registry)
    : applied(Events(registry, "applied")),
      known(Events(registry, "known")),
      skipped(Events(registry, "skipped")),
      parked_invalid(Parked(registry, ParkReason::kInvalid)),
      parked_missing(Parked(registry, ParkReason::kMissing)),
      parked_behind(Parked(registry, ParkReason::kBehind)),
      retries(registry.AddCounter("waybill_consumer_retries_total",
                                  "Events left for a retry, counted each time")),
      expired(registry.AddCounter("waybill_consumer_expired_records_total",
                                  "Records deleted from their topic before they were read")),
      batch_events(registry.AddHistogram("waybill_consumer_batch_events",
                                         "Events in one transaction", metrics::CountBuckets())),
      batch_seconds(registry.AddHistogram("waybill_consumer_batch_seconds",
                                          "How long a batch's transaction took, commit included",
                                          metrics::SecondsBuckets())),
      held(registry.AddGauge("waybill_consumer_held_events", "Events read that wait for a retry")),
      paused(registry.AddGauge(
          "waybill_consumer_paused",
          "Partitions that are paused until the events held of them are processed")) {}

}  // namespace waybill::inbox
