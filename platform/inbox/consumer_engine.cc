#include "platform/inbox/consumer_engine.h"

#include <algorithm>
#include <atomic>
#include <deque>
#include <map>
#include <set>
#include <thread>

#include "absl/time/clock.h"
#include "platform/executor/backoff.h"
#include "platform/faults/fault_point.h"
#include "platform/inbox/batch_processor.h"
#include "platform/inbox/inbox_cleaner.h"
#include "platform/inbox/received_event.h"
#include "platform/inbox/retention_check.h"
#include "platform/kafka/consumer.h"
#include "platform/log/log.h"

namespace waybill::inbox {
namespace {

// Bounds how late a stop or a due retry is noticed.
constexpr absl::Duration kPollTimeout = absl::Milliseconds(100);
constexpr BackoffOptions kRetry{.initial = absl::Milliseconds(25), .max = absl::Seconds(5)};

}  // namespace

class ConsumerEngine::Impl {
 public:
  Impl(ConsumerOptions options, postgres::Pool& pool, BatchHandler& handler)
      : options_(std::move(options)),
        handler_(handler),
        processor_(options_.consumer, options_.dlq_topic, pool, handler),
        cleaner_("inbox cleaner", absl::Hours(1), [this, &pool] {
          return CleanInbox(pool, options_.consumer, options_.inbox.retention);
        }) {}

  ~Impl() { Stop(); }

  absl::Status Start() {
    for (const std::string& topic : handler_.topics()) {
      topics_.push_back(options_.kafka.topic_prefix + topic);
    }
    absl::Status retention = CheckRetention(options_, topics_);
    if (absl::IsInvalidArgument(retention)) return retention;
    retention_checked_ = retention.ok();
    absl::StatusOr<std::unique_ptr<kafka::Consumer>> consumer = kafka::Consumer::Create(
        options_.kafka, options_.kafka.topic_prefix + options_.consumer, topics_);
    if (!consumer.ok()) return consumer.status();
    consumer_ = *std::move(consumer);
    cleaner_.Start();
    thread_ = std::thread([this] { Run(); });
    return absl::OkStatus();
  }

  void Stop() {
    stopping_ = true;
    if (thread_.joinable()) thread_.join();
    cleaner_.Stop();
    consumer_.reset();
  }

 private:
  void Run() {
    WaitForRetentionCheck();
    while (!stopping_) Round();
  }

  // A broker that was away at the start couldn't be asked; nothing is consumed before it has
  // answered.
  void WaitForRetentionCheck() {
    Backoff backoff({.initial = absl::Milliseconds(100), .max = absl::Seconds(1)});
    std::string told;
    while (!stopping_ && !retention_checked_) {
      const absl::Status status = CheckRetention(options_, topics_);
      retention_checked_ = status.ok();
      if (status.ok()) return;
      if (told != status.ToString()) log::Error("not consuming", {{"error", status.message()}});
      told = status.ToString();
      absl::SleepFor(backoff.Next());
    }
  }

  void Round() {
    // A pending event holds its successors in memory: past a batch's worth, stop taking more.
    const bool full = outage_ || static_cast<int>(held_.size()) >= options_.inbox.max_batch;
    SetPaused(full);
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
  }

  void SetPaused(bool paused) {
    if (paused == paused_) return;
    paused ? consumer_->PauseAll() : consumer_->ResumeAll();
    paused_ = paused;
  }

  const ConsumerOptions options_;
  BatchHandler& handler_;
  BatchProcessor processor_;
  PeriodicWorker cleaner_;
  std::vector<std::string> topics_;
  std::unique_ptr<kafka::Consumer> consumer_;
  std::atomic<bool> stopping_{false};
  bool retention_checked_ = false;

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

ConsumerEngine::ConsumerEngine(ConsumerOptions options, postgres::Pool& pool, BatchHandler& handler)
    : impl_(std::make_unique<Impl>(std::move(options), pool, handler)) {}

ConsumerEngine::~ConsumerEngine() = default;

absl::Status ConsumerEngine::Start() { return impl_->Start(); }

void ConsumerEngine::Stop() { impl_->Stop(); }

}  // namespace waybill::inbox
