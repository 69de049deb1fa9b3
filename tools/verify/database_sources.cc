#include <absl/strings/ascii.h>

#include <array>

#include "absl/strings/str_split.h"
#include "platform/postgres/binary_rows.h"
#include "platform/types/provider_amount.h"
#include "platform/types/status_macros.h"
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

// Returns the position of `text` among the names, or the number of names if it is none of them.
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
constexpr std::array<std::string_view, 3> kRefundStates = {"REQUESTED", "REFUNDED", "FAILED"};
constexpr std::array<std::string_view, 5> kReservationStates = {"WAITING", "RESERVED", "REJECTED",
                                                                "RELEASED", "SHIPPED"};
constexpr std::array<std::string_view, 3> kMailStates = {"PENDING", "SENT", "FAILED"};

// Packs a currency code, three letters in either case, into a number.
std::uint32_t CurrencyOf(std::string_view text) {
  std::uint32_t code = 0;
  for (const char c : text.substr(0, 3)) {
    code = code << 8 | static_cast<unsigned char>(absl::ascii_toupper(c));
  }
  return code;
}

// Returns an amount in the provider's units as minor units. One that is no whole number of them is
// returned as it is, and adds a violation.
std::int64_t MinorUnitsOf(const BinaryRow& charge, std::int64_t amount, SourceReport& report) {
  const Currency currency(absl::AsciiStrToUpper(ToAbsl(charge.Text(3))));
  const absl::StatusOr<Money> money = FromProviderAmount(amount, currency);
  if (money.ok()) return money->minor_units;
  report.violations.push_back({8, std::string(charge.Text(1)), StrCat("charge ", charge.Text(0)),
                               StrCat("the charge of ", amount, " ", money.status().message())});
  return amount;
}

// Reduces the products and quantities of each order in a page to one number, which doesn't depend
// on how they are split into lines.
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

// Reads refunds, whose columns `select` names in this order: order, refund, state in capital letters,
// amount, currency, time of the last change.
absl::Status ReadRefunds(BinaryRows& session, const std::string& select, FactKind kind,
                         FactSink& sink) {
  return session.ForEach(select, [&](const BinaryRow& row) {
    OrderFact fact;
    fact.kind = kind;
    fact.order = row.AsUuid(0);
    fact.id = row.AsUuid(1);
    fact.state = StateOf<RefundState>(row.Text(2), kRefundStates);
    fact.amount = row.Int(3);
    fact.currency = CurrencyOf(row.Text(4));
    fact.at = row.Micros(5);
    sink.orders.Add(fact);
  });
}

// Makes one fact per order from its rows, which follow each other.
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

// Judges promise 7 per product. One statement sees one snapshot, and stock and reservation change
// in one transaction, so they must agree.
absl::Status AddUpStock(BinaryRows& session, SourceReport& report) {
  return session.ForEach(
      "SELECT product_id, coalesce(s.on_hand, 0), coalesce(s.reserved, 0), coalesce(r.units, 0) "
      "FROM stock s FULL JOIN (SELECT i.product_id, sum(i.quantity)::bigint AS units FROM "
      "reservations v JOIN reservation_items i USING (order_id) WHERE v.state = 'RESERVED' GROUP "
      "BY "
      "1) r USING (product_id) WHERE s.reserved IS DISTINCT FROM coalesce(r.units, 0) "
      "OR s.reserved > s.on_hand",
      [&](const BinaryRow& row) {
        report.violations.push_back(
            {7, "", StrCat("product ", row.Text(0)),
             StrCat(row.Int(2), " of ", row.Int(1),
                    " on hand count as reserved, but the reservations add up to ", row.Int(3))});
      });
}

// One statement sees one snapshot, and a refund and its sum change in one transaction, so they must
// agree.
absl::Status AddUpRefunds(BinaryRows& session, SourceReport& report) {
  return session.ForEach(
      "SELECT i.id, i.metadata ->> 'order_id' FROM payment_intents i LEFT JOIN (SELECT "
      "payment_intent, sum(amount) AS amount FROM refunds GROUP BY 1) r ON r.payment_intent = i.id "
      "WHERE i.amount_refunded <> coalesce(r.amount, 0)",
      [&](const BinaryRow& row) {
        report.violations.push_back({8, std::string(row.Text(1)), StrCat("charge ", row.Text(0)),
                                     "the charge's refunds don't add up to the amount that the "
                                     "provider counts as refunded"});
      });
}

// Read after the rows: whatever was retired by then is below the mark.
absl::Status ReadMark(BinaryRows& session, const char* what, Micros& retired_before) {
  return session.ForEach(StrCat("SELECT before FROM retention_marks WHERE what = '", what, "'"),
                         [&](const BinaryRow& row) { retired_before = row.Micros(0); });
}

}  // namespace

