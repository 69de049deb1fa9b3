#include "order_svc/storage/order_store.h"

#include <map>
#include <utility>

#include "platform/outbox/outbox.h"
#include "platform/postgres/transaction.h"

namespace waybill::order_svc {
namespace {

using postgres::ArrayOf;
using postgres::Row;
using postgres::Rows;
using postgres::Statement;

// The columns of orders: what stays, and what an event or a command may change. A column more is a
// word here, one in Set… and one in OrderIn.
constexpr char kFixed[] =
    "order_id uuid, user_id text, email text, payment_method text, amount_minor bigint,"
    "currency text, traceparent text, placed_at timestamptz, deadline_at timestamptz";
constexpr char kChanging[] =
    "state text, cancel_reason text, payment_confirmed boolean, items_reserved boolean,"
    "payment_captured boolean, payment_id uuid, event_sequence bigint, transition integer,"
    "updated_at timestamptz, refunds integer, shipped_at timestamptz";

constexpr Statement kInsert{"orders_insert",
                            R"sql(
    INSERT INTO orders ($columns) SELECT $columns FROM $rows)sql",
                            {kFixed, kChanging}};

constexpr Statement kUpdate{"orders_update",
                            R"sql(
    UPDATE orders SET $set FROM $rows WHERE orders.order_id = rows.order_id)sql",
                            {"order_id uuid", kChanging}};

constexpr Statement kFind{"orders_find",
                          R"sql(
    SELECT $columns FROM orders WHERE order_id = ANY($1::uuid[]))sql",
                          {kFixed, kChanging}};

constexpr Statement kLock{"orders_lock",
                          R"sql(
    SELECT $columns FROM orders WHERE order_id = ANY($1::uuid[])
    ORDER BY order_id FOR NO KEY UPDATE)sql",
                          {kFixed, kChanging}};

constexpr Statement kLockOverdue{"orders_lock_overdue",
                                 R"sql(
    SELECT $columns FROM orders
    WHERE deadline_at <= $1::timestamptz AND state NOT IN ('CONFIRMED', 'CANCELLED')
      AND order_id <> ALL ($2::uuid[])
      AND NOT EXISTS (SELECT FROM parked_keys
                      WHERE key = convert_to(orders.order_id::text, 'UTF8'))
    ORDER BY deadline_at LIMIT $3::integer FOR NO KEY UPDATE SKIP LOCKED)sql",
                                 {kFixed, kChanging}};

// min() makes PostgreSQL read the index orders_open up to the first order that it finds. With EXISTS, the
// planner expects a sequential scan to meet an overdue order soon, and it reads the whole table when
// there is none.
constexpr Statement kIsAnyOverdue{"orders_is_any_overdue", R"sql(
    SELECT min(deadline_at) IS NOT NULL AS is_any FROM orders
    WHERE deadline_at <= $1::timestamptz AND state NOT IN ('CONFIRMED', 'CANCELLED'))sql"};

constexpr Statement kList{"orders_list",
                          R"sql(
    SELECT $columns FROM orders WHERE user_id = $1::text AND order_id < $2::uuid
    ORDER BY order_id DESC LIMIT $3::integer)sql",
                          {kFixed, kChanging}};

constexpr char kLineColumns[] =
    "order_id uuid, line integer, product_id text, product_name text, quantity integer,"
    "unit_price_minor bigint";

constexpr Statement kInsertLines{"order_lines_insert",
                                 R"sql(
    INSERT INTO order_lines ($columns) SELECT $columns FROM $rows)sql",
                                 {kLineColumns}};

// The catalog's row must be as the caller has it in memory; else the price is NULL, which the table
// refuses.
constexpr Statement kInsertLinesAtPrices{"order_lines_insert_at_prices",
                                         R"sql(
    INSERT INTO order_lines (order_id, line, product_id, product_name, quantity, unit_price_minor)
    SELECT order_id, line, rows.product_id, product_name, quantity,
           CASE WHEN products.product_id IS NOT NULL THEN rows.unit_price_minor END
    FROM $rows LEFT JOIN products ON products.product_id = rows.product_id
      AND products.name = rows.product_name
      AND products.unit_price_minor = rows.unit_price_minor
      AND products.currency = rows.currency)sql",
                                         {kLineColumns, "currency text"}};

constexpr Statement kFindLines{"order_lines_find", R"sql(
    SELECT order_id, product_id, product_name, quantity, unit_price_minor FROM order_lines
    WHERE order_id = ANY($1::uuid[]) ORDER BY order_id, line)sql"};

