#include "platform/inbox/held_events.h"

#include <algorithm>

#include "platform/executor/backoff.h"

namespace waybill::inbox {
namespace {

constexpr BackoffOptions kRetry{.initial = absl::Milliseconds(25), .max = absl::Seconds(5)};

using OrderingKey = std::pair<std::string, std::string>;

std::size_t SizeOf(const ReceivedEvent& event) {
  std::size_t size = event.event.payload.size() + event.key.value_or("").size();
  for (const auto& [name, value] : event.headers) size += name.size() + value.size();
  return size;
}

}  // namespace

void HeldEvents::Add(ReceivedEvent event) { held_.push_back({.event = std::move(event)}); }

HeldEvents::Batch HeldEvents::Untried(std::size_t max) const {
  std::set<OrderingKey> waiting;
  Batch batch;
  for (const Held& held : held_) {
    const auto key = held.event.OrderingKey();
    if (held.failures > 0) {
      if (key) waiting.insert(*key);
    } else if (batch.size() < max && (!key || !waiting.contains(*key))) {
      batch.push_back(&held.event);
    }
  }
  return batch;
}

HeldEvents::Batch HeldEvents::DueRetries(absl::Time now, std::size_t max) const {
  Batch batch;
  for (const Held& held : held_) {
    if (batch.size() == max) break;
    if (held.failures > 0 && held.retry_at <= now) batch.push_back(&held.event);
  }
  return batch;
}

void HeldEvents::Settle(const Batch& tried, const Batch& pending, absl::Time now) {
  const std::set<const ReceivedEvent*> failed(pending.begin(), pending.end());
  std::set<OrderingKey> waiting;
  for (Held& held : held_) {
    if (!failed.contains(&held.event)) continue;
    const auto key = held.event.OrderingKey();
    if (key && !waiting.insert(*key).second) continue;
    ++held.failures;
    held.retry_at = now + Backoff::After(held.failures, kRetry, random_);
  }
  Remove(tried, failed);
}

void HeldEvents::SettleUntried(const Batch& tried, const Batch& pending) {
  Remove(tried, {pending.begin(), pending.end()});
}

void HeldEvents::Remove(const Batch& tried, const std::set<const ReceivedEvent*>& pending) {
  std::set<const ReceivedEvent*> done(tried.begin(), tried.end());
  for (const ReceivedEvent* event : pending) done.erase(event);
  if (done.empty()) return;
  std::vector<Held> kept;
  kept.reserve(held_.size() - done.size());
  for (Held& held : held_) {
    if (!done.contains(&held.event)) kept.push_back(std::move(held));
  }
  held_ = std::move(kept);
}

std::vector<std::string> HeldEvents::Keys() const {
  std::vector<std::string> keys;
  for (const Held& held : held_) {
    if (held.event.key) keys.push_back(*held.event.key);
  }
  return keys;
}

std::optional<absl::Time> HeldEvents::NextRetry() const {
  std::optional<absl::Time> next;
  for (const Held& held : held_) {
    if (held.failures > 0) next = std::min(next.value_or(held.retry_at), held.retry_at);
  }
  return next;
}

std::set<kafka::TopicPartition> HeldEvents::Full() const {
  struct Load {
    std::size_t events = 0;
    std::size_t bytes = 0;
  };
  std::map<kafka::TopicPartition, Load> loads;
  for (const Held& held : held_) {
    Load& load = loads[held.event.partition];
    ++load.events;
    load.bytes += SizeOf(held.event);
  }
  std::set<kafka::TopicPartition> full;
  for (const auto& [partition, load] : loads) {
    if (load.events >= max_per_partition_ || load.bytes >= kMaxBytesPerPartition) {
      full.insert(partition);
    }
  }
  return full;
}

std::map<kafka::TopicPartition, std::int64_t> HeldEvents::OldestOffsets() const {
  std::map<kafka::TopicPartition, std::int64_t> oldest;
  for (const Held& held : held_) {
    const auto [found, is_new] = oldest.emplace(held.event.partition, held.event.offset);
    if (!is_new) found->second = std::min(found->second, held.event.offset);
  }
  return oldest;
}

}  // namespace waybill::inbox
