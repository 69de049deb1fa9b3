#include "platform/inbox/consumer_engine.h"

#include <algorithm>
#include <atomic>
#include <iterator>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <thread>

#include "absl/strings/strip.h"

#include "absl/time/clock.h"
#include "platform/executor/backoff.h"
#include "platform/executor/rest.h"
#include "platform/faults/fault_point.h"
#include "platform/inbox/batch_processor.h"
#include "platform/inbox/held_events.h"
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
constexpr absl::Duration kMeasureTimeout = absl::Seconds(2);
constexpr BackoffOptions kOutage{.initial = absl::Milliseconds(25), .max = absl::Seconds(5)};
// Each event that fails again may take three transactions (its halves, and parking).
constexpr std::size_t kRetriesPerRound = 16;
// A flood of waiting events is retried many times per second, but logged only this often.
constexpr absl::Duration kWarnEvery = absl::Seconds(1);

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
        held_(static_cast<std::size_t>(options_.inbox.max_batch)) {}

  ~Impl() { Stop(); }

  absl::Status Start() {
    RETURN_IF_ERROR(guard_.Start());
    ASSIGN_OR_RETURN(auto consumer,
                     kafka::Consumer::Create(
                         options_.kafka, options_.kafka.topic_prefix + options_.consumer, topics_));
    {
      const std::lock_guard lock(measuring_);
      consumer_ = std::move(consumer);
    }
    thread_ = std::thread([this] { Run(); });
    return absl::OkStatus();
  }

  void Stop() {
    stopping_ = true;
    if (thread_.joinable()) thread_.join();
    guard_.Stop();
    const std::lock_guard lock(measuring_);
    consumer_.reset();
  }

  absl::Status UseCredentials(const kafka::KafkaConfig& config) {
    guard_.Use(config);
    const std::lock_guard lock(measuring_);
    return consumer_ == nullptr ? absl::OkStatus() : consumer_->UseCredentials(config);
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

  Reading MeasureReading() {
    const std::lock_guard measuring(measuring_);
    AdvanceReading();
    const std::optional<int> assignment = Assignment();
    if (!ends_ && consumer_ != nullptr && assignment) {
      const absl::Time asked_at = absl::Now();
      auto ranges = consumer_->MeasureRanges(kMeasureTimeout);
      if (ranges.ok()) ends_ = Ends{asked_at, *assignment, *std::move(ranges)};
      AdvanceReading();
    }
    const std::lock_guard lock(mutex_);
    return {.up_to = read_up_to_, .held_keys = held_.Keys()};
  }

 private:
  // Where the partitions ended when the broker was asked.
  struct Ends {
    absl::Time asked_at;
    int assignment;
    std::map<kafka::TopicPartition, kafka::PartitionRange> ranges;
  };

  // The number of the current assignment; nullopt while no partitions are assigned.
  std::optional<int> Assignment() const {
    const std::lock_guard lock(mutex_);
    return positions_ ? std::optional(assignment_) : std::nullopt;
  }

  // measuring_ must be held.
  void AdvanceReading() {
    const std::lock_guard lock(mutex_);
    if (!ends_ || !positions_) return;
    if (ends_->assignment == assignment_) {
      if (!std::ranges::all_of(ends_->ranges, [this](const auto& end) { return IsRead(end); })) {
        return;
      }
      read_up_to_ = ends_->asked_at;
    }
    ends_.reset();
  }

  // mutex_ must be held.
  bool IsRead(const std::pair<const kafka::TopicPartition, kafka::PartitionRange>& end) const {
    const auto position = positions_->find(end.first);
    return position != positions_->end() &&
           std::max(position->second, end.second.first) >= end.second.end;
  }

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
    const bool reads_nothing = outage_ || !guard_.Verdict().ok();
    PauseOnly(reads_nothing ? consumer_->Assigned() : held_.Full());
    absl::SleepFor(rest_.left());
    const std::vector<kafka::Record> records = consumer_->Poll(PollTimeout(), MaxBatch());
    if (consumer_->TakeRebalanced()) DropRevoked();
    for (const kafka::ExpiredRecords& gap : consumer_->TakeExpired()) {
      metrics_.expired.Add(static_cast<double>(gap.records));
    }
    TakeIn(records);
    if (stopping_ || held_.size() == 0) return;
    // Only a few retries at a time, so that waiting events don't delay the others.
    if (MayTry()) Process(held_.DueRetries(absl::Now(), kRetriesPerRound));
    if (MayTry()) Process(held_.Untried(static_cast<std::size_t>(MaxBatch())));
    metrics_.held.Set(static_cast<double>(held_.size()));
    StoreOffsets();
  }

  void TakeIn(const std::vector<kafka::Record>& records) {
    const std::lock_guard lock(mutex_);
    positions_ = consumer_->Positions();
    for (const kafka::Record& record : records) {
      ReceivedEvent received = ReadRecord(record, options_.kafka.topic_prefix);
      next_offset_[received.partition] = received.offset + 1;
      held_.Add(std::move(received));
    }
  }

  int MaxBatch() const { return options_.inbox.max_batch; }

  bool MayTry() const { return !outage_ || absl::Now() >= try_again_at_; }

  absl::Duration PollTimeout() const {
    const absl::Time next =
        outage_ ? try_again_at_ : held_.NextRetry().value_or(absl::InfiniteFuture());
    return std::clamp(next - absl::Now(), absl::ZeroDuration(), kPollTimeout);
  }

  // Processes the batch and removes the processed events from `held_`.
  void Process(const HeldEvents::Batch& batch) {
    if (batch.empty()) return;
    rest_.BatchBegins();
    const BatchProcessor::Result result = processor_.Process(batch);
    // A full batch means that the consumer lags, so it doesn't pause.
    const bool is_full = batch.size() >= static_cast<std::size_t>(MaxBatch());
    rest_.BatchEnds(is_full ? 0 : batch.size());
    faults::Point("inbox.before_offset_store");
    if (!result.pending.empty() && absl::Now() >= next_warning_) {
      next_warning_ = absl::Now() + kWarnEvery;
      log::Warn("events wait for a retry", {{"consumer", options_.consumer},
                                            {"events", result.pending.size()},
                                            {"error", result.error.ToString()}});
    }
    outage_ = result.outage;
    const std::lock_guard lock(mutex_);
    if (outage_) {
      try_again_at_ = absl::Now() + outage_backoff_.Next();
      held_.SettleUntried(batch, result.pending);
    } else {
      outage_backoff_.Reset();
      held_.Settle(batch, result.pending, absl::Now());
    }
  }

  // After each round: a partition is done up to its oldest held event.
  void StoreOffsets() {
    std::map<kafka::TopicPartition, std::int64_t> done = next_offset_;
    for (const auto& [partition, offset] : held_.OldestOffsets()) done[partition] = offset;
    for (const auto& [partition, offset] : done) {
      if (stored_[partition] == offset) continue;
      consumer_->StoreOffset(partition, offset);
      stored_[partition] = offset;
    }
  }

  // With `range` every rebalance takes all partitions away first; what is ours again is read again
  // from the stored offsets.
  void DropRevoked() {
    {
      const std::lock_guard lock(mutex_);
      held_.Clear();
      positions_ = consumer_->Positions();
      ++assignment_;
      read_up_to_ = absl::InfinitePast();
    }
    next_offset_.clear();
    stored_.clear();
    outage_ = false;
    // librdkafka remembers a pause over revoking and assigning again.
    consumer_->Resume(consumer_->Assigned());
    paused_.clear();
    metrics_.held.Set(0);
    metrics_.paused.Set(0);
  }

  void PauseOnly(const std::set<kafka::TopicPartition>& partitions) {
    if (partitions == paused_) return;
    std::set<kafka::TopicPartition> resumed;
    std::ranges::set_difference(paused_, partitions, std::inserter(resumed, resumed.end()));
    std::set<kafka::TopicPartition> newly_paused;
    std::ranges::set_difference(partitions, paused_,
                                std::inserter(newly_paused, newly_paused.end()));
    consumer_->Resume(resumed);
    consumer_->Pause(newly_paused);
    paused_ = partitions;
    metrics_.paused.Set(static_cast<double>(paused_.size()));
  }

  // During a pause, the Kafka consumer goes on fetching in the background.
  Rest rest_;
  const ConsumerOptions options_;
  const ConsumerMetrics metrics_;
  const std::vector<std::string> topics_;
  RetentionGuard guard_;
  BatchProcessor processor_;
  std::unique_ptr<kafka::Consumer> consumer_;
  std::atomic<bool> stopping_{false};

  // Held while the broker is asked where its partitions end, and while consumer_ comes or goes.
  // Before mutex_.
  std::mutex measuring_;
  // Guarded by measuring_.
  std::optional<Ends> ends_;

  mutable std::mutex mutex_;
  // Guarded by mutex_, except that the engine's thread, which alone writes held_, reads it without.
  HeldEvents held_;
  std::optional<std::map<kafka::TopicPartition, std::int64_t>> positions_;
  // Goes up with every rebalance.
  int assignment_ = 0;
  // Of the current assignment.
  absl::Time read_up_to_ = absl::InfinitePast();

  // Used by the engine's thread only.
  // Whether the database can't be reached: then the engine reads nothing, and tries no event before
  // try_again_at_.
  bool outage_ = false;
  absl::Time try_again_at_ = absl::InfinitePast();
  Backoff outage_backoff_{kOutage};
  std::set<kafka::TopicPartition> paused_;
  absl::Time next_warning_ = absl::InfinitePast();
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

absl::Status ConsumerEngine::UseCredentials(const kafka::KafkaConfig& config) {
  return impl_->UseCredentials(config);
}

absl::Status ConsumerEngine::Refusal() const { return impl_->Refusal(); }

Reading ConsumerEngine::MeasureReading() { return impl_->MeasureReading(); }

absl::StatusOr<std::vector<kafka::PartitionLag>> ConsumerEngine::MeasureLag(
    absl::Duration timeout) const {
  return impl_->MeasureLag(timeout);
}

}  // namespace waybill::inbox
