#include "inventory_svc/storage/pg_reservations.h"

#include <map>
#include <stdexcept>
#include <string>

#include "platform/postgres/array.h"

namespace waybill::inventory_svc {
namespace {

using postgres::ArrayBuilder;
using postgres::Statement;

constexpr Statement kCreateMissing{"reservations_create_missing",
                                   "INSERT INTO reservations (order_id, state) "
                                   "SELECT id, 'WAITING' FROM unnest($1::uuid[]) AS id ORDER BY id "
                                   "ON CONFLICT (order_id) DO NOTHING"};

constexpr Statement kLock{
    "reservations_lock",
    "SELECT order_id, state, items_known, payment_confirmed, event_sequence FROM reservations "
    "WHERE order_id = ANY($1::uuid[]) ORDER BY order_id FOR UPDATE"};

constexpr Statement kItems{"reservations_items",
                           "SELECT order_id, product_id, quantity FROM reservation_items WHERE "
                           "order_id = ANY($1::uuid[])"};

constexpr Statement kSave{
    "reservations_save",
    "UPDATE reservations r SET state = u.state, items_known = u.items_known,"
    "  payment_confirmed = u.payment_confirmed, event_sequence = u.event_sequence, updated_at = "
    "now() "
    "FROM unnest($1::uuid[], $2::text[], $3::boolean[], $4::boolean[], $5::bigint[])"
    "     AS u(order_id, state, items_known, payment_confirmed, event_sequence) "
    "WHERE r.order_id = u.order_id"};

constexpr Statement kAddItems{"reservations_add_items",
                              "INSERT INTO reservation_items (order_id, product_id, quantity) "
                              "SELECT * FROM unnest($1::uuid[], $2::text[], $3::bigint[])"};

ReservationState StateOf(const pqxx::field& field) {
  const absl::StatusOr<ReservationState> state = ParseReservationState(field.c_str());
  if (!state.ok()) throw std::runtime_error(std::string(state.status().message()));
  return *state;
}

}  // namespace

Reservations PgReservations::Lock(const std::set<OrderId>& orders) {
  ArrayBuilder ids;
  for (const OrderId& order : orders) ids.Add(order);
  tx_.Exec(kCreateMissing, ids.text());

  std::map<OrderId, Reservation::Row> rows;
  for (const pqxx::row& row : tx_.Exec(kLock, ids.text())) {
    const OrderId order(postgres::UuidOf(row[0]));
    rows[order] = {.order = order,
                   .state = StateOf(row[1]),
                   .items_known = row[2].as<bool>(),
                   .payment_confirmed = row[3].as<bool>(),
                   .event_sequence = row[4].as<std::int64_t>(),
                   .items = {}};
  }
  for (const pqxx::row& row : tx_.Exec(kItems, ids.text())) {
    rows.at(OrderId(postgres::UuidOf(row[0])))
        .items.emplace(Sku(row[1].c_str()), row[2].as<std::int64_t>());
  }

  Reservations reservations;
  for (auto& [order, row] : rows) reservations.emplace(order, Reservation(std::move(row)));
  return reservations;
}

void PgReservations::Save(const Reservations& reservations) {
  ArrayBuilder ids, states, items_known, payments_confirmed, sequences;
  for (const auto& [order, reservation] : reservations) {
    const Reservation::Row& row = reservation.row();
    ids.Add(order);
    states.Add(ToText(row.state));
    items_known.Add(row.items_known);
    payments_confirmed.Add(row.payment_confirmed);
    sequences.Add(row.event_sequence);
  }
  tx_.Exec(kSave, ids.text(), states.text(), items_known.text(), payments_confirmed.text(),
           sequences.text());
}

void PgReservations::AddItems(absl::Span<const Demand> demands) {
  if (demands.empty()) return;
  ArrayBuilder ids, skus, quantities;
  for (const Demand& demand : demands) {
    for (const auto& [sku, quantity] : demand.items) {
      ids.Add(demand.order);
      skus.Add(sku.value());
      quantities.Add(quantity);
    }
  }
  tx_.Exec(kAddItems, ids.text(), skus.text(), quantities.text());
}

}  // namespace waybill::inventory_svc
