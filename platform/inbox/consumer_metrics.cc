#include "platform/inbox/consumer_metrics.h"

namespace waybill::inbox {
namespace {

metrics::Counter Events(metrics::Registry& registry, const char* outcome) {
  return registry.AddCounter("waybill_consumer_events_total", "Events read, by what became of them",
                             {{"outcome", outcome}});
}

metrics::Counter Parked(metrics::Registry& registry, const char* reason) {
  return registry.AddCounter("waybill_consumer_parked_total", "Events parked",
                             {{"reason", reason}});
}

}  // namespace

ConsumerMetrics::ConsumerMetrics(metrics::Registry& registry)
    : applied(Events(registry, "applied")),
      known(Events(registry, "known")),
      skipped(Events(registry, "skipped")),
      parked_invalid(Parked(registry, "INVALID")),
      parked_missing(Parked(registry, "MISSING")),
      parked_behind(Parked(registry, "BEHIND")),
      retries(registry.AddCounter("waybill_consumer_retries_total",
                                  "Events left to be tried again, each time")),
      batch_events(registry.AddHistogram("waybill_consumer_batch_events",
                                         "Events in one transaction", metrics::CountBuckets())),
      batch_seconds(registry.AddHistogram("waybill_consumer_batch_seconds",
                                          "How long a batch's transaction took, commit included",
                                          metrics::SecondsBuckets())),
      held(registry.AddGauge("waybill_consumer_held_events",
                             "Events read that wait to be tried again")),
      paused(registry.AddGauge("waybill_consumer_paused",
                               "1 while no partition is read from, until what is held is done")) {}

}  // namespace waybill::inbox
