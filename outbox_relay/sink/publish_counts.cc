#include "outbox_relay/sink/publish_counts.h"

#include <utility>

namespace waybill::outbox_relay {

void PublishCounts::Published(std::string_view topic, std::size_t bytes) {
  const auto found = rows_by_topic_.find(topic);
  if (found != rows_by_topic_.end()) {
    ++found->second;
  } else {
    rows_by_topic_.emplace(topic, 1);
  }
  bytes_ += bytes;
}

void PublishCounts::PublishedAlone(const Record& record) {
  Taken();
  Published(record.topic, record.key.size() + record.value.size());
}

void PublishCounts::Report() {
  for (auto& [topic, rows] : rows_by_topic_) {
    if (rows > 0) metrics_.Published(topic, std::exchange(rows, 0));
  }
  metrics_.bytes_published.Add(static_cast<double>(std::exchange(bytes_, 0)));
  metrics_.produce_errors.Add(static_cast<double>(std::exchange(failed_, 0)));
}

}  // namespace waybill::outbox_relay