constexpr Statement kInsertHistory{"order_history_insert",
                                   R"sql(
    INSERT INTO order_history ($columns) SELECT $columns FROM $rows)sql",
                                   {"order_id uuid, transition integer, state text,"
                                    "cancel_reason text, at timestamptz"}};

constexpr Statement kTransitionsAfter{"order_history_after",
                                      R"sql(
    SELECT h.order_id, h.transition, h.state, h.cancel_reason, h.at
    FROM $rows JOIN order_history h ON h.order_id = rows.order_id AND h.transition > rows.seen
    ORDER BY h.order_id, h.transition)sql",
                                      {"order_id uuid, seen integer"}};

constexpr Statement kInsertRefunds{"order_refunds_insert",
                                   R"sql(
    INSERT INTO order_refunds ($columns) SELECT $columns FROM $rows)sql",
                                   {"refund_id uuid, order_id uuid, number integer,"
                                    "amount_minor bigint, state text, failure_reason text,"
                                    "requested_at timestamptz, updated_at timestamptz"}};

constexpr Statement kInsertRefundItems{"order_refund_items_insert",
                                       R"sql(
    INSERT INTO order_refund_items ($columns) SELECT $columns FROM $rows)sql",
                                       {"refund_id uuid, product_id text, quantity integer"}};

constexpr Statement kEndRefunds{
    "order_refunds_end",
    R"sql(
    UPDATE order_refunds SET $set FROM $rows WHERE order_refunds.refund_id = rows.refund_id)sql",
    {"refund_id uuid, state text, failure_reason text, updated_at timestamptz"}};

constexpr Statement kFindRefunds{"order_refunds_find", R"sql(
    SELECT f.order_id, f.refund_id, f.number, f.amount_minor, o.currency, f.state,
           f.failure_reason, f.requested_at, f.updated_at
    FROM order_refunds f JOIN orders o USING (order_id)
    WHERE f.order_id = ANY($1::uuid[]) ORDER BY f.order_id, f.number)sql"};

constexpr Statement kFindRefundItems{"order_refund_items_find", R"sql(
    SELECT refund_id, product_id, quantity
    FROM order_refund_items JOIN order_refunds USING (refund_id)
    WHERE order_id = ANY($1::uuid[]))sql"};

// Above every UUID there is: RFC 9562's Max UUID.
constexpr char kMaxUuid[] = "ffffffff-ffff-ffff-ffff-ffffffffffff";

void SetFixed(Rows& rows, const TracedOrder& traced) {
  const OrderData& order = traced.order.data();
  rows.Set("order_id", order.id)
      .Set("user_id", order.user)
      .Set("email", order.email)
      .Set("payment_method", order.payment_method)
      .Set("amount_minor", order.total.minor_units)
      .Set("currency", order.total.currency)
      .Set("traceparent", traced.trace.ToHeader())
      .Set("placed_at", order.placed_at)
      .Set("deadline_at", order.deadline_at);
}

void SetChanging(Rows& rows, const OrderData& order) {
  rows.Set("state", order.state)
      .Set("cancel_reason", order.reason)
      .Set("payment_confirmed", order.payment_confirmed)
      .Set("items_reserved", order.items_reserved)
      .Set("payment_captured", order.payment_captured)
      .Set("payment_id", order.payment_id)
      .Set("event_sequence", order.event_sequence)
      .Set("transition", order.transition)
      .Set("updated_at", order.updated_at)
      .Set("refunds", static_cast<int>(order.refunds.size()))
      .Set("shipped_at", order.shipped_at);
}

void AddLines(Rows& rows, const OrderData& order) {
  int number = 0;
  for (const OrderLine& line : order.lines) {
    rows.Set("order_id", order.id)
        .Set("line", ++number)
        .Set("product_id", line.product)
        .Set("product_name", line.product_name)
        .Set("quantity", line.quantity)
        .Set("unit_price_minor", line.unit_price.minor_units);
  }
}

Refund RefundIn(const Row& row, RefundItems items) {
  return {.id = row.Get<RefundId>("refund_id"),
          .number = row.Get<int>("number"),
          .amount = {row.Get<std::int64_t>("amount_minor"), row.Get<Currency>("currency")},
          .items = std::move(items),
          .state = row.Get<RefundState>("state"),
          .failure_reason = row.Get<std::optional<std::string>>("failure_reason").value_or(""),
          .requested_at = row.Get<absl::Time>("requested_at"),
          .updated_at = row.Get<absl::Time>("updated_at")};
}

