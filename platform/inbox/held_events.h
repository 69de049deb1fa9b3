// HeldEvents keeps the events that a consumer has read and not yet processed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/random/random.h"
#include "absl/time/time.h"
#include "platform/inbox/received_event.h"
#include "platform/kafka/consumer.h"

namespace waybill::inbox {

// An event that failed waits for its retry, with a backoff of its own, and holds back the later
// events of its key; events of other keys are not affected. Not thread-safe.
class HeldEvents {
 public:
  using Batch = std::vector<const ReceivedEvent*>;

  // A partition with `max_per_partition` events or kMaxBytesPerPartition is full.
  explicit HeldEvents(std::size_t max_per_partition) : max_per_partition_(max_per_partition) {}

  static constexpr std::size_t kMaxBytesPerPartition = 1024 * 1024;

  void Add(ReceivedEvent event);

  // At most `max` events that were not tried yet and that no waiting event holds back, oldest
  // first. The pointers, here and from DueRetries, are valid until the next call of Add, Settle,
  // SettleUntried or Clear.
  Batch Untried(std::size_t max) const;
  // At most `max` waiting events whose retry is due, in order of arrival. Each is the first of its
  // key.
  Batch DueRetries(absl::Time now, std::size_t max) const;

  // Removes the events of `tried` that are not in `pending`. Of the pending ones, the first of each
  // key, and each that has no key, waits for its next retry.
  void Settle(const Batch& tried, const Batch& pending, absl::Time now);
  // Removes the same events, and counts the others as untried: they didn't cause the failure.
  void SettleUntried(const Batch& tried, const Batch& pending);
  void Clear() { held_.clear(); }

  std::size_t size() const { return held_.size(); }
  // Of those events that have one; more than once where several are held.
  std::vector<std::string> Keys() const;
  // When the next retry is due; nullopt when no event waits.
  std::optional<absl::Time> NextRetry() const;
  // The partitions that should not be read until some of their events are processed.
  std::set<kafka::TopicPartition> Full() const;
  // The oldest offset held of each partition that has one.
  std::map<kafka::TopicPartition, std::int64_t> OldestOffsets() const;

 private:
  struct Held {
    ReceivedEvent event;
    // How often it has failed; over 0, it waits for a retry.
    int failures = 0;
    absl::Time retry_at = absl::InfinitePast();
  };

  // Removes those of `tried` that are not in `pending`.
  void Remove(const Batch& tried, const std::set<const ReceivedEvent*>& pending);

  const std::size_t max_per_partition_;
  // In order of arrival.
  std::vector<Held> held_;
  absl::BitGen random_;
};

}  // namespace waybill::inbox
