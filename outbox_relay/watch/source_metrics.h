// SourceMetrics holds the instruments of one source, and the state that readiness reports.
#pragma once

#include <array>
#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "outbox_relay/watch/source_health.h"
#include "platform/metrics/registry.h"

namespace waybill::outbox_relay {

// One per source, made at wiring; outlives its runner. Thread-safe. A default-constructed one
// records nowhere.
class SourceMetrics {
 public:
  SourceMetrics() = default;
  // `registry` outlives this.
  SourceMetrics(metrics::Registry& registry, const std::string& source,
                absl::Duration stalled_after);

  // How many rows of `topic` Kafka has acknowledged, released ones included.
  void Published(const std::string& topic, std::uint64_t rows) const;
  void Became(SourceState state);
  // As SourceHealth::Ready; shows it in waybill_relay_stalled, too.
  absl::Status Ready() const;

  SourceHealth health{"", absl::InfiniteDuration()};

  metrics::Counter bytes_published;
  metrics::Counter produce_errors;
  // From the commit's time, as the database's clock has it, to Kafka's last acknowledgement.
  metrics::Histogram commit_to_ack;
  metrics::Gauge in_flight;
  // Of the oldest transaction that isn't acknowledged; 0 without one.
  metrics::Gauge lag_seconds;
  metrics::Gauge lag_bytes;
  metrics::Gauge parked_rows;
  metrics::Gauge slot_retained_bytes;
  metrics::Gauge slot_safe_bytes;
  metrics::Gauge slot_endangered;
  metrics::Gauge slot_lost;
  metrics::Counter rows_republished;
  // 1 while retained rows are published again.
  metrics::Gauge republishing;

 private:
  metrics::Registry* registry_ = nullptr;
  std::string source_;
  metrics::Gauge leader_;
  metrics::Gauge connected_;
  metrics::Gauge stalled_;
};

}  // namespace waybill::outbox_relay
