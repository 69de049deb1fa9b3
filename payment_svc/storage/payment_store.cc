#include "payment_svc/storage/payment_store.h"

#include <string>
#include <utility>

#include "payment_svc/storage/payment_row.h"
#include "platform/outbox/outbox.h"
#include "platform/postgres/array.h"

namespace waybill::payment_svc {
namespace {

using postgres::ArrayBuilder;
using postgres::Statement;

constexpr Statement kInsertMissing{
    "payments_insert_missing",
    "INSERT INTO payments (order_id, payment_id, user_id, payment_method, amount_minor, currency, "
    "                      wanted, traceparent, due_at) "
    "SELECT order_id, payment_id, user_id, payment_method, amount_minor, currency, wanted, "
    "       traceparent, CASE WHEN is_due THEN now() END "
    "FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::bigint[], $6::text[], "
    "            $7::text[], $8::text[], $9::boolean[]) "
    "     AS n(order_id, payment_id, user_id, payment_method, amount_minor, currency, wanted, "
    "          traceparent, is_due) "
    "ORDER BY order_id "
    "ON CONFLICT (order_id) DO NOTHING RETURNING order_id"};

constexpr Statement kLock{"payments_lock", "SELECT " WAYBILL_PAYMENT_COLUMNS
                                           " FROM payments WHERE order_id = ANY($1::uuid[]) "
                                           "ORDER BY order_id FOR UPDATE"};

constexpr Statement kSaveWanted{
    "payments_save_wanted",
    "UPDATE payments p "
    "SET user_id = n.user_id, payment_method = n.payment_method, amount_minor = n.amount_minor, "
    "    currency = n.currency, wanted = n.wanted, updated_at = now(), "
    "    due_at = CASE WHEN n.is_due THEN COALESCE(p.due_at, now()) END "
    "FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::text[], "
    "            $7::boolean[]) "
    "     AS n(order_id, user_id, payment_method, amount_minor, currency, wanted, is_due) "
    "WHERE p.order_id = n.order_id"};

constexpr Statement kClaimDue{"payments_claim_due",
                              "SELECT " WAYBILL_PAYMENT_COLUMNS
                              " FROM payments WHERE due_at <= now() "
                              "AND (leased_until IS NULL OR leased_until <= now()) "
                              "ORDER BY due_at LIMIT $1::integer FOR UPDATE SKIP LOCKED"};

constexpr Statement kSaveProgress{
    "payments_save_progress",
    "UPDATE payments p "
    "SET wanted = n.wanted, state = n.state, provider_reference = n.provider_reference, "
    "    decline_reason = n.decline_reason, step = n.step, step_started_at = n.step_started_at, "
    "    step_lookup = n.step_lookup, step_attempt = n.step_attempt, step_tries = n.step_tries, "
    "    event_sequence = n.event_sequence, updated_at = now(), "
    "    due_at = now() + n.due_in_ms * interval '1 ms', "
    "    leased_until = now() + n.lease_ms * interval '1 ms' "
    "FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], "
    "            $7::timestamptz[], $8::boolean[], $9::integer[], $10::integer[], $11::bigint[], "
    "            $12::bigint[], $13::bigint[]) "
    "     AS n(order_id, wanted, state, provider_reference, decline_reason, step, "
    "          step_started_at, step_lookup, step_attempt, step_tries, event_sequence, due_in_ms, "
    "          lease_ms) "
    "WHERE p.order_id = n.order_id"};

constexpr Statement kFind{
    "payments_find", "SELECT " WAYBILL_PAYMENT_COLUMNS " FROM payments WHERE order_id = $1::uuid"};

std::vector<PaymentRecord> RecordsOf(const pqxx::result& rows) {
  std::vector<PaymentRecord> records;
  records.reserve(rows.size());
  for (const pqxx::row& row : rows) records.push_back(RecordOf(row));
  return records;
}

void AddTextOrNull(ArrayBuilder& array, const std::string& text) {
  if (text.empty()) {
    array.AddNull();
  } else {
    array.Add(text);
  }
}

// The columns of a charge, NULL where there is none yet.
struct ChargeArrays {
  ArrayBuilder users, methods, amounts, currencies;

