// Reads what the services' databases say about events.
#include <algorithm>
#include <array>

#include "platform/types/status_macros.h"
#include "platform/types/strings.h"
#include "tools/verify/pages.h"
#include "tools/verify/sources.h"

namespace waybill::verify {
namespace {

using postgres::BinaryRow;
using postgres::BinaryRows;

// Rows that a dump has brought from another cluster: they are published, whatever their transactions.
constexpr char kRestored[] = "FROM outbox_relay.checkpoints ORDER BY horizon LIMIT 1";

// Finds the beginning of the oldest daily partition that the outbox still has.
absl::Status ReadHorizon(BinaryRows& session, SourceReport& report) {
  return session.ForEach(
      "SELECT coalesce(min(substring(pg_get_expr(c.relpartbound, c.oid) "
      "FROM 'FROM \\(''([^'']+)''\\)')::timestamptz), now()) "
      "FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid "
      "WHERE i.inhparent = 'outbox'::regclass",
      [&](const BinaryRow& row) { report.rows_from = std::max(report.rows_from, row.Micros(0)); });
}

// The outbox has no index on keys or events, so for suspects all rows since the oldest suspect are
// read.
std::string OutboxRowsOf(const Look& look) {
  if (look.suspects == nullptr) return "true";
  if (look.suspects->orders.empty() && look.suspects->events.empty()) return "false";
  const Micros since = EarliestOf(*look.suspects) - kTimesDifferBy;
  return StrCat("created_at >= to_timestamp(", since / 1'000'000, ") AND (",
                look.OrdersIn("key", "text"), " OR ", look.EventsIn("event_id"), ")");
}

absl::Status ReadOutbox(BinaryRows& session, Consumer owner, const Look& look, FactSink& sink,
                        SourceReport& report) {
  RETURN_IF_ERROR(ReadHorizon(session, report));
  return ReadPages(
      session,
      StrCat(
          "SELECT id, event_id, topic, key, sequence, headers ->> 'ce_type', created_at, tx >= '",
          look.published_below[static_cast<int>(owner)], "'::xid8 AND NOT coalesce('",
          // While everything is published anew, nothing counts as published.
          look.published_below[static_cast<int>(owner)], "' <> '0' AND tx >= (SELECT restored_tx ",
          kRestored, ") AND id <= (SELECT restored_until ", kRestored,
          ")::bigint, false) FROM outbox WHERE ", OutboxRowsOf(look)),
      "id", KeyType::kBigint, report.read, [&](const BinaryRow& row) {
        const Topic topic = TopicOf(row.Text(2));
        // A dead letter carries the type of the event that it is a copy of.
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
        fact.flag = row.Bool(7);
        sink.orders.Add(fact);
        const std::uint8_t consumers = ConsumersOf(type);
        // An event that no consumer records is added too: it shows that the event was committed.
        sink.committed.Add({fact.id, fact.order, fact.at, consumers});
      });
}

absl::Status ReadInbox(BinaryRows& session, Consumer consumer, const Look& look, FactSink& sink,
                       SourceReport& report) {
  return ReadPages(session,
                   StrCat("SELECT event_id, received_at FROM inbox WHERE consumer = '",
                          NameOf(consumer), "' AND ", look.EventsIn("event_id")),
                   "event_id", KeyType::kUuid, report.read, [&](const BinaryRow& row) {
                     sink.noted.Add({row.AsUuid(0), row.Micros(1), consumer, Note::kProcessed});
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
  RETURN_IF_ERROR(
      ReadPages(session, "SELECT id, parked_at, key, topic, event_id FROM parked_events WHERE true",
                "id", KeyType::kBigint, report.read, [&](const BinaryRow& row) {
                  if (!row.IsNull(2)) add(row, false);
                  sink.noted.Add({row.AsUuid(4), row.Micros(1), consumer, Note::kParked});
                }));
  RETURN_IF_ERROR(
      ReadPages(session, "SELECT id, event_id, discarded_at FROM discarded_events WHERE true", "id",
                KeyType::kBigint, report.read, [&](const BinaryRow& row) {
                  sink.noted.Add({row.AsUuid(1), row.Micros(2), consumer, Note::kParked});
                }));
  return ReadPages(
      session, "SELECT id, parked_at, key, topic FROM outbox_relay.parked_rows WHERE true", "id",
      KeyType::kBigint, report.read, [&](const BinaryRow& row) { add(row, true); });
}

}  // namespace

absl::Status ReadEvents(BinaryRows& session, Consumer consumer, const Look& look, FactSink& sink,
                        SourceReport& report) {
  RETURN_IF_ERROR(ReadOutbox(session, consumer, look, sink, report));
  RETURN_IF_ERROR(ReadParked(session, consumer, sink, report));
  return ReadInbox(session, consumer, look, sink, report);
}

std::string Look::OrdersIn(const std::string& column, const char* type) const {
  return suspects == nullptr ? "true" : IsAmong(column, suspects->orders, type);
}

std::string Look::EventsIn(const std::string& column) const {
  return suspects == nullptr ? "true" : IsAmong(column, suspects->events, "uuid");
}

Uuid JoinKey(std::string_view kafka_key) {
  const absl::StatusOr<Uuid> uuid = Uuid::Parse(kafka_key);
  return uuid.ok() ? *uuid : Uuid::FromName(kafka_key);
}

EventType EventTypeOf(std::string_view ce_type) {
  static constexpr std::array<std::string_view, 15> kNames = {
      "OrderPlaced",       "OrderConfirmed",   "OrderCancelled",      "OrderRefundRequested",
      "OrderRefunded",     "PaymentProcessed", "PaymentCaptured",     "PaymentFailed",
      "PaymentReleased",   "PaymentRefunded",  "PaymentRefundFailed", "InventoryUpdated",
      "InventoryRejected", "StockReleased",    "OrderShipped"};
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
