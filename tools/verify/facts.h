// What the checks are made of: small values, each one thing that one source says about one order or
// one event.
#pragma once

#include <cstdint>
#include <optional>

#include "platform/types/uuid.h"

namespace waybill::verify {

// Microseconds since 1970.
using Micros = std::int64_t;

// When a version 7 UUID was made; nothing of others.
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

enum class ReservationState : std::uint8_t { kWaiting, kReserved, kRejected, kReleased, kUnknown };

enum class MailState : std::uint8_t { kPending, kSent, kFailed, kUnknown };

// The topics, and where each one's outbox is. Those from kDeadLetters on carry no numbered events.
enum class Topic : std::uint8_t { kOrders, kPayments, kInventory, kDeadLetters };
inline constexpr int kNumberedTopics = 3;

enum class EventType : std::uint8_t {
  kOrderPlaced,
  kOrderConfirmed,
  kOrderCancelled,
  kPaymentProcessed,
  kPaymentCaptured,
  kPaymentFailed,
  kPaymentReleased,
  kInventoryUpdated,
  kInventoryRejected,
  kStockReleased,
  kOther
};

enum class Consumer : std::uint8_t { kOrders, kPayments, kInventory, kNotifications };
inline constexpr int kConsumers = 4;
const char* NameOf(Consumer consumer);

// Which consumers handle events of that type: bit 1 << Consumer.
std::uint8_t ConsumersOf(EventType type);

// What an OrderFact tells. The comments say what its fields mean; those not named are not used.
enum class FactKind : std::uint8_t {
  // state; amount, currency; number = events; count = transitions; deadline.
  kOrder,
  // amount = a digest of products and quantities.
  kOrderedUnits,
  // amount = the states in order of transition, four bits each, the first lowest; count =
  // transitions; flag: they are not numbered 1..n.
  kHistory,
  // source = Topic; state = EventType; id = event; number = sequence; flag: the relay may not have
  // come to it yet.
  kOutboxRow,
  // source = Topic; id = event; number = sequence; amount = partition and offset; count = those who
  // have yet to consume it (bit 1 << Consumer).
  kRecord,
  // state = PaymentState; amount, currency; number = events; flag: something is under way;
  // deadline = when it is due.
  kPayment,
  // amount = captured less refunded, currency; flag: an amount is held.
  kCharge,
  // state = ReservationState; number = events.
  kReservation,
  // As kOrderedUnits.
  kReservedUnits,
  // id = mail and event; state = MailState; number = sequence; deadline = when it is due.
  kMail,
  // id = mail. In the order of `at`.
  kSunkMail,
  // An event of the order is parked by a consumer, or by the relay (flag; source = Topic).
  kParked,
};

// One fact about one order. `order` is the Kafka key's hash where that is no UUID.
struct OrderFact {
  Uuid order;
  Uuid id;
  // When this came about, or last changed.
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

// An event that was committed to an outbox.
struct CommittedEvent {
  Uuid event;
  Uuid order;
  Micros at = 0;
  std::uint8_t consumers = 0;

  const Uuid& key() const { return event; }
};

enum class Note : std::uint8_t {
  // It is in the consumer's inbox.
  kProcessed,
  // It is, or was, parked by the consumer, which may be because nobody committed it.
  kParked,
  // It has yet to reach the consumer, which lags, or the relay does.
  kAwaited
};

// What is known of an event and one consumer.
struct NotedEvent {
  Uuid event;
  Micros at = 0;
  Consumer consumer = Consumer::kOrders;
  Note note = Note::kProcessed;

  const Uuid& key() const { return event; }
};

}  // namespace waybill::verify