  void Add(const std::optional<Charge>& charge) {
    if (charge) {
      users.Add(charge->user.value());
      methods.Add(charge->payment_method);
      amounts.Add(charge->amount.minor_units);
      currencies.Add(charge->amount.currency);
    } else {
      for (ArrayBuilder* array : {&users, &methods, &amounts, &currencies}) array->AddNull();
    }
  }
};

}  // namespace

std::vector<OrderId> PostgresPaymentStore::InsertMissing(absl::Span<const PaymentRecord> records) {
  ArrayBuilder orders, ids, wanted, traces, due;
  ChargeArrays charges;
  for (const PaymentRecord& record : records) {
    orders.Add(record.payment.order);
    ids.Add(record.payment.id);
    charges.Add(record.payment.charge);
    wanted.Add(NameOf(record.payment.wanted));
    traces.Add(record.trace.ToHeader());
    due.Add(NextStep(record.payment).has_value());
  }
  std::vector<OrderId> inserted;
  for (const pqxx::row& row :
       tx_.Exec(kInsertMissing, orders.text(), ids.text(), charges.users.text(),
                charges.methods.text(), charges.amounts.text(), charges.currencies.text(),
                wanted.text(), traces.text(), due.text())) {
    inserted.push_back(OrderId(postgres::UuidOf(row[0])));
  }
  return inserted;
}

std::vector<PaymentRecord> PostgresPaymentStore::Lock(absl::Span<const OrderId> orders) {
  ArrayBuilder ids;
  for (const OrderId& order : orders) ids.Add(order);
  return RecordsOf(tx_.Exec(kLock, ids.text()));
}

void PostgresPaymentStore::SaveWanted(absl::Span<const Payment> payments) {
  ArrayBuilder orders, wanted, due;
  ChargeArrays charges;
  for (const Payment& payment : payments) {
    orders.Add(payment.order);
    charges.Add(payment.charge);
    wanted.Add(NameOf(payment.wanted));
    due.Add(NextStep(payment).has_value());
  }
  tx_.Exec(kSaveWanted, orders.text(), charges.users.text(), charges.methods.text(),
           charges.amounts.text(), charges.currencies.text(), wanted.text(), due.text());
}

std::vector<PaymentRecord> PostgresPaymentStore::ClaimDue(int limit) {
  return RecordsOf(tx_.Exec(kClaimDue, limit));
}

void PostgresPaymentStore::SaveProgress(absl::Span<const Progress> progress) {
  ArrayBuilder orders, wanted, states, references, declines, steps, started_at, lookups, attempts,
      tries, sequences, due_in, leases;
  for (const Progress& one : progress) {
    const Payment& payment = one.payment;
    orders.Add(payment.order);
    wanted.Add(NameOf(payment.wanted));
    states.Add(NameOf(payment.state));
    AddTextOrNull(references, payment.provider_reference);
    AddTextOrNull(declines, payment.decline_reason);
    if (payment.started) {
      steps.Add(NameOf(payment.started->step));
      started_at.Add(payment.started->started_at);
    } else {
      steps.AddNull();
      started_at.AddNull();
    }
    lookups.Add(payment.started && payment.started->lookup);
    attempts.Add(payment.attempt);
    tries.Add(payment.tries);
    sequences.Add(payment.event_sequence);
    if (one.due_in) {
      due_in.Add(absl::ToInt64Milliseconds(*one.due_in));
    } else {
      due_in.AddNull();
    }
    if (one.lease > absl::ZeroDuration()) {
      leases.Add(absl::ToInt64Milliseconds(one.lease));
    } else {
      leases.AddNull();
    }
  }
  tx_.Exec(kSaveProgress, orders.text(), wanted.text(), states.text(), references.text(),
           declines.text(), steps.text(), started_at.text(), lookups.text(), attempts.text(),
           tries.text(), sequences.text(), due_in.text(), leases.text());
}

void PostgresPaymentStore::Append(absl::Span<const EmittedEvent> events) {
  std::vector<events::OutgoingEvent> outgoing;
  outgoing.reserve(events.size());
  for (const EmittedEvent& event : events) outgoing.push_back(encode_(event));
  outbox::Append(tx_, outgoing);
}

std::optional<PaymentRecord> PostgresPaymentStore::Find(const OrderId& order) {
  const pqxx::result rows = tx_.Exec(kFind, order);
  if (rows.empty()) return std::nullopt;
  return RecordOf(rows[0]);
}

}  // namespace waybill::payment_svc
