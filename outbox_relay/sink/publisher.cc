#include "outbox_relay/sink/publisher.h"

#include <poll.h>

#include <algorithm>
#include <utility>

#include "outbox_relay/base/steady_time.h"
#include "outbox_relay/sink/delivery_error.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"

namespace waybill::outbox_relay {
namespace {

constexpr absl::Duration kRetryClosedTopic = absl::Seconds(30);
constexpr absl::Duration kPollEvery = absl::Milliseconds(500);

}  // namespace

absl::StatusOr<std::unique_ptr<Publisher>> Publisher::Create(
    const KafkaConfig& kafka, const LimitsConfig& limits, ParkingStore& store, Suspects& suspects,
    const SourceMetrics& metrics, ReadRow read_row) {
  ASSIGN_OR_RETURN(std::unique_ptr<Producer> producer, Producer::Create(kafka, {}));
  std::unique_ptr<Publisher> publisher(new Publisher(kafka, limits, store, suspects, metrics,
                                                     std::move(read_row), std::move(producer)));
  RETURN_IF_ERROR(publisher->parking_.Load());
  return publisher;
}

Publisher::Publisher(const KafkaConfig& kafka, const LimitsConfig& limits, ParkingStore& store,
                     Suspects& suspects, const SourceMetrics& metrics, ReadRow read_row,
                     std::unique_ptr<Producer> producer)
    : parked_payload_bytes_(limits.parked_payload_bytes),
      prefix_size_(kafka.topic_prefix.size()),
      suspects_(suspects),
      metrics_(metrics),
      producer_(std::move(producer)),
      counts_(metrics),
      topics_(*producer_, kafka.topic_prefix, kRetryClosedTopic),
      alone_(kafka),
      window_(limits.in_flight_records, limits.in_flight_bytes),
      parking_(store, [this](std::uint64_t number) { window_.Done(number); }),
      trial_(topics_, alone_, suspects, counts_),
      releaser_(store, parking_, topics_, alone_, counts_, limits.unknown_topic,
                std::move(read_row)) {}

Publisher::~Publisher() { Report(); }

absl::StatusOr<Publisher::Offered> Publisher::Offer(const Record& record, const NameOf& name_of,
                                                    const absl::Status& unreadable) {
  if (!failure_.ok()) return failure_;
  if (!window_.HasRoom(record.MemorySize())) return Offered::kFull;
  if (parking_.HasDiscarded(record, [&] { return NameIn(name_of); })) return Offered::kTaken;
  if (parking_.Holds(record)) {
    if (IsPollDue()) return Offered::kFull;
    const ParkReason reason = unreadable.ok() ? ParkReason::kBehind : ParkReason::kUnreadable;
    return Park(record, name_of, reason, std::string(unreadable.message()));
  }
  if (!unreadable.ok()) {
    return ParkFirst(record, name_of, ParkReason::kUnreadable, std::string(unreadable.message()));
  }
  const absl::StatusOr<Topic*> topic = topics_.Find(record.topic);
  if (absl::IsUnavailable(topic.status())) return Offered::kFull;
  if (!topic.ok()) return topic.status();
  if ((*topic)->closed) {
    if (IsPollDue()) return Offered::kFull;
    // Nothing of a closed topic is in flight, so neither a try nor the parking has to wait.
    ASSIGN_OR_RETURN(const Verdict verdict, trial_.OfClosedTopic(record, **topic));
    return Settle(record, name_of, verdict);
  }
  // The limit is one on what is left after compression.
  if (record.WireSize() > (*topic)->max_bytes || suspects_.Has(record)) {
    if (!window_.empty() || IsPollDue()) return Offered::kFull;
    ASSIGN_OR_RETURN(const Verdict verdict, trial_.OfDoubtful(record, **topic));
    return Settle(record, name_of, verdict);
  }
  return Send(record, **topic, name_of);
}

absl::StatusOr<Publisher::Offered> Publisher::Send(const Record& record, const Topic& topic,
                                                   const NameOf& name_of) {
  switch (const rd_kafka_resp_err_t error =
              producer_->Produce(topic.handle, record, window_.next())) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
      window_.Add(record.MemorySize());
      counts_.Taken();
      return Offered::kTaken;
    case RD_KAFKA_RESP_ERR__QUEUE_FULL:
      return Offered::kFull;
    case RD_KAFKA_RESP_ERR__FATAL:
      // The reason comes with the next Poll.
      return Offered::kFull;
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
      return ParkFirst(record, name_of, ParkReason::kTooLarge, rd_kafka_err2str(error));
    default:
      return absl::InternalError(
          StrCat("the Kafka producer takes no record: ", rd_kafka_err2str(error)));
  }
}

