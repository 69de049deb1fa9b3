#include "platform/inbox/consumer_engine.h"

#include <algorithm>
#include <atomic>
#include <deque>
#include <map>
#include <set>
#include <thread>

#include "absl/strings/strip.h"

#include "absl/time/clock.h"
#include "platform/executor/backoff.h"
#include "platform/faults/fault_point.h"
#include "platform/inbox/batch_processor.h"
#include "platform/inbox/inbox_cleaner.h"
#include "platform/inbox/received_event.h"
#include "platform/inbox/retention_guard.h"
#include "platform/kafka/consumer.h"
#include "platform/log/log.h"
#include "platform/types/status_macros.h"

namespace waybill::inbox {
namespace {

// Bounds how late a stop or a due retry is noticed.
constexpr absl::Duration kPollTimeout = absl::Milliseconds(100);
// How late the broker's first answer about its retention is noticed.
constexpr absl::Duration kLookForVerdictEvery = absl::Milliseconds(50);
constexpr BackoffOptions kRetry{.initial = absl::Milliseconds(25), .max = absl::Seconds(5)};

}  // namespace

class ConsumerEngine::Impl {
 public:
  Impl(ConsumerOptions options, postgres::Pool& pool, BatchHandler& handler,
       ConsumerMetrics metrics)
      : options_(std::move(options)),
        metrics_(metrics),
        topics_(FullNames(options_, handler)),
        guard_(options_, topics_),
        processor_(options_.consumer, options_.dlq_topic, pool, handler, metrics),
        cleaner_("inbox cleaner", absl::Hours(1), [this, &pool] {
          return CleanInbox(pool, options_.consumer, options_.inbox.retention);
        }) {}

  ~Impl() { Stop(); }

  absl::Status Start() {
    RETURN_IF_ERROR(guard_.Start());
    ASSIGN_OR_RETURN(consumer_,
                     kafka::Consumer::Create(
                         options_.kafka, options_.kafka.topic_prefix + options_.consumer, topics_));
    cleaner_.Start();
    thread_ = std::thread([this] { Run(); });
    return absl::OkStatus();
  }

  void Stop() {
    stopping_ = true;
    if (thread_.joinable()) thread_.join();
    guard_.Stop();
    cleaner_.Stop();
    consumer_.reset();
  }

  absl::Status Refusal() const {
    absl::Status verdict = guard_.Verdict();
    return absl::IsInvalidArgument(verdict) ? verdict : absl::OkStatus();
  }

  absl::StatusOr<std::vector<kafka::PartitionLag>> MeasureLag(absl::Duration timeout) const {
    absl::StatusOr<std::vector<kafka::PartitionLag>> lags = consumer_->MeasureLag(timeout);
    if (!lags.ok()) return lags;
    for (kafka::PartitionLag& lag : *lags) {
      lag.partition.topic =
          std::string(absl::StripPrefix(lag.partition.topic, options_.kafka.topic_prefix));
    }
    return lags;
  }

 private:
  static std::vector<std::string> FullNames(const ConsumerOptions& options,
                                            const BatchHandler& handler) {
    std::vector<std::string> names;
    for (const std::string& topic : handler.topics()) {
      names.push_back(options.kafka.topic_prefix + topic);
    }
    return names;
  }

  void Run() {
    // A broker that was away at the start couldn't be asked; the group isn't even joined before it
    // has answered.
    while (!stopping_ && !guard_.Verdict().ok()) absl::SleepFor(kLookForVerdictEvery);
    while (!stopping_) Round();
  }

  void Round() {
    // A pending event holds its successors in memory: past a batch's worth, stop taking more.
    const bool full = outage_ || static_cast<int>(held_.size()) >= options_.inbox.max_batch;
    SetPaused(full || !guard_.Verdict().ok());
    const absl::Duration timeout =
        held_.empty() ? kPollTimeout
                      : std::clamp(retry_at_ - absl::Now(), absl::ZeroDuration(), kPollTimeout);
    const std::vector<kafka::Record> records = consumer_->Poll(timeout, options_.inbox.max_batch);
    if (consumer_->TakeRebalanced()) DropRevoked();
    for (const kafka::Record& record : records) {
      held_.push_back(ReadRecord(record, options_.kafka.topic_prefix));
      next_offset_[held_.back().partition] = held_.back().offset + 1;
    }
    if (stopping_ || held_.empty()) return;
    if (absl::Now() >= retry_at_) {
      ProcessHeld();
    } else if (!outage_) {
      ProcessNewcomers();
    }
    waiting_ = held_.size();
    metrics_.held.Set(static_cast<double>(held_.size()));
    StoreOffsets();
  }

