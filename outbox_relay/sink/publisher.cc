#include "outbox_relay/sink/publisher.h"

#include <poll.h>

#include <algorithm>
#include <utility>

#include "outbox_relay/sink/delivery_error.h"
#include "platform/log/log.h"
#include "platform/types/strings.h"

namespace waybill::outbox_relay {
namespace {

constexpr absl::Duration kRetryClosedTopic = absl::Seconds(30);
constexpr absl::Duration kAloneTimeout = absl::Seconds(2);
constexpr absl::Duration kReleaseTime = absl::Milliseconds(500);
constexpr absl::Duration kParkWithin = absl::Milliseconds(100);
constexpr std::size_t kParkRows = 200;
constexpr std::size_t kParkBytes = 1 << 20;
constexpr int kReleaseRows = 200;
constexpr std::int64_t kReleaseBytes = 1 << 20;

std::uint64_t ContentHash(std::string_view topic, std::string_view key, std::string_view value) {
  std::uint64_t hash = 0;
  for (const std::string_view part : {topic, key, value}) {
    hash = hash * 0x9E3779B97F4A7C15 + std::hash<std::string_view>()(part);
  }
  return hash;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Publisher>> Publisher::Create(const KafkaConfig& kafka,
                                                             const LimitsConfig& limits,
                                                             ParkingStore& store,
                                                             Suspects& suspects,
                                                             const SourceMetrics& metrics) {
  absl::StatusOr<std::unique_ptr<Producer>> producer = Producer::Create(kafka, {});
  if (!producer.ok()) return producer.status();
  std::unique_ptr<Publisher> publisher(
      new Publisher(kafka, limits, store, suspects, metrics, *std::move(producer)));
  if (absl::Status status = publisher->LoadParked(); !status.ok()) return status;
  return publisher;
}

Publisher::Publisher(const KafkaConfig& kafka, const LimitsConfig& limits, ParkingStore& store,
                     Suspects& suspects, const SourceMetrics& metrics,
                     std::unique_ptr<Producer> producer)
    : kafka_(kafka),
      limits_(limits),
      store_(store),
      suspects_(suspects),
      metrics_(metrics),
      producer_(std::move(producer)),
      topics_(*producer_, kafka.topic_prefix, kRetryClosedTopic),
      alone_(kafka),
      window_(limits.in_flight_records, limits.in_flight_bytes) {}

Publisher::~Publisher() { Report(); }

absl::Status Publisher::LoadParked() {
  absl::StatusOr<std::vector<ParkedKey>> keys = store_.LoadKeys();
  if (!keys.ok()) return keys.status();
  absl::StatusOr<std::vector<std::string>> discarded = store_.LoadDiscarded();
  if (!discarded.ok()) return discarded.status();
  parked_keys_.insert(keys->begin(), keys->end());
  discarded_.insert(discarded->begin(), discarded->end());
  return absl::OkStatus();
}

bool Publisher::IsParked(const Record& record) {
  if (parked_keys_.empty() || record.key.empty()) return false;
  probe_.topic.assign(record.topic);
  probe_.key.assign(record.key);
  return parked_keys_.contains(probe_);
}

absl::StatusOr<Publisher::Offered> Publisher::Offer(const Record& record, const RowId& row_id,
                                                    const absl::Status& unreadable) {
  if (!failure_.ok()) return failure_;
  const std::size_t size = record.WireSize();
  if (!window_.HasRoom(record.MemorySize())) return Offered::kFull;
  if (!discarded_.empty() && discarded_.contains(row_id())) return Offered::kTaken;
  if (IsParked(record)) {
    const bool readable = unreadable.ok();
    return ParkBehind(ParkedRow::From(record, row_id(),
                                      readable ? ParkReason::kBehind : ParkReason::kUnreadable,
                                      std::string(unreadable.message())));
  }
  if (!unreadable.ok()) {
    return ParkFirst(record, row_id, ParkReason::kUnreadable, std::string(unreadable.message()));
  }
  const absl::StatusOr<Topic*> topic = topics_.Find(record.topic);
  if (absl::IsUnavailable(topic.status())) return Offered::kFull;
  if (!topic.ok()) return topic.status();
  if ((*topic)->closed) return OfferToClosed(record, **topic, row_id);
  if (size > (*topic)->max_bytes) {
    return ParkFirst(record, row_id, ParkReason::kTooLarge,
                     StrCat("the record has ", size, " bytes, the limit is ", (*topic)->max_bytes));
  }
  if (!suspects_.hashes.empty() &&
      suspects_.hashes.contains(ContentHash(record.topic, record.key, record.value))) {
    return SendAlone(record, row_id);
  }
  return Send(record, **topic, row_id);
}

absl::StatusOr<Publisher::Offered> Publisher::Send(const Record& record, const Topic& topic,
                                                   const RowId& row_id) {
  switch (const rd_kafka_resp_err_t error =
              producer_->Produce(topic.handle, record, window_.next())) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
      window_.Add(record.MemorySize());
      ++taken_;
      return Offered::kTaken;
    case RD_KAFKA_RESP_ERR__QUEUE_FULL:
      return Offered::kFull;
    case RD_KAFKA_RESP_ERR__FATAL:
      // The reason comes with the next Poll.
      return Offered::kFull;
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
      return ParkFirst(record, row_id, ParkReason::kTooLarge, rd_kafka_err2str(error));
    default:
      return absl::InternalError(StrCat("kafka producer: ", rd_kafka_err2str(error)));
  }
}

// Nothing of a closed topic is in flight, so neither a try nor the parking has to wait for
// anything.
absl::StatusOr<Publisher::Offered> Publisher::OfferToClosed(const Record& record,
                                                            const Topic& topic,
                                                            const RowId& row_id) {
  const ParkReason reason = *topic.closed;
  std::string error = topic.error;
  if (topic.refused && absl::Now() >= topic.retry_at) {
    absl::StatusOr<LoneOutcome> outcome = alone_.Send({record}, kAloneTimeout);
    if (!outcome.ok()) return outcome.status();
    if (outcome->acknowledged == 1) {
      topics_.Reopen(record.topic);
      ++taken_;
      CountPublished(record.topic, record.key.size() + record.value.size());
      return Offered::kTaken;
    }
    error = outcome->error;
    topics_.Close(record.topic, reason, error);
  }
  return ParkNow(record, row_id, reason, error);
}

absl::StatusOr<Publisher::Offered> Publisher::SendAlone(const Record& record, const RowId& row_id) {
  if (!window_.empty()) return Offered::kFull;
  absl::StatusOr<LoneOutcome> outcome = alone_.Send({record}, kAloneTimeout);
  if (!outcome.ok()) return outcome.status();
  if (outcome->acknowledged == 1) {
    suspects_.hashes.erase(ContentHash(record.topic, record.key, record.value));
    ++taken_;
    CountPublished(record.topic, record.key.size() + record.value.size());
    return Offered::kTaken;
  }
  if (!outcome->refused) {
    // No broker, or no topic any more: the next offer asks.
    topics_.Forget(record.topic);
    return Offered::kFull;
  }
  suspects_.hashes.erase(ContentHash(record.topic, record.key, record.value));
  if (*outcome->refused == ParkReason::kNotAuthorised ||
      *outcome->refused == ParkReason::kUnknownTopic) {
    topics_.Close(record.topic, *outcome->refused, outcome->error);
  }
  return ParkNow(record, row_id, *outcome->refused, outcome->error);
}

absl::StatusOr<Publisher::Offered> Publisher::ParkFirst(const Record& record, const RowId& row_id,
                                                        ParkReason reason,
                                                        const std::string& error) {
  // Records of the key that are still on their way come first: a restart that found them unsent and
  // the key parked would put them behind this one.
  if (window_.records() > parked_.size()) return Offered::kFull;
  return ParkNow(record, row_id, reason, error);
}

absl::StatusOr<Publisher::Offered> Publisher::ParkNow(const Record& record, const RowId& row_id,
                                                      ParkReason reason, const std::string& error) {
  ParkedRow row = ParkedRow::From(record, row_id(), reason, error);
  log::Warn("row parked", {{"topic", row.key.topic},
                           {"key", row.key.key},
                           {"row", row.row_id},
                           {"reason", ReasonName(reason)},
                           {"error", error}});
  parked_keys_.insert(row.key);
  return ParkBehind(std::move(row));
}

absl::StatusOr<Publisher::Offered> Publisher::ParkBehind(ParkedRow row) {
  if (parked_.empty()) park_by_ = absl::Now() + kParkWithin;
  parked_bytes_ += row.Bytes();
  parked_numbers_.push_back(window_.Add(row.Bytes()));
  parked_.push_back(std::move(row));
  if (parked_.size() >= kParkRows || parked_bytes_ >= kParkBytes) {
    if (absl::Status status = StoreParked(); !status.ok()) return status;
  }
  return Offered::kTaken;
}

absl::Status Publisher::StoreParked() {
  if (parked_.empty()) return absl::OkStatus();
  if (absl::Status status = store_.Park(parked_); !status.ok()) return status;
  for (const std::uint64_t number : parked_numbers_) window_.Done(number);
  parked_.clear();
  parked_numbers_.clear();
  parked_bytes_ = 0;
  return absl::OkStatus();
}

void Publisher::EndTransaction(Lsn end) {
  window_.EndTransaction(end, std::exchange(committed_, absl::InfiniteFuture()));
  last_end_ = end;
}

void Publisher::CountPublished(std::string_view topic, std::size_t bytes) {
  const auto found = published_.find(topic);
  if (found != published_.end()) {
    ++found->second;
  } else {
    published_.emplace(topic, 1);
  }
  published_bytes_ += bytes;
}

void Publisher::Report() {
  for (auto& [topic, rows] : published_) {
    if (rows > 0) metrics_.Published(topic, std::exchange(rows, 0));
  }
  metrics_.bytes_published.Add(static_cast<double>(std::exchange(published_bytes_, 0)));
  metrics_.produce_errors.Add(
      static_cast<double>(std::exchange(errors_, 0) + producer_->TakeErrors()));
  metrics_.in_flight.Set(static_cast<double>(window_.records()));
  const absl::Time oldest = std::min(window_.oldest(), committed_);
  metrics_.lag_seconds.Set(
      std::max(0.0, idle() ? 0.0 : absl::ToDoubleSeconds(absl::Now() - oldest)));
}

void Publisher::Acknowledge(std::uint64_t number, const rd_kafka_message_t& message) {
  if (message.err == RD_KAFKA_RESP_ERR_NO_ERROR) {
    window_.Done(number);
    CountPublished(
        std::string_view(rd_kafka_topic_name(message.rkt)).substr(kafka_.topic_prefix.size()),
        message.key_len + message.len);
    return;
  }
  ++errors_;
  if (RefusalOf(message.err)) {
    const std::string_view topic = rd_kafka_topic_name(message.rkt);
    suspects_.hashes.insert(ContentHash(topic.substr(kafka_.topic_prefix.size()),
                                        {static_cast<const char*>(message.key), message.key_len},
                                        {static_cast<const char*>(message.payload), message.len}));
  }
  if (failure_.ok()) {
    failure_ = absl::InternalError(StrCat("kafka: a record on ", rd_kafka_topic_name(message.rkt),
                                          " failed: ", rd_kafka_err2name(message.err), ": ",
                                          rd_kafka_err2str(message.err)));
  }
}

absl::Status Publisher::Poll() {
  producer_->Poll([this](std::uint64_t number, const rd_kafka_message_t& message) {
    Acknowledge(number, message);
  });
  if (!producer_->fatal().ok() && failure_.ok()) failure_ = producer_->fatal();
  if (!failure_.ok()) {
    CollectSuspects();
    return failure_;
  }
  if (const std::vector<absl::Time> completed = window_.TakeCompleted(); !completed.empty()) {
    const absl::Time now = absl::Now();
    for (const absl::Time committed : completed) metrics_.commit_to_ack.Observe(now - committed);
  }
  if (!suspects_.hashes.empty() && suspects_.until != 0 && confirmed() >= suspects_.until) {
    suspects_.hashes.clear();
  }
  const bool only_parked = window_.records() == parked_.size();
  if (!parked_.empty() && (only_parked || absl::Now() >= park_by_)) return StoreParked();
  return absl::OkStatus();
}

// Learns the outcome of everything that was on its way, so that all suspects are known at once.
void Publisher::CollectSuspects() {
  suspects_.until = last_end_;
  producer_->Purge();
  const absl::Time deadline = absl::Now() + absl::Seconds(1);
  while (window_.records() > parked_.size() && absl::Now() < deadline) {
    pollfd poll_fd{producer_->fd(), POLLIN, 0};
    poll(&poll_fd, 1, 50);
    producer_->Poll([this](std::uint64_t number, const rd_kafka_message_t& message) {
      Acknowledge(number, message);
    });
    if (poll_fd.revents == 0) break;
  }
}

absl::Status Publisher::Maintain() {
  Report();
  for (const std::string& topic : topics_.Unknown()) {
    if (!topics_.Recheck(topic)) continue;
    const std::int64_t seconds = absl::ToInt64Seconds(limits_.unknown_topic);
    if (absl::Status status = store_.RequestReleaseOfTopic(topic, seconds); !status.ok()) {
      return status;
    }
  }
  if (parked_keys_.empty()) return absl::OkStatus();
  if (absl::Status status = StoreParked(); !status.ok()) return status;
  absl::StatusOr<std::vector<ParkedKey>> requests = store_.ReleaseRequests();
  if (!requests.ok()) return requests.status();
  const absl::Time deadline = absl::Now() + kReleaseTime;
  for (const ParkedKey& key : *requests) {
    bool more = true;
    while (more && absl::Now() < deadline) {
      absl::StatusOr<bool> some = ReleaseSome(key);
      if (!some.ok()) return some.status();
      more = *some;
    }
  }
  return absl::OkStatus();
}

// True if the key has more rows and none was refused.
absl::StatusOr<bool> Publisher::ReleaseSome(const ParkedKey& key) {
  absl::StatusOr<std::vector<ParkedRow>> rows =
      store_.BeginRelease(key, kReleaseRows, kReleaseBytes);
  if (!rows.ok()) return rows.status();
  std::vector<Record> records;
  for (const ParkedRow& row : *rows) {
    if (row.reason == ParkReason::kUnreadable) break;
    records.push_back(row.ToRecord());
  }
  absl::StatusOr<LoneOutcome> outcome = LoneOutcome{};
  if (!records.empty()) outcome = alone_.Send(records, kAloneTimeout);
  if (!outcome.ok()) return outcome.status();
  taken_ += outcome->acknowledged;
  for (std::size_t i = 0; i < outcome->acknowledged; ++i) {
    CountPublished(key.topic, key.key.size() + records[i].value.size());
  }
  const std::size_t done = outcome->acknowledged;
  ParkedRow* refused = nullptr;
  if (outcome->refused) {
    refused = &(*rows)[done];
    refused->reason = *outcome->refused;
    refused->error = outcome->error;
  } else if (done == records.size() && done < rows->size()) {
    refused = &(*rows)[done];
  }
  absl::StatusOr<bool> freed = store_.EndRelease(key, *rows, done, refused);
  if (!freed.ok()) return freed.status();
  if (*freed) {
    parked_keys_.erase(key);
    topics_.Reopen(key.topic);
    log::Info("key released", {{"topic", key.topic}, {"key", key.key}});
    return false;
  }
  if (refused != nullptr) {
    log::Warn("release stopped", {{"topic", key.topic},
                                  {"key", key.key},
                                  {"row", refused->row_id},
                                  {"reason", ReasonName(refused->reason)},
                                  {"error", refused->error}});
  }
  return refused == nullptr && done == records.size() && done > 0;
}

}  // namespace waybill::outbox_relay
