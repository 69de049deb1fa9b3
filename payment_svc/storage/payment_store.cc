#include "payment_svc/storage/payment_store.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "platform/outbox/outbox.h"
#include "platform/postgres/transaction.h"

namespace waybill::payment_svc {
namespace {

using postgres::ArrayOf;
using postgres::Result;
using postgres::Row;
using postgres::Rows;
using postgres::Statement;

// The columns of payments: what stays, and what an event or an answer may change. A column more is
// a word here, one in Insert or SetChanging, and one in PaymentIn.
constexpr char kFixed[] = "order_id uuid, payment_id uuid, traceparent text";
constexpr char kChanging[] =
    "user_id text, payment_method text, amount_minor bigint, currency text, wanted text,"
    "state text, provider_reference text, decline_reason text, nothing_held boolean, step text,"
    "step_started_at timestamptz, step_lookup boolean, step_attempt integer, step_tries integer,"
    "step_called_at timestamptz, step_mismatch text, event_sequence bigint, refunds integer";

constexpr Statement kInsert{"payments_insert",
                            R"sql(
    INSERT INTO payments ($columns, due_at, leased_until)
    SELECT $columns, CASE WHEN is_due THEN now() END, now() + lease_ms * interval '1 ms'
    FROM $rows ORDER BY order_id ON CONFLICT (order_id) DO NOTHING)sql",
                            {kFixed, kChanging, "is_due boolean, lease_ms bigint"}};

constexpr Statement kLock{"payments_lock",
                          R"sql(
    SELECT $columns, updated_at,
           coalesce(due_at <= now(), true) AND coalesce(leased_until <= now(), true) AS is_free
    FROM payments WHERE order_id = ANY($1::uuid[])
    ORDER BY order_id FOR UPDATE)sql",
                          {kFixed, kChanging}};

constexpr Statement kSaveWanted{"payments_save_wanted",
                                R"sql(
    UPDATE payments SET $set, updated_at = now(),
        due_at = CASE WHEN rows.is_due THEN coalesce(payments.due_at, now()) END
    FROM $rows WHERE payments.order_id = rows.order_id)sql",
                                {"order_id uuid", kChanging, "is_due boolean"}};

constexpr Statement kClaimDue{"payments_claim_due",
                              R"sql(
    SELECT $columns, updated_at FROM payments
    WHERE due_at <= now() AND (leased_until IS NULL OR leased_until <= now())
    ORDER BY due_at LIMIT $1::integer FOR UPDATE SKIP LOCKED)sql",
                              {kFixed, kChanging}};

constexpr Statement kSaveProgress{
    "payments_save_progress",
    R"sql(
    UPDATE payments SET $set, updated_at = now(),
        due_at = now() + rows.due_in_ms * interval '1 ms',
        leased_until = now() + rows.lease_ms * interval '1 ms'
    FROM $rows WHERE payments.order_id = rows.order_id)sql",
    {"order_id uuid", kChanging, "due_in_ms bigint, lease_ms bigint"}};

constexpr Statement kFind{"payments_find",
                          R"sql(
    SELECT $columns, updated_at FROM payments WHERE order_id = $1::uuid)sql",
                          {kFixed, kChanging}};

constexpr Statement kFindRefunds{"payment_refunds_find", R"sql(
    SELECT order_id, refund_id, amount_minor, currency, state, reason FROM payment_refunds
    WHERE order_id = ANY($1::uuid[]) ORDER BY order_id, number)sql"};

constexpr Statement kSaveRefunds{
    "payment_refunds_save",
    R"sql(
    INSERT INTO payment_refunds ($columns) SELECT $columns FROM $rows
    ON CONFLICT (refund_id) DO UPDATE
    SET state = excluded.state, reason = excluded.reason, updated_at = now()
    WHERE payment_refunds.state <> excluded.state)sql",
    {"refund_id uuid, order_id uuid, number integer, amount_minor bigint, currency text,"
     "state text, reason text"}};

// A member of what may not be there yet.
template <typename T, typename Member>
std::optional<Member> Of(const std::optional<T>& whole, Member T::*member) {
  if (!whole) return std::nullopt;
  return (*whole).*member;
}