TracedOrder OrderIn(const Row& row, std::vector<OrderLine> lines, std::vector<Refund> refunds) {
  OrderData order;
  order.id = row.Get<OrderId>("order_id");
  order.user = row.Get<UserId>("user_id");
  order.email = row.Get<EmailAddress>("email");
  order.payment_method = row.Get<std::string>("payment_method");
  order.total = {row.Get<std::int64_t>("amount_minor"), row.Get<Currency>("currency")};
  order.lines = std::move(lines);
  order.refunds = std::move(refunds);
  for (OrderLine& line : order.lines) line.unit_price.currency = order.total.currency;
  TraceContext trace = TraceContext::FromHeader(row.Get<std::string>("traceparent"));
  order.placed_at = row.Get<absl::Time>("placed_at");
  order.deadline_at = row.Get<absl::Time>("deadline_at");
  order.state = row.Get<OrderState>("state");
  order.reason = row.Get<std::optional<CancelReason>>("cancel_reason");
  order.payment_confirmed = row.Get<bool>("payment_confirmed");
  order.items_reserved = row.Get<bool>("items_reserved");
  order.payment_captured = row.Get<bool>("payment_captured");
  order.payment_id = row.Get<std::optional<PaymentId>>("payment_id");
  order.event_sequence = row.Get<std::int64_t>("event_sequence");
  order.transition = row.Get<int>("transition");
  order.updated_at = row.Get<absl::Time>("updated_at");
  order.shipped_at = row.Get<std::optional<absl::Time>>("shipped_at");
  return {.order = Order::Restore(std::move(order)), .trace = std::move(trace)};
}

}  // namespace

void OrderStore::Insert(absl::Span<const TracedOrder> orders) {
  InsertOrders(orders);
  Rows rows(kInsertLines);
  for (const TracedOrder& traced : orders) AddLines(rows, traced.order.data());
  tx_.Write(kInsertLines, rows);
}

void OrderStore::InsertAtPrices(absl::Span<const TracedOrder> orders) {
  InsertOrders(orders);
  Rows rows(kInsertLinesAtPrices);
  for (const TracedOrder& traced : orders) {
    const OrderData& order = traced.order.data();
    AddLines(rows, order);
    for (const OrderLine& line : order.lines) rows.Set("currency", line.unit_price.currency);
  }
  tx_.Write(kInsertLinesAtPrices, rows);
}

void OrderStore::InsertOrders(absl::Span<const TracedOrder> orders) {
  Rows rows(kInsert);
  for (const TracedOrder& traced : orders) {
    SetFixed(rows, traced);
    SetChanging(rows, traced.order.data());
  }
  tx_.Write(kInsert, rows);
  InsertHistory(orders);
  AppendEvents(orders);
}

void OrderStore::Save(absl::Span<const TracedOrder> orders) {
  Rows rows(kUpdate);
  for (const TracedOrder& traced : orders) {
    rows.Set("order_id", traced.order.data().id);
    SetChanging(rows, traced.order.data());
  }
  tx_.Write(kUpdate, rows);
  InsertHistory(orders);
  SaveRefunds(orders);
  AppendEvents(orders);
}

std::vector<TracedOrder> OrderStore::Find(absl::Span<const OrderId> ids) {
  return Assemble(tx_.Exec(kFind, ArrayOf(ids)));
}

std::vector<TracedOrder> OrderStore::Lock(absl::Span<const OrderId> ids) {
  return Assemble(tx_.Exec(kLock, ArrayOf(ids)));
}

bool OrderStore::IsAnyOverdue(absl::Time now) {
  return tx_.Exec(kIsAnyOverdue, now).front().Get<bool>("is_any");
}

std::vector<TracedOrder> OrderStore::LockOverdue(absl::Time now, absl::Span<const OrderId> held,
                                                 int limit) {
  return Assemble(tx_.Exec(kLockOverdue, now, ArrayOf(held), limit));
}

std::vector<TracedOrder> OrderStore::List(const UserId& user, std::optional<OrderId> before,
                                          int limit) {
  return Assemble(tx_.Exec(kList, user, before ? before->ToString() : kMaxUuid, limit));
}

std::vector<WatchedTransition> OrderStore::TransitionsAfter(
    absl::Span<const WatchedOrder> watched) {
  Rows rows(kTransitionsAfter);
  for (const WatchedOrder& one : watched) rows.Set("order_id", one.id).Set("seen", one.seen);
  std::vector<WatchedTransition> transitions;
  for (const Row row : tx_.ExecRows(kTransitionsAfter, rows)) {
    transitions.push_back(
        {.id = row.Get<OrderId>("order_id"),
         .transition = {.number = row.Get<int>("transition"),
                        .state = row.Get<OrderState>("state"),
                        .reason = row.Get<std::optional<CancelReason>>("cancel_reason"),
                        .at = row.Get<absl::Time>("at")}});
  }
  return transitions;
}

