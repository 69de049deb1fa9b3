#include <absl/strings/ascii.h>

#include <array>

#include "absl/strings/str_split.h"
#include "platform/postgres/binary_rows.h"
#include "platform/types/strings.h"
#include "tools/verify/pages.h"
#include "tools/verify/sources.h"

namespace waybill::verify {
namespace {

using postgres::BinaryRow;
using postgres::BinaryRows;
using Session = std::unique_ptr<BinaryRows>;

constexpr absl::Duration kStatementTimeout = absl::Seconds(60);

absl::StatusOr<Session> Connect(const std::string& conninfo) {
  return BinaryRows::Connect(conninfo, "orderctl_verify", kStatementTimeout);
}

// The place of `text` among the names; the number of names where it is none of them.
template <typename Enum, std::size_t N>
std::uint8_t StateOf(std::string_view text, const std::array<std::string_view, N>& names) {
  static_assert(N == static_cast<std::size_t>(Enum::kUnknown));
  const auto found = std::find(names.begin(), names.end(), text);
  return static_cast<std::uint8_t>(found - names.begin());
}

constexpr std::array<std::string_view, 5> kOrderStates = {"PLACED", "PAYMENT_CONFIRMED", "RESERVED",
                                                          "CONFIRMED", "CANCELLED"};
constexpr std::array<std::string_view, 6> kPaymentStates = {"none",     "authorized", "declined",
                                                            "captured", "voided",     "refunded"};
constexpr std::array<std::string_view, 4> kReservationStates = {"WAITING", "RESERVED", "REJECTED",
                                                                "RELEASED"};
constexpr std::array<std::string_view, 3> kMailStates = {"PENDING", "SENT", "FAILED"};

// Three letters, in either case.
std::uint32_t CurrencyOf(std::string_view text) {
  std::uint32_t code = 0;
  for (const char c : text.substr(0, 3)) {
    code = code << 8 | static_cast<unsigned char>(absl::ascii_toupper(c));
  }
  return code;
}

// Where the outbox's days begin that are still there.
absl::Status ReadHorizon(BinaryRows& session, SourceReport& report) {
  return session.ForEach(
      "SELECT coalesce(min(substring(pg_get_expr(c.relpartbound, c.oid) "
      "FROM 'FROM \\(''([^'']+)''\\)')::timestamptz), now()) "
      "FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid "
      "WHERE i.inhparent = 'outbox'::regclass",
      [&](const BinaryRow& row) {
        report.history_from = std::max(report.history_from, row.Micros(0));
      });
}

absl::Status ReadOutbox(BinaryRows& session, FactSink& sink, SourceReport& report) {
  if (absl::Status status = ReadHorizon(session, report); !status.ok()) return status;
  return ReadPages(
      session,
      "SELECT id, event_id, topic, key, sequence, headers ->> 'ce_type', created_at FROM outbox "
      "WHERE true",
      "id", KeyType::kBigint, report.read, [&](const BinaryRow& row) {
        const Topic topic = TopicOf(row.Text(2));
        // A dead letter's type is that of the event it is a copy of.
        const EventType type =
            topic == Topic::kDeadLetters ? EventType::kOther : EventTypeOf(row.Text(5));
        OrderFact fact;
        fact.kind = FactKind::kOutboxRow;
        fact.order = JoinKey(row.Text(3));
        fact.id = row.AsUuid(1);
        fact.at = row.Micros(6);
        fact.number = static_cast<std::uint32_t>(row.Int(4));
        fact.source = static_cast<std::uint8_t>(topic);
        fact.state = static_cast<std::uint8_t>(type);
        sink.orders.Add(fact);
        const std::uint8_t consumers = ConsumersOf(type);
        // Those that nobody notes say still that they were committed.
        sink.committed.Add({fact.id, fact.order, fact.at, consumers});
      });
}

absl::Status ReadInbox(BinaryRows& session, Consumer consumer, FactSink& sink,
                       SourceReport& report) {
  return ReadPages(
      session,
      StrCat("SELECT event_id, received_at FROM inbox WHERE consumer = '", NameOf(consumer), "'"),
      "event_id", KeyType::kUuid, report.read, [&](const BinaryRow& row) {
        sink.noted.Add({row.AsUuid(0), row.Micros(1), consumer, false});
      });
}

absl::Status ReadParked(BinaryRows& session, Consumer consumer, FactSink& sink,
                        SourceReport& report) {
  const auto add = [&](const BinaryRow& row, bool by_relay) {
    OrderFact fact;
    fact.kind = FactKind::kParked;
    fact.order = JoinKey(row.Text(2));
    fact.at = row.Micros(1);
    fact.flag = by_relay;
    fact.source = static_cast<std::uint8_t>(TopicOf(row.Text(3)));
    sink.orders.Add(fact);
  };
  absl::Status status =
      ReadPages(session, "SELECT id, parked_at, key, topic, event_id FROM parked_events WHERE true",
                "id", KeyType::kBigint, report.read, [&](const BinaryRow& row) {
                  if (!row.IsNull(2)) add(row, false);
                  sink.noted.Add({row.AsUuid(4), row.Micros(1), consumer, true});
                });
  if (!status.ok()) return status;
  status = ReadPages(session, "SELECT id, event_id, discarded_at FROM discarded_events WHERE true",
                     "id", KeyType::kBigint, report.read, [&](const BinaryRow& row) {
                       sink.noted.Add({row.AsUuid(1), row.Micros(2), consumer, true});
                     });
  if (!status.ok()) return status;
  return ReadPages(
      session, "SELECT id, parked_at, key, topic FROM outbox_relay.parked_rows WHERE true", "id",
      KeyType::kBigint, report.read, [&](const BinaryRow& row) { add(row, true); });
}

absl::Status ReadEvents(BinaryRows& session, Consumer consumer, FactSink& sink,
                        SourceReport& report) {
  absl::Status status = ReadOutbox(session, sink, report);
  if (status.ok()) status = ReadParked(session, consumer, sink, report);
  if (status.ok()) status = ReadInbox(session, consumer, sink, report);
  return status;
}

// Products and quantities of a whole page of orders, as one number an order: the same however the
// lines are cut.
absl::Status ReadUnits(BinaryRows& session, const std::string& table, const std::string& page,
                       FactKind kind, FactSink& sink) {
  return session.ForEach(
      StrCat("SELECT order_id, sum(quantity::bigint * hashtext(product_id))::bigint FROM ", table,
             " WHERE ", page, " GROUP BY order_id"),
      [&](const BinaryRow& row) {
        OrderFact fact;
        fact.kind = kind;
        fact.order = row.AsUuid(0);
        fact.amount = row.Int(1);
        sink.orders.Add(fact);
      });
}

// Makes one fact of the rows of each order, which come one after the other.
absl::Status ReadHistory(BinaryRows& session, const std::string& page, FactSink& sink) {
  OrderFact fact;
  const auto finish = [&] {
    if (fact.count > 0) sink.orders.Add(fact);
  };
  const absl::Status status = session.ForEach(
      StrCat("SELECT order_id, transition, state, at FROM order_history WHERE ", page,
             " ORDER BY order_id, transition"),
      [&](const BinaryRow& row) {
        const Uuid order = row.AsUuid(0);
        if (order != fact.order) {
          finish();
          fact = {};
          fact.kind = FactKind::kHistory;
          fact.order = order;
        }
        if (fact.count < 16) {
          fact.amount |= static_cast<std::int64_t>(StateOf<OrderState>(row.Text(2), kOrderStates))
                         << (4 * fact.count);
        }
        if (fact.count < 255) ++fact.count;
        fact.flag = fact.flag || row.Int(1) != fact.count;
        fact.at = std::max(fact.at, row.Micros(3));
      });
  finish();
  return status;
}

}  // namespace

absl::Status ReadOrders(const std::string& conninfo, FactSink& sink, SourceReport& report) {
  absl::StatusOr<Session> session = Connect(conninfo);
  if (!session.ok()) return session.status();
  const absl::Status status = ReadPages(
      **session,
      "SELECT order_id, state, amount_minor, currency, event_sequence, transition, deadline_at, "
      "updated_at FROM orders WHERE true",
      "order_id", KeyType::kUuid, report.read,
      [&](const BinaryRow& row) {
        OrderFact fact;
        fact.kind = FactKind::kOrder;
        fact.order = row.AsUuid(0);
        fact.state = StateOf<OrderState>(row.Text(1), kOrderStates);
        fact.amount = row.Int(2);
        fact.currency = CurrencyOf(row.Text(3));
        fact.number = static_cast<std::uint32_t>(row.Int(4));
        fact.count = static_cast<std::uint8_t>(std::min<std::int64_t>(row.Int(5), 255));
        fact.deadline = row.Micros(6);
        fact.at = row.Micros(7);
        sink.orders.Add(fact);
      },
      [&](const std::string& page) {
        const absl::Status units =
            ReadUnits(**session, "order_lines", page, FactKind::kOrderedUnits, sink);
        return units.ok() ? ReadHistory(**session, page, sink) : units;
      });
  return status.ok() ? ReadEvents(**session, Consumer::kOrders, sink, report) : status;
}

absl::Status ReadPayments(const std::string& conninfo, FactSink& sink, SourceReport& report) {
  absl::StatusOr<Session> session = Connect(conninfo);
  if (!session.ok()) return session.status();
  const absl::Status status =
      ReadPages(**session,
                "SELECT order_id, state, amount_minor, currency, event_sequence, due_at IS NOT "
                "NULL OR step IS "
                "NOT NULL, coalesce(greatest(due_at, leased_until), now()), updated_at FROM "
                "payments WHERE true",
                "order_id", KeyType::kUuid, report.read, [&](const BinaryRow& row) {
                  OrderFact fact;
                  fact.kind = FactKind::kPayment;
                  fact.order = row.AsUuid(0);
                  fact.state = StateOf<PaymentState>(row.Text(1), kPaymentStates);
                  fact.amount = row.Int(2);
                  fact.currency = CurrencyOf(row.Text(3));
                  fact.number = static_cast<std::uint32_t>(row.Int(4));
                  fact.flag = row.Bool(5);
                  fact.deadline = row.Micros(6);
                  fact.at = row.Micros(7);
                  sink.orders.Add(fact);
                });
  return status.ok() ? ReadEvents(**session, Consumer::kPayments, sink, report) : status;
}

absl::Status ReadInventory(const std::string& conninfo, FactSink& sink, SourceReport& report) {
  absl::StatusOr<Session> session = Connect(conninfo);
  if (!session.ok()) return session.status();
  absl::Status status = ReadPages(
      **session, "SELECT order_id, state, event_sequence, updated_at FROM reservations WHERE true",
      "order_id", KeyType::kUuid, report.read,
      [&](const BinaryRow& row) {
        OrderFact fact;
        fact.kind = FactKind::kReservation;
        fact.order = row.AsUuid(0);
        fact.state = StateOf<ReservationState>(row.Text(1), kReservationStates);
        fact.number = static_cast<std::uint32_t>(row.Int(2));
        fact.at = row.Micros(3);
        sink.orders.Add(fact);
      },
      [&](const std::string& page) {
        return ReadUnits(**session, "reservation_items", page, FactKind::kReservedUnits, sink);
      });
  if (!status.ok()) return status;
  // One statement, one snapshot: stock and reservation change in one transaction.
  status = (*session)->ForEach(
      "SELECT product_id, coalesce(s.on_hand, 0), coalesce(s.reserved, 0), coalesce(r.units, 0) "
      "FROM stock s FULL JOIN (SELECT i.product_id, sum(i.quantity)::bigint AS units FROM "
      "reservations v JOIN reservation_items i USING (order_id) WHERE v.state = 'RESERVED' GROUP "
      "BY "
      "1) r USING (product_id) WHERE s.reserved IS DISTINCT FROM coalesce(r.units, 0) "
      "OR s.reserved > s.on_hand",
      [&](const BinaryRow& row) {
        report.violations.push_back(
            {7, "", StrCat("product ", row.Text(0)),
             StrCat("of ", row.Int(1), " on hand ", row.Int(2),
                    " count as reserved, the reservations add up to ", row.Int(3))});
      });
  return status.ok() ? ReadEvents(**session, Consumer::kInventory, sink, report) : status;
}

absl::Status ReadNotifications(const std::string& conninfo, FactSink& sink, SourceReport& report) {
  absl::StatusOr<Session> session = Connect(conninfo);
  if (!session.ok()) return session.status();
  const absl::Status status =
      ReadPages(**session,
                "SELECT mail_id, order_id, sequence, state, coalesce(sent_at, created_at), "
                "coalesce(greatest(due_at, leased_until), now()) FROM mails WHERE true",
                "mail_id", KeyType::kUuid, report.read, [&](const BinaryRow& row) {
                  OrderFact fact;
                  fact.kind = FactKind::kMail;
                  fact.id = row.AsUuid(0);
                  fact.order = row.AsUuid(1);
                  fact.number = static_cast<std::uint32_t>(row.Int(2));
                  fact.state = StateOf<MailState>(row.Text(3), kMailStates);
                  fact.at = row.Micros(4);
                  fact.deadline = row.Micros(5);
                  sink.orders.Add(fact);
                });
  return status.ok() ? ReadEvents(**session, Consumer::kNotifications, sink, report) : status;
}

absl::Status ReadSandbox(const std::string& conninfo, FactSink& sink, SourceReport& report) {
  absl::StatusOr<Session> session = Connect(conninfo);
  if (!session.ok()) return session.status();
  // One statement, one snapshot: a refund and its sum change in one transaction.
  const absl::Status status = (*session)->ForEach(
      "SELECT i.id, i.metadata ->> 'order_id' FROM payment_intents i LEFT JOIN (SELECT "
      "payment_intent, sum(amount) AS amount FROM refunds GROUP BY 1) r ON r.payment_intent = i.id "
      "WHERE i.amount_refunded <> coalesce(r.amount, 0)",
      [&](const BinaryRow& row) {
        report.violations.push_back({8, std::string(row.Text(1)), StrCat("charge ", row.Text(0)),
                                     "the provider's refunds don't add up"});
      });
  if (!status.ok()) return status;
  return ReadPages(
      **session,
      "SELECT id, metadata ->> 'order_id', amount_captured - amount_refunded, currency, status = "
      "'requires_capture', created_at FROM payment_intents WHERE true",
      "id", KeyType::kText, report.read, [&](const BinaryRow& row) {
        OrderFact fact;
        fact.kind = FactKind::kCharge;
        fact.order = JoinKey(row.Text(1));
        fact.amount = row.Int(2);
        fact.currency = CurrencyOf(row.Text(3));
        fact.flag = row.Bool(4);
        fact.at = row.Micros(5);
        sink.orders.Add(fact);
      });
}

absl::StatusOr<std::int64_t> EstimateOrders(const std::string& conninfo) {
  return CountIn(
      conninfo,
      "SELECT greatest(reltuples, 0)::bigint FROM pg_class WHERE oid = 'orders'::regclass");
}

absl::StatusOr<std::int64_t> CountIn(const std::string& conninfo, const std::string& select) {
  absl::StatusOr<Session> session = Connect(conninfo);
  if (!session.ok()) return session.status();
  std::int64_t count = 0;
  const absl::Status status =
      (*session)->ForEach(select, [&](const BinaryRow& row) { count += row.Int(0); });
  if (!status.ok()) return status;
  return count;
}

Uuid JoinKey(std::string_view kafka_key) {
  const absl::StatusOr<Uuid> uuid = Uuid::Parse(kafka_key);
  return uuid.ok() ? *uuid : Uuid::FromName(kafka_key);
}

EventType EventTypeOf(std::string_view ce_type) {
  static constexpr std::array<std::string_view, 10> kNames = {
      "OrderPlaced",       "OrderConfirmed", "OrderCancelled",  "PaymentProcessed",
      "PaymentCaptured",   "PaymentFailed",  "PaymentReleased", "InventoryUpdated",
      "InventoryRejected", "StockReleased"};
  static_assert(kNames.size() == static_cast<std::size_t>(EventType::kOther));
  constexpr std::string_view kPackage = "waybill.events.v1.";
  if (!ce_type.starts_with(kPackage)) return EventType::kOther;
  const auto found = std::find(kNames.begin(), kNames.end(), ce_type.substr(kPackage.size()));
  return static_cast<EventType>(found - kNames.begin());
}

Topic TopicOf(std::string_view name) {
  if (name == "orders.events") return Topic::kOrders;
  if (name == "payments.events") return Topic::kPayments;
  if (name == "inventory.events") return Topic::kInventory;
  return Topic::kDeadLetters;
}

}  // namespace waybill::verify