absl::Status ReadOrders(const std::string& conninfo, const Look& look, FactSink& sink,
                        SourceReport& report) {
  ASSIGN_OR_RETURN(Session session, Connect(conninfo));
  const absl::Status status = ReadPages(
      *session,
      StrCat("SELECT order_id, state, amount_minor, currency, event_sequence, transition, "
             "deadline_at, updated_at, shipped_at IS NOT NULL FROM orders WHERE ",
             look.OrdersIn("order_id")),
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
        fact.flag = row.Bool(8);
        sink.orders.Add(fact);
      },
      [&](const std::string& page) {
        const std::string rows = StrCat(page, " AND ", look.OrdersIn("order_id"));
        RETURN_IF_ERROR(ReadUnits(*session, "order_lines", rows, FactKind::kOrderedUnits, sink));
        RETURN_IF_ERROR(ReadRefunds(*session,
                                    StrCat("SELECT order_id, refund_id, f.state, f.amount_minor, "
                                           "currency, f.updated_at FROM order_refunds f JOIN "
                                           "orders USING (order_id) WHERE ",
                                           rows),
                                    FactKind::kOrderedRefund, sink));
        return ReadHistory(*session, rows, sink);
      });
  RETURN_IF_ERROR(status);
  RETURN_IF_ERROR(ReadMark(*session, "order_history", report.history_retired_before));
  return ReadEvents(*session, Consumer::kOrders, look, sink, report);
}

absl::Status ReadPayments(const std::string& conninfo, const Look& look, FactSink& sink,
                          SourceReport& report) {
  ASSIGN_OR_RETURN(Session session, Connect(conninfo));
  const absl::Status status = ReadPages(
      *session,
      StrCat("SELECT order_id, state, amount_minor, currency, event_sequence, due_at IS "
             "NOT NULL OR step IS NOT NULL, coalesce(greatest(due_at, leased_until), "
             "now()), CASE WHEN step_mismatch IS NULL THEN updated_at ELSE "
             "step_started_at END, (step_mismatch IS NOT NULL)::int::bigint "
             "FROM payments WHERE ",
             look.OrdersIn("order_id")),
      "order_id", KeyType::kUuid, report.read,
      [&](const BinaryRow& row) {
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
        fact.count = static_cast<std::uint8_t>(row.Int(8));
        sink.orders.Add(fact);
      },
      [&](const std::string& page) {
        return ReadRefunds(
            *session,
            StrCat("SELECT order_id, refund_id, upper(state), amount_minor, currency, "
                   "updated_at FROM payment_refunds WHERE ",
                   page, " AND ", look.OrdersIn("order_id")),
            FactKind::kPaidRefund, sink);
      });
  return status.ok() ? ReadEvents(*session, Consumer::kPayments, look, sink, report) : status;
}

absl::Status ReadInventory(const std::string& conninfo, const Look& look, FactSink& sink,
                           SourceReport& report) {
  ASSIGN_OR_RETURN(Session session, Connect(conninfo));
  absl::Status status = ReadPages(
      *session,
      StrCat("SELECT order_id, state, event_sequence, updated_at FROM reservations WHERE ",
             look.OrdersIn("order_id")),
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
        const std::string rows = StrCat(page, " AND ", look.OrdersIn("order_id"));
        return ReadUnits(*session, "reservation_items", rows, FactKind::kReservedUnits, sink);
      });
  if (status.ok() && look.WithSums()) status = AddUpStock(*session, report);
  return status.ok() ? ReadEvents(*session, Consumer::kInventory, look, sink, report) : status;
}

absl::Status ReadNotifications(const std::string& conninfo, const Look& look, FactSink& sink,
                               SourceReport& report) {
  ASSIGN_OR_RETURN(Session session, Connect(conninfo));
  const absl::Status status =
      ReadPages(*session,
                StrCat("SELECT mail_id, order_id, sequence, state, coalesce(sent_at, created_at), "
                       "coalesce(greatest(due_at, leased_until), now()) FROM mails WHERE ",
                       look.OrdersIn("order_id")),
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
  return status.ok() ? ReadEvents(*session, Consumer::kNotifications, look, sink, report) : status;
}

absl::Status ReadSandbox(const std::string& conninfo, const Look& look, FactSink& sink,
                         SourceReport& report) {
  ASSIGN_OR_RETURN(Session session, Connect(conninfo));
  if (look.WithSums()) {
    RETURN_IF_ERROR(AddUpRefunds(*session, report));
  }
  const absl::Status status =
      ReadPages(*session,
                StrCat("SELECT id, metadata ->> 'order_id', CASE WHEN status = "
                       "'requires_capture' THEN amount ELSE amount_captured - amount_refunded "
                       "END, currency, status = 'requires_capture', created_at "
                       "FROM payment_intents WHERE ",
                       look.OrdersIn("metadata ->> 'order_id'", "text")),
                "id", KeyType::kText, report.read, [&](const BinaryRow& row) {
                  OrderFact fact;
                  fact.kind = row.Bool(4) ? FactKind::kHold : FactKind::kCharge;
                  fact.order = JoinKey(row.Text(1));
                  fact.amount = MinorUnitsOf(row, row.Int(2), report);
                  fact.currency = CurrencyOf(row.Text(3));
                  fact.at = row.Micros(5);
                  sink.orders.Add(fact);
                });
  RETURN_IF_ERROR(status);
  return ReadMark(*session, "payment_intents", report.charges_retired_before);
}

absl::StatusOr<std::int64_t> EstimateOrders(const std::string& conninfo) {
  return CountIn(
      conninfo,
      "SELECT greatest(reltuples, 0)::bigint FROM pg_class WHERE oid = 'orders'::regclass");
}

absl::StatusOr<std::int64_t> CountIn(const std::string& conninfo, const std::string& select) {
  ASSIGN_OR_RETURN(Session session, Connect(conninfo));
  std::int64_t count = 0;
  RETURN_IF_ERROR(session->ForEach(select, [&](const BinaryRow& row) { count += row.Int(0); }));
  return count;
}

}  // namespace waybill::verify