absl::StatusOr<Publisher::Offered> Publisher::Settle(const Record& record, const NameOf& name_of,
                                                     const Verdict& verdict) {
  switch (verdict.kind) {
    case Verdict::Kind::kPublished:
      return Offered::kTaken;
    case Verdict::Kind::kRefused:
      return Park(record, name_of, verdict.reason, verdict.error);
    case Verdict::Kind::kLater:
      break;
  }
  return Offered::kFull;
}

absl::StatusOr<Publisher::Offered> Publisher::ParkFirst(const Record& record, const NameOf& name_of,
                                                        ParkReason reason, std::string error) {
  // Records of the key that are still on their way come first: a restart that found them unsent and
  // the key parked would put them behind this one.
  if (AwaitsKafka()) return Offered::kFull;
  return Park(record, name_of, reason, std::move(error));
}

absl::StatusOr<Publisher::Offered> Publisher::Park(const Record& record, const NameOf& name_of,
                                                   ParkReason reason, std::string error) {
  ParkedRow row = ParkedRow::From(record, NameIn(name_of), reason, error, parked_payload_bytes_);
  const std::uint64_t number = window_.Add(row.Bytes());
  RETURN_IF_ERROR(parking_.Add(std::move(row), number));
  return Offered::kTaken;
}

bool Publisher::IsPollDue() const { return SteadyNow() - polled_ >= kPollEvery; }

RowName Publisher::NameIn(const NameOf& name_of) const {
  RowName name = name_of();
  if (xid_) name.xid = xid_;
  return name;
}

void Publisher::EndTransaction(Lsn end) {
  xid_.reset();
  window_.EndTransaction(end, std::exchange(committed_, absl::InfiniteFuture()));
  read_up_to_ = std::max(read_up_to_, end);
}

absl::Status Publisher::Poll() {
  polled_ = SteadyNow();
  TakeOutcomes();
  if (failure_.ok()) failure_ = producer_->fatal();
  if (!failure_.ok()) {
    CollectSuspects();
    return failure_;
  }
  if (const std::vector<absl::Time> completed = window_.TakeCompleted(); !completed.empty()) {
    const absl::Time now = absl::Now();
    for (const absl::Time committed : completed) metrics_.commit_to_ack.Observe(now - committed);
  }
  suspects_.Confirmed(confirmed());
  if (parking_.waiting() > 0 && (!AwaitsKafka() || SteadyNow() >= parking_.store_by())) {
    return parking_.Store();
  }
  return absl::OkStatus();
}

void Publisher::TakeOutcomes() {
  producer_->Poll([this](std::uint64_t number, const rd_kafka_message_t& message) {
    TakeOutcome(number, message);
  });
}

void Publisher::TakeOutcome(std::uint64_t number, const rd_kafka_message_t& message) {
  const std::string_view full_name = rd_kafka_topic_name(message.rkt);
  const std::string_view topic = full_name.substr(prefix_size_);
  if (message.err == RD_KAFKA_RESP_ERR_NO_ERROR) {
    window_.Done(number);
    counts_.Published(topic, message.key_len + message.len);
    return;
  }
  counts_.Failed(1);
  if (RefusalOf(message.err)) {
    suspects_.Add(topic, {static_cast<const char*>(message.key), message.key_len},
                  {static_cast<const char*>(message.payload), message.len});
  }
  if (failure_.ok()) {
    failure_ = absl::InternalError(StrCat("the delivery of a record to topic ", full_name,
                                          " failed: ", rd_kafka_err2name(message.err), ": ",
                                          rd_kafka_err2str(message.err)));
  }
}

// Learns the outcome of everything that was on its way, so that all suspects are known at once.
void Publisher::CollectSuspects() {
  suspects_.ForgetAt(read_up_to_);
  producer_->Purge();
  const SteadyTime deadline = SteadyNow() + absl::Seconds(1);
  while (AwaitsKafka() && SteadyNow() < deadline) {
    pollfd poll_fd{producer_->fd(), POLLIN, 0};
    poll(&poll_fd, 1, 50);
    TakeOutcomes();
    if (poll_fd.revents == 0) break;
  }
}

absl::Status Publisher::Maintain() {
  Report();
  return releaser_.Run();
}

void Publisher::Report() {
  counts_.Failed(producer_->TakeErrors());
  counts_.Report();
  metrics_.in_flight.Set(static_cast<double>(window_.records()));
  const absl::Time oldest = std::min(window_.oldest(), committed_);
  metrics_.lag_seconds.Set(
      std::max(0.0, idle() ? 0.0 : absl::ToDoubleSeconds(absl::Now() - oldest)));
}

}  // namespace waybill::outbox_relay
