#include "inventory_svc/storage/reservation_store.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "platform/outbox/outbox.h"
#include "platform/postgres/transaction.h"

namespace waybill::inventory_svc {
namespace {

using postgres::Row;
using postgres::Rows;
using postgres::Statement;

constexpr char kColumns[] =
    "order_id uuid, state text, items_known boolean, payment_confirmed boolean,"
    "event_sequence bigint, order_confirmed boolean, shipped_at timestamptz";

constexpr Statement kInsert{"reservations_insert",
                            R"sql(
    INSERT INTO reservations ($columns) SELECT $columns FROM $rows ORDER BY order_id
    ON CONFLICT (order_id) DO NOTHING)sql",
                            {kColumns}};

constexpr Statement kLock{"reservations_lock",
                          R"sql(
    SELECT $columns FROM reservations WHERE order_id = ANY($1::uuid[])
    ORDER BY order_id FOR UPDATE)sql",
                          {kColumns}};

constexpr Statement kFindItems{"reservations_items", R"sql(
    SELECT order_id, product_id, quantity FROM reservation_items
    WHERE order_id = ANY($1::uuid[]))sql"};

constexpr Statement kUpdate{"reservations_save",
                            R"sql(
    UPDATE reservations SET $set, updated_at = now() FROM $rows
    WHERE reservations.order_id = rows.order_id)sql",
                            {kColumns}};

constexpr Statement kInsertItems{"reservations_add_items",
                                 R"sql(
    INSERT INTO reservation_items ($columns) SELECT $columns FROM $rows)sql",
                                 {"order_id uuid, product_id text, quantity bigint"}};

ReservationData ReservationIn(const Row& row) {
  return {.order = row.Get<OrderId>("order_id"),
          .state = row.Get<ReservationState>("state"),
          .items_known = row.Get<bool>("items_known"),
          .payment_confirmed = row.Get<bool>("payment_confirmed"),
          .event_sequence = row.Get<std::int64_t>("event_sequence"),
          .order_confirmed = row.Get<bool>("order_confirmed"),
          .shipped_at = row.Get<std::optional<absl::Time>>("shipped_at")};
}

}  // namespace

Reservations ReservationStore::Lock(const std::set<OrderId>& orders) {
  std::map<OrderId, ReservationData> locked;
  for (const Row row : tx_.Exec(kLock, postgres::ArrayOf(orders))) {
    const OrderId order = row.Get<OrderId>("order_id");
    stored_.insert(order);
    locked.emplace(order, ReservationIn(row));
  }
  if (!locked.empty()) {
    for (const Row row : tx_.Exec(kFindItems, postgres::ArrayOf(stored_))) {
      locked.at(row.Get<OrderId>("order_id"))
          .items.emplace(row.Get<Sku>("product_id"), row.Get<std::int64_t>("quantity"));
    }
  }
  for (const OrderId& order : orders) locked.try_emplace(order, ReservationData{.order = order});
  Reservations reservations;
  for (auto& [order, data] : locked) {
    reservations.emplace(order, Reservation::Restore(std::move(data)));
  }
  return reservations;
}

absl::Status ReservationStore::Save(const Reservations& reservations,
                                    absl::Span<const TracedStockEvent> events) {
  Rows changed(kUpdate), created(kInsert);
  for (const auto& [order, reservation] : reservations) {
    const ReservationData& data = reservation.data();
    Rows& rows = stored_.contains(order) ? changed : created;
    rows.Set("order_id", order)
        .Set("state", data.state)
        .Set("items_known", data.items_known)
        .Set("payment_confirmed", data.payment_confirmed)
        .Set("event_sequence", data.event_sequence)
        .Set("order_confirmed", data.order_confirmed)
        .Set("shipped_at", data.shipped_at);
  }
  tx_.Write(kUpdate, changed);
  InsertNewItems(reservations);
  AppendEvents(events);
  if (created.empty() || tx_.WriteNow(kInsert, created).affected_rows() == created.size()) {
    return absl::OkStatus();
  }
  return absl::AbortedError("another transaction has created one of the reservations");
}

void ReservationStore::InsertNewItems(const Reservations& reservations) {
  Rows rows(kInsertItems);
  for (const auto& [order, reservation] : reservations) {
    if (!reservation.items_are_new()) continue;
    for (const auto& [sku, quantity] : reservation.data().items) {
      rows.Set("order_id", order).Set("product_id", sku).Set("quantity", quantity);
    }
  }
  tx_.Write(kInsertItems, rows);
}

void ReservationStore::AppendEvents(absl::Span<const TracedStockEvent> events) {
  std::vector<events::OutgoingEvent> outgoing;
  for (const auto& [event, trace] : events) outgoing.push_back(encode_(event, trace));
  outbox::Append(tx_, outgoing);
}

}  // namespace waybill::inventory_svc