  // Everything held, oldest first.
  void ProcessHeld() {
    std::vector<const ReceivedEvent*> batch;
    for (const ReceivedEvent& received : held_) batch.push_back(&received);
    Process(batch);
    if (held_.empty()) backoff_.Reset();
    retry_at_ = held_.empty() ? absl::InfinitePast() : absl::Now() + backoff_.Next();
  }

  // While some wait for their retry, those of other keys go on.
  void ProcessNewcomers() {
    std::set<std::pair<std::string, std::string>> waiting_keys;
    std::vector<const ReceivedEvent*> batch;
    for (std::size_t i = 0; i < held_.size(); ++i) {
      const auto key = held_[i].OrderingKey();
      if (i < waiting_) {
        if (key) waiting_keys.insert(*key);
      } else if (!key || !waiting_keys.contains(*key)) {
        batch.push_back(&held_[i]);
      }
    }
    if (!batch.empty()) Process(batch);
  }

  // Takes what is done out of `held_`.
  void Process(const std::vector<const ReceivedEvent*>& batch) {
    const BatchProcessor::Result result = processor_.Process(batch);
    faults::Point("inbox.before_offset_store");
    const std::set<const ReceivedEvent*> pending(result.pending.begin(), result.pending.end());
    const std::set<const ReceivedEvent*> tried(batch.begin(), batch.end());
    std::deque<ReceivedEvent> kept;
    for (ReceivedEvent& received : held_) {
      if (!tried.contains(&received) || pending.contains(&received))
        kept.push_back(std::move(received));
    }
    held_ = std::move(kept);
    outage_ = result.outage;
    if (!pending.empty()) {
      log::Warn("events wait to be tried again", {{"consumer", options_.consumer},
                                                  {"events", pending.size()},
                                                  {"error", result.error.ToString()}});
    }
  }

  // After each round: a partition is done up to its oldest held event.
  void StoreOffsets() {
    std::map<kafka::TopicPartition, std::int64_t> done = next_offset_;
    for (const ReceivedEvent& received : held_) {
      std::int64_t& offset = done[received.partition];
      offset = std::min(offset, received.offset);
    }
    for (const auto& [partition, offset] : done) {
      if (stored_[partition] == offset) continue;
      consumer_->StoreOffset(partition, offset);
      stored_[partition] = offset;
    }
  }

  // With `range` every rebalance takes all partitions away first; what is ours again is read again
  // from the stored offsets.
  void DropRevoked() {
    held_.clear();
    next_offset_.clear();
    stored_.clear();
    waiting_ = 0;
    retry_at_ = absl::InfinitePast();
    outage_ = false;
    // librdkafka remembers a pause over revoking and assigning again.
    consumer_->ResumeAll();
    paused_ = false;
    metrics_.held.Set(0);
    metrics_.paused.Set(0);
  }

  void SetPaused(bool paused) {
    if (paused == paused_) return;
    paused ? consumer_->PauseAll() : consumer_->ResumeAll();
    paused_ = paused;
    metrics_.paused.Set(paused ? 1 : 0);
  }

  const ConsumerOptions options_;
  const ConsumerMetrics metrics_;
  const std::vector<std::string> topics_;
  RetentionGuard guard_;
  BatchProcessor processor_;
  PeriodicWorker cleaner_;
  std::unique_ptr<kafka::Consumer> consumer_;
  std::atomic<bool> stopping_{false};

  // Of the engine's thread only. Records read and not done yet, in the order they came; the first
  // `waiting_` of them have failed and wait for `retry_at_`.
  std::deque<ReceivedEvent> held_;
  std::size_t waiting_ = 0;
  absl::Time retry_at_ = absl::InfinitePast();
  Backoff backoff_{kRetry};
  bool outage_ = false;
  bool paused_ = false;
  std::map<kafka::TopicPartition, std::int64_t> next_offset_;
  std::map<kafka::TopicPartition, std::int64_t> stored_;

  std::thread thread_;
};

ConsumerEngine::ConsumerEngine(ConsumerOptions options, postgres::Pool& pool, BatchHandler& handler,
                               ConsumerMetrics metrics)
    : impl_(std::make_unique<Impl>(std::move(options), pool, handler, metrics)) {}

ConsumerEngine::~ConsumerEngine() = default;

absl::Status ConsumerEngine::Start() { return impl_->Start(); }

void ConsumerEngine::Stop() { impl_->Stop(); }

absl::Status ConsumerEngine::Refusal() const { return impl_->Refusal(); }

absl::StatusOr<std::vector<kafka::PartitionLag>> ConsumerEngine::MeasureLag(
    absl::Duration timeout) const {
  return impl_->MeasureLag(timeout);
}

}  // namespace waybill::inbox