std::optional<std::string> NullIfEmpty(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

std::optional<std::int64_t> InMilliseconds(const std::optional<absl::Duration>& duration) {
  if (!duration) return std::nullopt;
  return absl::ToInt64Milliseconds(*duration);
}

void SetChanging(Rows& rows, const Payment& payment) {
  const std::optional<Money> amount = Of(payment.charge, &Charge::amount);
  rows.Set("user_id", payment.charge ? payment.charge->user : std::nullopt)
      .Set("payment_method", Of(payment.charge, &Charge::payment_method))
      .Set("amount_minor", Of(amount, &Money::minor_units))
      .Set("currency", Of(amount, &Money::currency))
      .Set("wanted", payment.wanted)
      .Set("state", payment.state)
      .Set("provider_reference", NullIfEmpty(payment.provider_reference))
      .Set("decline_reason", NullIfEmpty(payment.decline_reason))
      .Set("nothing_held", payment.nothing_held)
      .Set("step", Of(payment.started, &StartedStep::step))
      .Set("step_started_at", Of(payment.started, &StartedStep::started_at))
      .Set("step_lookup", payment.started && payment.started->lookup)
      .Set("step_attempt", payment.attempt)
      .Set("step_tries", payment.tries)
      .Set("step_called_at", Of(payment.started, &StartedStep::called_at))
      .Set("step_mismatch", NullIfEmpty(payment.started ? payment.started->mismatch : ""))
      .Set("event_sequence", payment.event_sequence)
      .Set("refunds", static_cast<int>(payment.refunds.size()));
}

std::optional<Charge> ChargeIn(const Row& row) {
  if (row.IsNull("payment_method")) return std::nullopt;
  return Charge{.user = row.Get<std::optional<UserId>>("user_id"),
                .payment_method = row.Get<std::string>("payment_method"),
                .amount = {row.Get<std::int64_t>("amount_minor"), row.Get<Currency>("currency")}};
}

std::string TextIn(const Row& row, const char* column) {
  return row.Get<std::optional<std::string>>(column).value_or("");
}

std::optional<StartedStep> StartedIn(const Row& row) {
  if (row.IsNull("step")) return std::nullopt;
  return StartedStep{.step = row.Get<Step>("step"),
                     .started_at = row.Get<absl::Time>("step_started_at"),
                     .lookup = row.Get<bool>("step_lookup"),
                     .called_at = row.Get<std::optional<absl::Time>>("step_called_at")
                                      .value_or(row.Get<absl::Time>("updated_at")),
                     .mismatch = TextIn(row, "step_mismatch")};
}

TracedPayment PaymentIn(const Row& row) {
  Payment payment;
  payment.order = row.Get<OrderId>("order_id");
  payment.id = row.Get<PaymentId>("payment_id");
  TraceContext trace = TraceContext::FromHeader(row.Get<std::string>("traceparent"));
  payment.charge = ChargeIn(row);
  payment.wanted = row.Get<Wanted>("wanted");
  payment.state = row.Get<State>("state");
  payment.provider_reference = TextIn(row, "provider_reference");
  payment.decline_reason = TextIn(row, "decline_reason");
  payment.nothing_held = row.Get<bool>("nothing_held");
  payment.started = StartedIn(row);
  payment.attempt = row.Get<int>("step_attempt");
  payment.tries = row.Get<int>("step_tries");
  payment.event_sequence = row.Get<std::int64_t>("event_sequence");
  payment.updated_at = row.Get<absl::Time>("updated_at");
  return {.payment = std::move(payment), .trace = std::move(trace)};
}

void SetRefunds(Rows& rows, const Payment& payment) {
  int number = 0;
  for (const Refund& refund : payment.refunds) {
    rows.Set("refund_id", refund.id)
        .Set("order_id", payment.order)
        .Set("number", ++number)
        .Set("amount_minor", refund.amount.minor_units)
        .Set("currency", refund.amount.currency)
        .Set("state", refund.state)
        .Set("reason", NullIfEmpty(refund.reason));
  }
}

}  // namespace

