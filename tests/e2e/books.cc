#include "tests/e2e/books.h"

#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "platform/events/topics.h"
#include "tests/e2e/mail_box.h"
#include "tests/support/wait.h"

namespace waybill::e2e {
namespace {

using Rows = std::vector<std::vector<std::string>>;
using Complaints = std::vector<std::string>;

constexpr std::size_t kMaxComplaints = 20;

// Appends a sentence for each row that `sql` finds; it must find none.
void Expect(test::TestDatabase& db, const std::string& complaint, const std::string& sql,
            Complaints& out) {
  for (const auto& row : db.QueryRows(sql + " LIMIT 5")) {
    out.push_back(complaint + ": " + absl::StrJoin(row, " "));
  }
}

void CheckOrders(System& system, Complaints& out) {
  test::TestDatabase& db = system.Db("orders");
  Expect(db, "an order has not ended",
         "SELECT order_id, state FROM orders WHERE state NOT IN ('CONFIRMED', 'CANCELLED')", out);
  Expect(
      db, "an order's history does not lead to its state",
      "SELECT o.order_id, o.state, o.transition, count(h.*), min(h.transition), max(h.transition) "
      "FROM orders o LEFT JOIN order_history h USING (order_id) GROUP BY 1, 2, 3 "
      "HAVING count(h.*) <> o.transition OR min(h.transition) <> 1 OR max(h.transition) <> "
      "o.transition "
      "OR (array_agg(h.state ORDER BY h.transition DESC))[1] <> o.state",
      out);
  Expect(db, "an order does not match its outbox rows",
         "SELECT o.order_id, o.event_sequence, b.key, b.rows FROM orders o FULL JOIN "
         "(SELECT key, count(*) AS rows FROM outbox WHERE topic = 'orders.events' GROUP BY key) b "
         "ON b.key = o.order_id::text WHERE o.order_id IS NULL OR b.rows IS DISTINCT FROM "
         "o.event_sequence",
         out);
}

void CheckSequences(System& system, Complaints& out) {
  for (const char* name : {"orders", "payments", "inventory"}) {
    Expect(system.Db(name), absl::StrCat("the outbox of ", name, " is not numbered 1..n"),
           "SELECT topic, key, count(*), min(sequence), max(sequence) FROM outbox "
           "WHERE topic NOT LIKE '%.dlq' GROUP BY 1, 2 HAVING min(sequence) <> 1 "
           "OR max(sequence) <> count(*) OR count(DISTINCT sequence) <> count(*)",
           out);
  }
}

struct Order {
  std::string state;
  std::int64_t amount = 0;
  // By RefundOrder.
  std::int64_t refunded = 0;
};

std::map<std::string, Order> ReadOrders(System& system) {
  std::map<std::string, Order> orders;
  for (const auto& row :
       system.Db("orders").QueryRows("SELECT order_id, state, amount_minor FROM orders")) {
    orders[row[0]] = {row[1], std::stoll(row[2]), 0};
  }
  for (const auto& row :
       system.Db("orders").QueryRows("SELECT order_id, sum(amount_minor) FROM order_refunds WHERE "
                                     "state = 'REFUNDED' GROUP BY 1")) {
    orders[row[0]].refunded = std::stoll(row[1]);
  }
  return orders;
}

// "refund id amount" by refund id, of those that have come to `state`.
std::set<std::string> RefundsIn(test::TestDatabase& db, const std::string& table,
                                const std::string& state) {
  std::set<std::string> refunds;
  for (const auto& row : db.QueryRows("SELECT refund_id, order_id, amount_minor FROM " + table +
                                      " WHERE upper(state) = '" + state + "'")) {
    refunds.insert(absl::StrJoin(row, " "));
  }
  return refunds;
}

void CheckRefunds(System& system, Complaints& out) {
  for (const char* state : {"REQUESTED", "REFUNDED", "FAILED"}) {
    const auto ordered = RefundsIn(system.Db("orders"), "order_refunds", state);
    const auto paid = RefundsIn(system.Db("payments"), "payment_refunds", state);
    if (ordered != paid) {
      out.push_back(absl::StrCat(ordered.size(), " refunds are ", state, " for orders, but ",
                                 paid.size(), " for payments, or others"));
    }
    if (std::string(state) == "REQUESTED" && !ordered.empty()) {
      out.push_back("a refund has not ended: " + *ordered.begin());
    }
  }
  Expect(system.Db("sandbox"), "the provider made a refund twice",
         "SELECT metadata ->> 'refund_id', count(*) FROM refunds WHERE metadata ? 'refund_id' "
         "GROUP BY 1 HAVING count(*) > 1",
         out);
}

void CheckPayments(System& system, const std::map<std::string, Order>& orders, Complaints& out) {
  std::map<std::string, std::pair<std::string, std::int64_t>> payments;
  const Rows rows =
      system.Db("payments")
          .QueryRows(
              "SELECT order_id, state, coalesce(amount_minor, 0), step, due_at FROM payments");
  for (const auto& row : rows) {
    payments[row[0]] = {row[1], std::stoll(row[2])};
    if (row[3] != "NULL" || row[4] != "NULL")
      out.push_back("a payment is under way: " + absl::StrJoin(row, " "));
    if (orders.count(row[0]) == 0) out.push_back("a payment has no order: " + row[0]);
  }
  for (const auto& [id, order] : orders) {
    const auto found = payments.find(id);
    const std::string state = found == payments.end() ? "missing" : found->second.first;
    const bool captured = state == "captured" && found->second.second == order.amount;
    const bool released =
        state == "none" || state == "declined" || state == "voided" || state == "refunded";
    if (order.state == "CONFIRMED" ? !captured : !released) {
      out.push_back(
          absl::StrCat("order ", id, " is ", order.state, ", but its payment is ", state));
    }
  }
}

void CheckProvider(System& system, const std::map<std::string, Order>& orders, Complaints& out) {
  std::map<std::string, std::int64_t> kept;
  const Rows rows = system.Db("sandbox").QueryRows(
      "SELECT metadata ->> 'order_id', status, amount_captured - amount_refunded, "
      "(SELECT coalesce(sum(r.amount), 0) FROM refunds r WHERE r.payment_intent = i.id) - "
      "amount_refunded "
      "FROM payment_intents i");
  for (const auto& row : rows) {
    kept[row[0]] += std::stoll(row[2]);
    if (row[1] == "requires_capture")
      out.push_back("the provider still holds money of order " + row[0]);
    if (row[3] != "0") out.push_back("the provider's refunds don't add up for order " + row[0]);
    if (orders.count(row[0]) == 0)
      out.push_back("the provider has a charge for an order that doesn't exist: " + row[0]);
  }
  for (const auto& [id, order] : orders) {
    const std::int64_t due = order.state == "CONFIRMED" ? order.amount - order.refunded : 0;
    if (kept[id] != due) {
      out.push_back(absl::StrCat("order ", id, " is ", order.state, ", but the provider kept ",
                                 kept[id], " instead of ", due));
    }
  }
}

void CheckStock(System& system, const std::map<std::string, Order>& orders, Complaints& out) {
  test::TestDatabase& db = system.Db("inventory");
  Expect(
      db, "reserved stock is not the sum of the reservations",
      "SELECT s.product_id, s.on_hand, s.reserved, coalesce(r.reserved, 0) FROM stock s LEFT JOIN "
      "(SELECT i.product_id, sum(i.quantity) AS reserved FROM reservations v "
      " JOIN reservation_items i USING (order_id) WHERE v.state = 'RESERVED' GROUP BY 1) r "
      "USING (product_id) WHERE s.reserved <> coalesce(r.reserved, 0) OR s.reserved > s.on_hand",
      out);
  std::set<std::string> reserved;
  std::set<std::string> shipped;
  for (const auto& row : db.QueryRows(
           "SELECT order_id, state FROM reservations WHERE state IN ('RESERVED', 'SHIPPED')")) {
    (row[1] == "SHIPPED" ? shipped : reserved).insert(row[0]);
  }
  std::set<std::string> known_as_shipped;
  for (const auto& row :
       system.Db("orders").QueryRows("SELECT order_id FROM orders WHERE shipped_at IS NOT NULL")) {
    known_as_shipped.insert(row[0]);
  }
  if (shipped != known_as_shipped)
    out.push_back("an order was shipped, and only one service knows");
  for (const auto& [id, order] : orders) {
    // What was shipped stays gone, whatever the order became.
    if (shipped.contains(id)) continue;
    if ((order.state == "CONFIRMED") != (reserved.erase(id) == 1)) {
      out.push_back(absl::StrCat("order ", id, " is ", order.state,
                                 ", but its reservation is in another state"));
    }
  }
  for (const std::string& id : reserved) out.push_back("a reservation has no order: " + id);
}

void CheckMails(System& system, Complaints& out) {
  test::TestDatabase& db = system.Db("notifications");
  Expect(db, "a mail is not sent", "SELECT order_id, state, error FROM mails WHERE state <> 'SENT'",
         out);
  std::map<std::string, std::int64_t> ends;
  for (const auto& row :
       system.Db("orders").QueryRows("SELECT order_id, count(*) FROM order_history WHERE state IN "
                                     "('CONFIRMED', 'CANCELLED') GROUP BY 1")) {
    ends[row[0]] = std::stoll(row[1]);
  }
  for (const auto& row :
       system.Db("orders").QueryRows("SELECT order_id, count(*) FROM order_refunds WHERE state = "
                                     "'REFUNDED' GROUP BY 1")) {
    ends[row[0]] += std::stoll(row[1]);
  }
  for (const auto& row : db.QueryRows("SELECT order_id, count(*) FROM mails GROUP BY 1")) {
    ends[row[0]] -= std::stoll(row[1]);
  }
  for (const auto& [id, left] : ends) {
    if (left != 0)
      out.push_back(absl::StrCat("order ", id, " has ended or was refunded ", left,
                                 " times more than mails were written for it"));
  }
}

void CheckNothingIsParked(System& system, Complaints& out) {
  for (const char* name : {"orders", "payments", "inventory", "notifications"}) {
    Expect(system.Db(name), absl::StrCat("an event is parked in ", name),
           "SELECT topic, event_type, reason, error FROM parked_events", out);
    Expect(system.Db(name), absl::StrCat("the relay has parked a row of ", name),
           "SELECT topic, reason, error FROM outbox_relay.parked_rows", out);
  }
}

// The outbox rows of a topic: event id -> (key, sequence).
using Published = std::map<std::string, std::pair<std::string, std::int64_t>>;

Published OutboxOf(test::TestDatabase& db, const std::string& topic) {
  Published published;
  for (const auto& row :
       db.QueryRows("SELECT event_id, key, sequence FROM outbox WHERE topic = '" + topic + "'")) {
    published[row[0]] = {row[1], std::stoll(row[2])};
  }
  return published;
}

void CheckTopic(System& system, const std::string& database, const std::string& topic,
                Strangers strangers, Complaints& out) {
  std::map<std::string, std::int64_t> last;
  std::set<std::string> seen;
  // The topic is read first: a row that is committed meanwhile may be missing from it, but no
  // record can be there without its row.
  const std::vector<test::Record> records = system.topics().ReadAll(topic);
  const Published expected = OutboxOf(system.Db(database), topic);
  for (const test::Record& record : records) {
    const std::string id = record.Header("ce_id");
    const auto row = expected.find(id);
    if (row == expected.end()) {
      if (strangers == Strangers::kOnTopics) continue;
      out.push_back(absl::StrCat(topic, " holds an event that was never committed: ", id));
      continue;
    }
    if (!seen.insert(id).second) continue;
    const auto& [key, sequence] = row->second;
    if (record.key != key || ++last[key] != sequence ||
        record.Header("ce_sequence") != std::to_string(sequence)) {
      out.push_back(
          absl::StrCat(topic, ": event ", sequence, " of ", key, " arrives as number ", last[key]));
    }
  }
  if (seen.size() != expected.size()) {
    out.push_back(
        absl::StrCat(topic, " holds ", seen.size(), " of ", expected.size(), " committed events"));
  }
}

}  // namespace

std::vector<std::string> Disagreements(System& system, Strangers strangers) {
  Complaints out;
  CheckOrders(system, out);
  CheckSequences(system, out);
  const std::map<std::string, Order> orders = ReadOrders(system);
  CheckPayments(system, orders, out);
  CheckRefunds(system, out);
  CheckProvider(system, orders, out);
  CheckStock(system, orders, out);
  CheckMails(system, out);
  if (strangers == Strangers::kNone) CheckNothingIsParked(system, out);
  return out;
}

std::vector<std::string> TopicDisagreements(System& system, Strangers strangers) {
  Complaints out;
  CheckTopic(system, "orders", events::kOrdersTopic, strangers, out);
  CheckTopic(system, "payments", events::kPaymentsTopic, strangers, out);
  CheckTopic(system, "inventory", events::kInventoryTopic, strangers, out);
  return out;
}

std::vector<std::string> MailDisagreements(System& system) {
  Complaints out;
  std::map<std::string, std::size_t> first;
  const std::vector<Mail> mails = AllMails(system);
  for (std::size_t i = 0; i < mails.size(); ++i) {
    const auto message_id = mails[i].headers.find("message-id");
    if (message_id != mails[i].headers.end()) first.emplace(message_id->second, i);
  }
  std::map<std::string, std::size_t> last_of_order;
  for (const auto& row : system.Db("notifications")
                             .QueryRows("SELECT mail_id, order_id FROM mails WHERE state = 'SENT' "
                                        "ORDER BY order_id, sequence")) {
    const auto found = first.find("<" + row[0] + "@waybill.example>");
    if (found == first.end()) {
      out.push_back("a mail counts as sent, but the mail sink never received it: " + row[0]);
      continue;
    }
    const auto [last, is_first] = last_of_order.emplace(row[1], found->second);
    if (!is_first && found->second < last->second) {
      out.push_back("the mails of order " + row[1] + " were sent in the wrong sequence");
    }
    last->second = found->second;
  }
  return out;
}

::testing::AssertionResult BooksAgree(System& system, absl::Duration patience,
                                      Strangers strangers) {
  Complaints last;
  const auto agree = [&](const std::function<Complaints()>& check) {
    return test::Eventually(
        [&] {
          last = check();
          return last.empty();
        },
        "the books agree", patience);
  };
  const auto result = agree([&] { return Disagreements(system, strangers); });
  const bool all = result && agree([&] { return TopicDisagreements(system, strangers); }) &&
                   agree([&] { return MailDisagreements(system); });
  if (all) return ::testing::AssertionSuccess();
  ::testing::AssertionResult failure = ::testing::AssertionFailure();
  failure << "the books don't agree (" << result.message() << "):";
  for (std::size_t i = 0; i < last.size() && i < kMaxComplaints; ++i) failure << "\n  " << last[i];
  if (last.size() > kMaxComplaints)
    failure << "\n  ... and " << last.size() - kMaxComplaints << " more";
  return failure;
}

}  // namespace waybill::e2e
