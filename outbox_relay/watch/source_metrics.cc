#include "outbox_relay/watch/source_metrics.h"

#include "platform/types/strings.h"

namespace waybill::outbox_relay {

SourceMetrics::SourceMetrics(metrics::Registry& registry, const std::string& source,
                             absl::Duration stalled_after)
    : health(source, stalled_after), registry_(&registry), source_(source) {
  const auto gauge = [&](const char* name, const char* help) {
    return registry.AddGauge(StrCat("waybill_relay_", name), help, {{"source", source}});
  };
  const auto counter = [&](const char* name, const char* help) {
    return registry.AddCounter(StrCat("waybill_relay_", name), help, {{"source", source}});
  };
  bytes_published =
      counter("bytes_published_total", "Bytes of keys and values that Kafka has acknowledged.");
  produce_errors =
      counter("produce_errors_total", "Refused deliveries, and errors of the brokers.");
  commit_to_ack = registry.AddHistogram(
      "waybill_relay_commit_to_ack_seconds",
      "From a transaction's commit to Kafka's acknowledgement of its last row.",
      metrics::SecondsBuckets(), {{"source", source}});
  in_flight = gauge("in_flight_records", "Records that Kafka hasn't acknowledged yet.");
  lag_seconds = gauge("lag_seconds", "Age of the oldest transaction that isn't acknowledged.");
  lag_bytes = gauge("lag_bytes", "Log written since the position confirmed last.");
  parked_rows = gauge("parked_rows", "Rows that are parked now.");
  slot_retained_bytes = gauge("slot_retained_bytes", "Log that the server keeps for the slot.");
  slot_safe_bytes = gauge("slot_safe_bytes",
                          "Log that may be written before the slot is lost; -1 without a limit.");
  slot_endangered = gauge("slot_endangered", "1 when the slot has used 80 % of what it may keep.");
  slot_lost = gauge("slot_lost", "1 when there is no slot that can be streamed from.");
  rows_republished =
      counter("rows_republished_total", "Retained rows that Kafka has acknowledged once more.");
  republishing = gauge("republishing", "1 while this process publishes retained rows again.");
  leader_ = gauge("leader", "1 while this process holds the source's leader lock.");
  connected_ = gauge("connected", "1 while this process streams from the source.");
  stalled_ = gauge("stalled", "1 while rows don't get through: /readyz says why.");
}

void SourceMetrics::Published(const std::string& topic, std::uint64_t rows) const {
  if (registry_ == nullptr) return;
  registry_
      ->AddCounter("waybill_relay_rows_published_total", "Rows that Kafka has acknowledged.",
                   {{"source", source_}, {"topic", topic}})
      .Add(static_cast<double>(rows));
}

void SourceMetrics::Became(SourceState state) {
  health.Became(state);
  leader_.Set(state == SourceState::kLeading || state == SourceState::kStreaming);
  connected_.Set(state == SourceState::kStreaming);
}

absl::Status SourceMetrics::Ready() const {
  absl::Status ready = health.Ready();
  stalled_.Set(!ready.ok());
  return ready;
}

}  // namespace waybill::outbox_relay
