// Counts the records that are taken, published and refused, until the next report to the metrics.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "outbox_relay/base/record.h"
#include "outbox_relay/watch/source_metrics.h"

namespace waybill::outbox_relay {

// Not thread-safe.
class PublishCounts {
 public:
  // `metrics` outlives this.
  explicit PublishCounts(const SourceMetrics& metrics) : metrics_(metrics) {}

  // A record is on its way to Kafka.
  void Taken() { ++taken_; }
  // Kafka has acknowledged a record with so many bytes in key and value.
  void Published(std::string_view topic, std::size_t bytes);
  // A record that was sent alone is acknowledged already.
  void PublishedAlone(const Record& record);
  // Deliveries failed, or brokers gave trouble.
  void Failed(std::uint64_t times) { failed_ += times; }

  // Records ever taken.
  std::uint64_t taken() const { return taken_; }
  // Adds what was counted since the last call to the metrics.
  void Report();

 private:
  const SourceMetrics& metrics_;
  std::uint64_t taken_ = 0;
  std::map<std::string, std::uint64_t, std::less<>> rows_by_topic_;
  std::uint64_t bytes_ = 0;
  std::uint64_t failed_ = 0;
};

}  // namespace waybill::outbox_relay
