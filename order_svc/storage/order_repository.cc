#include "order_svc/storage/order_repository.h"

#include <map>
#include <stdexcept>
#include <string>
#include <utility>

#include "platform/events/envelope.h"
#include "platform/outbox/outbox.h"
#include "platform/postgres/array.h"

namespace waybill::order_svc {
namespace {

using postgres::ArrayBuilder;
using postgres::Statement;

#define WAYBILL_ORDER_COLUMNS                                                                \
  "order_id, user_id, email, payment_method, amount_minor, currency, state, cancel_reason, " \
  "payment_confirmed, items_reserved, payment_captured, payment_id, event_sequence, "        \
  "transition, traceparent, placed_at, updated_at, deadline_at "

constexpr Statement kInsertOrders{
    "orders_insert",
    "INSERT INTO orders (" WAYBILL_ORDER_COLUMNS
    ") SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bigint[], "
    "$6::text[],"
    " $7::text[], $8::text[], $9::boolean[], $10::boolean[], $11::boolean[], $12::uuid[],"
    " $13::bigint[], $14::integer[], $15::text[], $16::timestamptz[], $17::timestamptz[],"
    " $18::timestamptz[])"};

constexpr Statement kInsertLines{
    "order_lines_insert",
    "INSERT INTO order_lines (order_id, line, product_id, product_name, quantity, "
    "unit_price_minor) "
    "SELECT * FROM unnest($1::uuid[], $2::integer[], $3::text[], $4::text[], $5::integer[],"
    " $6::bigint[])"};

constexpr Statement kInsertHistory{
    "order_history_insert",
    "INSERT INTO order_history (order_id, transition, state, cancel_reason, at) "
    "SELECT * FROM unnest($1::uuid[], $2::integer[], $3::text[], $4::text[], $5::timestamptz[])"};

constexpr Statement kUpdateOrders{
    "orders_update",
    "UPDATE orders o SET state = c.state, cancel_reason = c.cancel_reason,"
    " payment_confirmed = c.payment_confirmed, items_reserved = c.items_reserved,"
    " payment_captured = c.payment_captured, payment_id = c.payment_id,"
    " event_sequence = c.event_sequence, transition = c.transition, updated_at = c.updated_at "
    "FROM unnest($1::uuid[], $2::text[], $3::text[], $4::boolean[], $5::boolean[], $6::boolean[],"
    " $7::uuid[], $8::bigint[], $9::integer[], $10::timestamptz[])"
    " AS c(order_id, state, cancel_reason, payment_confirmed, items_reserved, payment_captured,"
    " payment_id, event_sequence, transition, updated_at) "
    "WHERE o.order_id = c.order_id"};

constexpr Statement kLoadOrders{
    "orders_load", "SELECT " WAYBILL_ORDER_COLUMNS "FROM orders WHERE order_id = ANY($1::uuid[])"};

constexpr Statement kLockOrders{"orders_lock", "SELECT " WAYBILL_ORDER_COLUMNS
                                               "FROM orders WHERE order_id = ANY($1::uuid[]) "
                                               "ORDER BY order_id FOR NO KEY UPDATE"};

constexpr Statement kLockOverdue{
    "orders_lock_overdue",
    "SELECT " WAYBILL_ORDER_COLUMNS
    "FROM orders WHERE deadline_at <= $1::timestamptz AND state NOT IN ('CONFIRMED', 'CANCELLED') "
    "ORDER BY deadline_at LIMIT $2::integer FOR NO KEY UPDATE SKIP LOCKED"};

constexpr Statement kListOrders{
    "orders_list",
    "SELECT " WAYBILL_ORDER_COLUMNS
    "FROM orders WHERE user_id = $1::text AND order_id < $2::uuid ORDER BY order_id DESC "
    "LIMIT $3::integer"};

constexpr Statement kLoadLines{
    "order_lines_load",
    "SELECT order_id, product_id, product_name, quantity, unit_price_minor FROM order_lines "
    "WHERE order_id = ANY($1::uuid[]) ORDER BY order_id, line"};

constexpr Statement kTransitionsAfter{
    "order_history_after",
    "SELECT h.order_id, h.transition, h.state, h.cancel_reason, h.at "
    "FROM unnest($1::uuid[], $2::integer[]) AS w(order_id, seen) "
    "JOIN order_history h ON h.order_id = w.order_id AND h.transition > w.seen "
    "ORDER BY h.order_id, h.transition"};

// Above every UUID there is: RFC 9562's Max UUID.
constexpr char kMaxUuid[] = "ffffffff-ffff-ffff-ffff-ffffffffffff";

std::optional<std::string_view> NameOf(const std::optional<CancelReason>& reason) {
  if (!reason) return std::nullopt;
  return order_svc::NameOf(*reason);
}

OrderState StateIn(const pqxx::field& field) {
  const std::optional<OrderState> state = OrderStateOf(field.c_str());
  if (!state) throw std::runtime_error(std::string("not an order state: ") + field.c_str());
  return *state;
}

std::optional<CancelReason> ReasonIn(const pqxx::field& field) {
  if (field.is_null()) return std::nullopt;
  return CancelReasonOf(field.c_str());
}

OrderData DataOf(const pqxx::row& row) {
  OrderData data;
  data.id = OrderId(postgres::UuidOf(row[0]));
  data.user = UserId(row[1].c_str());
  data.email = row[2].c_str();
  data.payment_method = row[3].c_str();
  data.total = {row[4].as<std::int64_t>(), row[5].c_str()};
  data.state = StateIn(row[6]);
  data.reason = ReasonIn(row[7]);
  data.payment_confirmed = row[8].as<bool>();
  data.items_reserved = row[9].as<bool>();
  data.payment_captured = row[10].as<bool>();
  if (!row[11].is_null()) data.payment_id = PaymentId(postgres::UuidOf(row[11]));
  data.event_sequence = row[12].as<std::int64_t>();
  data.transition = row[13].as<int>();
  data.placed_at = postgres::TimeOf(row[15]);
  data.updated_at = postgres::TimeOf(row[16]);
  data.deadline_at = postgres::TimeOf(row[17]);
  return data;
}

}  // namespace

void OrderRepository::Insert(absl::Span<const TracedOrder> orders) {
  ArrayBuilder ids, users, emails, methods, amounts, currencies, states, reasons, confirmed,
      reserved, captured, payments, sequences, transitions, traces, placed, updated, deadlines;
  for (const TracedOrder& traced : orders) {
    const OrderData& order = traced.order.data();
    ids.Add(order.id);
    users.Add(order.user.value());
    emails.Add(order.email);
    methods.Add(order.payment_method);
    amounts.Add(order.total.minor_units);
    currencies.Add(order.total.currency);
    states.Add(order_svc::NameOf(order.state));
    reasons.Add(NameOf(order.reason));
    confirmed.Add(order.payment_confirmed);
    reserved.Add(order.items_reserved);
    captured.Add(order.payment_captured);
    payments.Add(order.payment_id);
    sequences.Add(order.event_sequence);
    transitions.Add(order.transition);
    traces.Add(traced.trace.ToHeader());
    placed.Add(order.placed_at);
    updated.Add(order.updated_at);
    deadlines.Add(order.deadline_at);
  }
  tx_.Exec(kInsertOrders, ids.text(), users.text(), emails.text(), methods.text(), amounts.text(),
           currencies.text(), states.text(), reasons.text(), confirmed.text(), reserved.text(),
           captured.text(), payments.text(), sequences.text(), transitions.text(), traces.text(),
           placed.text(), updated.text(), deadlines.text());
  InsertLines(orders);
  InsertHistory(orders);
  AppendEvents(orders);
}

void OrderRepository::Save(absl::Span<const TracedOrder> orders) {
  ArrayBuilder ids, states, reasons, confirmed, reserved, captured, payments, sequences,
      transitions, updated;
  for (const TracedOrder& traced : orders) {
    const OrderData& order = traced.order.data();
    ids.Add(order.id);
    states.Add(order_svc::NameOf(order.state));
    reasons.Add(NameOf(order.reason));
    confirmed.Add(order.payment_confirmed);
    reserved.Add(order.items_reserved);
    captured.Add(order.payment_captured);
    payments.Add(order.payment_id);
    sequences.Add(order.event_sequence);
    transitions.Add(order.transition);
    updated.Add(order.updated_at);
  }
  tx_.Exec(kUpdateOrders, ids.text(), states.text(), reasons.text(), confirmed.text(),
           reserved.text(), captured.text(), payments.text(), sequences.text(), transitions.text(),
           updated.text());
  InsertHistory(orders);
  AppendEvents(orders);
}

std::vector<TracedOrder> OrderRepository::Load(absl::Span<const OrderId> ids) {
  ArrayBuilder wanted;
  for (const OrderId& id : ids) wanted.Add(id);
  return Assemble(tx_.Exec(kLoadOrders, wanted.text()));
}

std::vector<TracedOrder> OrderRepository::Lock(absl::Span<const OrderId> ids) {
  ArrayBuilder wanted;
  for (const OrderId& id : ids) wanted.Add(id);
  return Assemble(tx_.Exec(kLockOrders, wanted.text()));
}

std::vector<TracedOrder> OrderRepository::LockOverdue(absl::Time now, int limit) {
  return Assemble(tx_.Exec(kLockOverdue, now, limit));
}

std::vector<TracedOrder> OrderRepository::List(const UserId& user, std::optional<OrderId> before,
                                               int limit) {
  return Assemble(tx_.Exec(kListOrders, user.value(),
                           before ? before->ToString() : std::string(kMaxUuid), limit));
}

std::vector<WatchedTransition> OrderRepository::TransitionsAfter(
    absl::Span<const WatchedOrder> watched) {
  ArrayBuilder ids, seen;
  for (const WatchedOrder& one : watched) {
    ids.Add(one.id);
    seen.Add(one.seen);
  }
  std::vector<WatchedTransition> transitions;
  for (const auto& row : tx_.Exec(kTransitionsAfter, ids.text(), seen.text())) {
    transitions.push_back({.id = OrderId(postgres::UuidOf(row[0])),
                           .transition = {.number = row[1].as<int>(),
                                          .state = StateIn(row[2]),
                                          .reason = ReasonIn(row[3]),
                                          .at = postgres::TimeOf(row[4])}});
  }
  return transitions;
}

void OrderRepository::InsertLines(absl::Span<const TracedOrder> orders) {
  ArrayBuilder ids, numbers, products, names, quantities, prices;
  for (const TracedOrder& traced : orders) {
    int number = 0;
    for (const OrderLine& line : traced.order.data().lines) {
      ids.Add(traced.order.data().id);
      numbers.Add(++number);
      products.Add(line.product.value());
      names.Add(line.product_name);
      quantities.Add(line.quantity);
      prices.Add(line.unit_price.minor_units);
    }
  }
  tx_.Exec(kInsertLines, ids.text(), numbers.text(), products.text(), names.text(),
           quantities.text(), prices.text());
}

void OrderRepository::InsertHistory(absl::Span<const TracedOrder> orders) {
  ArrayBuilder ids, numbers, states, reasons, times;
  bool any = false;
  for (const TracedOrder& traced : orders) {
    for (const Transition& transition : traced.order.transitions()) {
      any = true;
      ids.Add(traced.order.data().id);
      numbers.Add(transition.number);
      states.Add(order_svc::NameOf(transition.state));
      reasons.Add(NameOf(transition.reason));
      times.Add(transition.at);
    }
  }
  if (!any) return;
  tx_.Exec(kInsertHistory, ids.text(), numbers.text(), states.text(), reasons.text(), times.text());
}

void OrderRepository::AppendEvents(absl::Span<const TracedOrder> orders) {
  std::vector<events::OutgoingEvent> events;
  for (const TracedOrder& traced : orders) {
    for (const OrderEvent& event : traced.order.events()) {
      events.push_back(encoder_.Encode(traced.order.data(), event, traced.trace));
    }
  }
  if (!events.empty()) outbox::Append(tx_, events);
}

std::vector<TracedOrder> OrderRepository::Assemble(const pqxx::result& rows) {
  if (rows.empty()) return {};
  ArrayBuilder ids;
  for (const auto& row : rows) ids.Add(postgres::UuidOf(row[0]));
  std::map<Uuid, std::vector<OrderLine>> lines;
  for (const auto& row : tx_.Exec(kLoadLines, ids.text())) {
    lines[postgres::UuidOf(row[0])].push_back({.product = Sku(row[1].c_str()),
                                               .product_name = row[2].c_str(),
                                               .quantity = row[3].as<int>(),
                                               .unit_price = {row[4].as<std::int64_t>(), ""}});
  }
  std::vector<TracedOrder> orders;
  for (const auto& row : rows) {
    OrderData data = DataOf(row);
    data.lines = std::move(lines[data.id.uuid()]);
    for (OrderLine& line : data.lines) line.unit_price.currency = data.total.currency;
    orders.push_back({.order = Order::Restore(std::move(data)),
                      .trace = TraceContext::FromHeader(row[14].c_str())});
  }
  return orders;
}

}  // namespace waybill::order_svc
