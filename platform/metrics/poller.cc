#include "platform/metrics/poller.h"

#include <utility>

#include "absl/time/clock.h"
#include "platform/log/log.h"

namespace waybill::metrics {

Poller::Poller(Registry& registry, absl::Duration every)
    : registry_(registry), worker_("metrics poller", every, [this] {
        Round();
        return RoundResult::kIdle;
      }) {}

void Poller::Add(std::string name, Poll poll) {
  const Labels labels{{"poll", name}};
  entries_.push_back(
      {.name = std::move(name),
       .poll = std::move(poll),
       .failures = registry_.AddCounter("waybill_poll_failures_total",
                                        "Background queries for metrics that failed", labels),
       .success_timestamp =
           registry_.AddGauge("waybill_poll_success_timestamp_seconds",
                              "When a background query for metrics last succeeded", labels)});
}

void Poller::Start() { worker_.Start(); }

void Poller::Stop() { worker_.Stop(); }

void Poller::Round() {
  for (const Entry& entry : entries_) {
    const absl::Status status = entry.poll();
    if (status.ok()) {
      entry.success_timestamp.Set(absl::ToDoubleSeconds(absl::Now() - absl::UnixEpoch()));
      continue;
    }
    entry.failures.Add();
    log::Warn("the metrics could not be polled",
              {{"poll", entry.name}, {"error", status.ToString()}});
  }
}

}  // namespace waybill::metrics