bool PaymentStore::Insert(absl::Span<const TracedPayment> payments, absl::Duration lease) {
  if (payments.empty()) return true;
  Rows rows(kInsert);
  Rows refunds(kSaveRefunds);
  for (const TracedPayment& traced : payments) {
    const Payment& payment = traced.payment;
    const bool is_begun = payment.started.has_value();
    rows.Set("order_id", payment.order)
        .Set("payment_id", payment.id)
        .Set("traceparent", traced.trace.ToHeader());
    SetChanging(rows, payment);
    rows.Set("is_due", NextStep(payment).has_value())
        .Set("lease_ms", is_begun ? std::optional(absl::ToInt64Milliseconds(lease)) : std::nullopt);
    SetRefunds(refunds, payment);
  }
  if (tx_.WriteNow(kInsert, rows).affected_rows() != payments.size()) return false;
  tx_.Write(kSaveRefunds, refunds);
  return true;
}

std::vector<KnownPayment> PaymentStore::LockKnown(absl::Span<const OrderId> orders) {
  const Result rows = tx_.Exec(kLock, ArrayOf(orders));
  std::vector<KnownPayment> payments;
  for (TracedPayment& traced : Assemble(rows)) payments.push_back({.traced = std::move(traced)});
  auto payment = payments.begin();
  for (const Row row : rows) (payment++)->is_free = row.Get<bool>("is_free");
  return payments;
}

std::vector<TracedPayment> PaymentStore::Lock(absl::Span<const OrderId> orders) {
  return Assemble(tx_.Exec(kLock, ArrayOf(orders)));
}

void PaymentStore::SaveWanted(absl::Span<const Payment> payments) {
  Rows rows(kSaveWanted);
  Rows refunds(kSaveRefunds);
  for (const Payment& payment : payments) {
    rows.Set("order_id", payment.order);
    SetChanging(rows, payment);
    rows.Set("is_due", NextStep(payment).has_value());
    SetRefunds(refunds, payment);
  }
  tx_.Write(kSaveWanted, rows);
  tx_.Write(kSaveRefunds, refunds);
}

std::vector<TracedPayment> PaymentStore::ClaimDue(int limit) {
  return Assemble(tx_.Exec(kClaimDue, limit));
}

void PaymentStore::SaveProgress(absl::Span<const Progress> progress) {
  Rows rows(kSaveProgress);
  Rows refunds(kSaveRefunds);
  for (const Progress& one : progress) {
    rows.Set("order_id", one.traced.payment.order);
    SetChanging(rows, one.traced.payment);
    rows.Set("due_in_ms", InMilliseconds(one.due_in)).Set("lease_ms", InMilliseconds(one.lease));
    SetRefunds(refunds, one.traced.payment);
  }
  tx_.Write(kSaveProgress, rows);
  tx_.Write(kSaveRefunds, refunds);
  AppendEvents(progress);
}

void PaymentStore::AppendEvents(absl::Span<const Progress> progress) {
  std::vector<events::OutgoingEvent> outgoing;
  for (const Progress& one : progress) {
    for (const PaymentEvent& event : one.events) {
      outgoing.push_back(encode_(one.traced.payment, event, one.traced.trace.Child()));
    }
  }
  outbox::Append(tx_, outgoing);
}

std::optional<TracedPayment> PaymentStore::Find(const OrderId& order) {
  const Result rows = tx_.Exec(kFind, order);
  if (rows.empty()) return std::nullopt;
  return std::move(Assemble(rows).front());
}

std::vector<TracedPayment> PaymentStore::Assemble(const Result& rows) {
  std::vector<TracedPayment> payments;
  std::vector<OrderId> refunded;
  for (const Row row : rows) {
    payments.push_back(PaymentIn(row));
    if (row.Get<int>("refunds") > 0) refunded.push_back(payments.back().payment.order);
  }
  // Few payments have refunds.
  if (refunded.empty()) return payments;
  std::map<OrderId, std::vector<Refund>> refunds;
  for (const Row row : tx_.Exec(kFindRefunds, ArrayOf(refunded))) {
    refunds[row.Get<OrderId>("order_id")].push_back(
        {.id = row.Get<RefundId>("refund_id"),
         .amount = {row.Get<std::int64_t>("amount_minor"), row.Get<Currency>("currency")},
         .state = row.Get<RefundState>("state"),
         .reason = TextIn(row, "reason")});
  }
  for (auto& [payment, trace] : payments) payment.refunds = std::move(refunds[payment.order]);
  return payments;
}

}  // namespace waybill::payment_svc
