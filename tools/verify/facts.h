// The facts that the checks work on: small values, each of which states one thing that one source
// records about one order or one event.
#pragma once

#include <cstdint>
#include <optional>

#include "platform/types/uuid.h"

namespace waybill::verify {

// Microseconds since 1970.
using Micros = std::int64_t;

// How far the times of one event may differ: when its id was made, when its transaction began, and
// when a record of it came, by clocks that differ. Transactions stay open for a while.
inline constexpr Micros kTimesDifferBy = 3'600'000'000;

// Returns when a version 7 UUID was made; nullopt for other versions.
std::optional<Micros> MintedAt(const Uuid& id);

enum class OrderState : std::uint8_t {
  kPlaced,
  kPaymentConfirmed,
  kReserved,
  kConfirmed,
  kCancelled,
  kUnknown
};

enum class PaymentState : std::uint8_t {
  kNone,
  kAuthorized,
  kDeclined,
  kCaptured,
  kVoided,
  kRefunded,
  kUnknown
};

// Of a refund, in the books of orders and in those of payments.
enum class RefundState : std::uint8_t { kRequested, kRefunded, kFailed, kUnknown };

enum class ReservationState : std::uint8_t {
  kWaiting,
  kReserved,
  kRejected,
  kReleased,
  kShipped,
  kUnknown
};

enum class MailState : std::uint8_t { kPending, kSent, kFailed, kUnknown };

// The topics; each has its outbox in one database. Topics from kDeadLetters on carry events without
// sequence numbers.
enum class Topic : std::uint8_t { kOrders, kPayments, kInventory, kDeadLetters };
inline constexpr int kNumberedTopics = 3;

enum class EventType : std::uint8_t {
  kOrderPlaced,
  kOrderConfirmed,
  kOrderCancelled,
  kOrderRefundRequested,
  kOrderRefunded,
  kPaymentProcessed,
  kPaymentCaptured,
  kPaymentFailed,
  kPaymentReleased,
  kPaymentRefunded,
  kPaymentRefundFailed,
  kInventoryUpdated,
  kInventoryRejected,
  kStockReleased,
  kOrderShipped,
  kOther
};

enum class Consumer : std::uint8_t { kOrders, kPayments, kInventory, kNotifications };
inline constexpr int kConsumers = 4;
const char* NameOf(Consumer consumer);

// Returns which consumers handle events of that type, as a set of bits 1 << Consumer.
std::uint8_t ConsumersOf(EventType type);

// What an OrderFact states. Each comment says what the fact's fields mean; fields that it doesn't
// name are unused.
enum class FactKind : std::uint8_t {
  // state; amount, currency; number = events emitted; count = transitions; deadline; flag = shipped.
  kOrder,
  // amount = a digest of products and quantities.
  kOrderedUnits,
  // amount = the states in order of transition, four bits each, the first in the lowest bits; count
  // = transitions; flag = the transitions are not numbered 1..n.
  kHistory,
  // source = Topic; state = EventType; id = event; number = sequence; flag = the relay may not have
  // published it yet.
  kOutboxRow,
  // source = Topic; id = event; number = sequence; amount = partition (in the bits from 48 on) and
  // offset; count = the consumers that have yet to consume it, as bits 1 << Consumer; flag = its
  // key can't be in that partition, neither now nor when the topic had fewer.
  kRecord,
  // state = PaymentState; amount, currency; number = events emitted; flag = a step is due or under
  // way; deadline = when that step is due; count = 1 when the provider's last answer to the step
  // contradicts what was asked for.
  kPayment,
  // id = refund; state = RefundState; amount; currency. What the order has requested, and what
  // became of it at the payment.
  kOrderedRefund,
  kPaidRefund,
  // amount = captured less refunded, currency.
  kCharge,
  // amount = what the provider holds, currency.
  kHold,
  // state = ReservationState; number = events emitted.
  kReservation,
  // The same fields as kOrderedUnits.
  kReservedUnits,
  // id = mail and event (they have the same id); state = MailState; number = sequence; deadline =
  // when it is due.
  kMail,
  // id = mail. These facts are ordered by `at`.
  kSunkMail,
  // A consumer has parked an event of the order, or the relay has (then flag is set, and source =
  // Topic).
  kParked,
};

// One fact about one order. Where the Kafka key is not a UUID, `order` is the key's hash.
struct OrderFact {
  Uuid order;
  Uuid id;
  // When this was created, or last changed.
  Micros at = 0;
  std::int64_t amount = 0;
  Micros deadline = 0;
  std::uint32_t number = 0;
  std::uint32_t currency = 0;
  FactKind kind = FactKind::kOrder;
  std::uint8_t state = 0;
  std::uint8_t source = 0;
  std::uint8_t count = 0;
  bool flag = false;

  const Uuid& key() const { return order; }
};

// Of a kRecord.
inline std::int64_t PartitionOf(const OrderFact& record) { return record.amount >> 48; }

// An event that was committed to an outbox. `consumers` is the set of those that handle it.
struct CommittedEvent {
  Uuid event;
  Uuid order;
  Micros at = 0;
  std::uint8_t consumers = 0;

  const Uuid& key() const { return event; }
};

enum class Note : std::uint8_t {
  // The event is in the consumer's inbox.
  kProcessed,
  // The consumer has the event parked, or has discarded it. It may have parked the event just
  // because it was never committed.
  kParked,
  // The event has not reached the consumer yet, because the relay or the consumer lags.
  kAwaited
};

// What one source says about one event at one consumer.
struct NotedEvent {
  Uuid event;
  Micros at = 0;
  Consumer consumer = Consumer::kOrders;
  Note note = Note::kProcessed;

  const Uuid& key() const { return event; }
};

}  // namespace waybill::verify