void OrderStore::InsertHistory(absl::Span<const TracedOrder> orders) {
  Rows rows(kInsertHistory);
  for (const TracedOrder& traced : orders) {
    for (const Transition& transition : traced.order.transitions()) {
      rows.Set("order_id", traced.order.data().id)
          .Set("transition", transition.number)
          .Set("state", transition.state)
          .Set("cancel_reason", transition.reason)
          .Set("at", transition.at);
    }
  }
  tx_.Write(kInsertHistory, rows);
}

void OrderStore::AppendEvents(absl::Span<const TracedOrder> orders) {
  std::vector<events::OutgoingEvent> events;
  for (const TracedOrder& traced : orders) {
    for (const OrderEvent& event : traced.order.events()) {
      events.push_back(encode_(traced.order.data(), event, traced.trace));
    }
  }
  outbox::Append(tx_, events);
}

void OrderStore::SaveRefunds(absl::Span<const TracedOrder> orders) {
  Rows refunds(kInsertRefunds);
  Rows items(kInsertRefundItems);
  Rows ended(kEndRefunds);
  for (const TracedOrder& traced : orders) {
    for (const Refund& refund : traced.order.new_refunds()) {
      refunds.Set("refund_id", refund.id)
          .Set("order_id", traced.order.data().id)
          .Set("number", refund.number)
          .Set("amount_minor", refund.amount.minor_units)
          .Set("state", refund.state)
          .Set("failure_reason", std::nullopt)
          .Set("requested_at", refund.requested_at)
          .Set("updated_at", refund.updated_at);
      for (const auto& [product, quantity] : refund.items) {
        items.Set("refund_id", refund.id).Set("product_id", product).Set("quantity", quantity);
      }
    }
    for (const Refund& refund : traced.order.ended_refunds()) {
      const bool failed = refund.state == RefundState::kFailed;
      ended.Set("refund_id", refund.id)
          .Set("state", refund.state)
          .Set("failure_reason", failed ? std::optional(refund.failure_reason) : std::nullopt)
          .Set("updated_at", refund.updated_at);
    }
  }
  tx_.Write(kInsertRefunds, refunds);
  tx_.Write(kInsertRefundItems, items);
  tx_.Write(kEndRefunds, ended);
}

std::map<OrderId, std::vector<Refund>> OrderStore::FindRefunds(const postgres::Result& rows) {
  std::map<OrderId, std::vector<Refund>> refunds;
  std::vector<OrderId> ids;
  for (const Row row : rows) {
    if (row.Get<int>("refunds") > 0) ids.push_back(row.Get<OrderId>("order_id"));
  }
  if (ids.empty()) return refunds;
  // The refunds first: the items of each that is seen are there.
  const postgres::Result found = tx_.Exec(kFindRefunds, ArrayOf(ids));
  std::map<RefundId, RefundItems> items;
  for (const Row row : tx_.Exec(kFindRefundItems, ArrayOf(ids))) {
    items[row.Get<RefundId>("refund_id")].emplace(row.Get<Sku>("product_id"),
                                                  row.Get<int>("quantity"));
  }
  for (const Row row : found) {
    refunds[row.Get<OrderId>("order_id")].push_back(
        RefundIn(row, std::move(items[row.Get<RefundId>("refund_id")])));
  }
  return refunds;
}

std::vector<TracedOrder> OrderStore::Assemble(const postgres::Result& rows) {
  std::vector<TracedOrder> orders;
  if (rows.empty()) return orders;
  std::vector<OrderId> ids;
  for (const Row row : rows) ids.push_back(row.Get<OrderId>("order_id"));
  std::map<OrderId, std::vector<OrderLine>> lines;
  for (const Row row : tx_.Exec(kFindLines, ArrayOf(ids))) {
    lines[row.Get<OrderId>("order_id")].push_back(
        {.product = row.Get<Sku>("product_id"),
         .product_name = row.Get<std::string>("product_name"),
         .quantity = row.Get<int>("quantity"),
         .unit_price = {.minor_units = row.Get<std::int64_t>("unit_price_minor"), .currency = {}}});
  }
  std::map<OrderId, std::vector<Refund>> refunds = FindRefunds(rows);
  for (const Row row : rows) {
    const auto id = row.Get<OrderId>("order_id");
    orders.push_back(OrderIn(row, std::move(lines[id]), std::move(refunds[id])));
  }
  return orders;
}

}  // namespace waybill::order_svc
