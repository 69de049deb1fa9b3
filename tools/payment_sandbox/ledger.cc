#include "tools/payment_sandbox/ledger.h"

#include <nlohmann/json.hpp>

namespace waybill::payment_sandbox {
namespace {

using nlohmann::json;
using postgres::Result;
using postgres::Row;
using postgres::Statement;

constexpr char kIntentColumns[] =
    "id text, amount bigint, amount_captured bigint, amount_refunded bigint, currency text, "
    "status text, payment_method text, metadata jsonb";

constexpr Statement kInsert{"insert_intent", R"sql(
    INSERT INTO payment_intents (id, amount, currency, status, payment_method, metadata)
    VALUES ($1::text, $2::bigint, $3::text, $4::text, $5::text, $6::jsonb))sql"};

constexpr Statement kUpdate{"update_intent", R"sql(
    UPDATE payment_intents
    SET status = $2::text, amount_captured = $3::bigint, amount_refunded = $4::bigint
    WHERE id = $1::text)sql"};

constexpr Statement kInsertRefund{"insert_refund", R"sql(
    INSERT INTO refunds (id, payment_intent, amount)
    VALUES ($1::text, $2::text, $3::bigint))sql"};

constexpr Statement kFind{
    "find_intent",
    R"sql(
    SELECT $columns, extract(epoch FROM created_at)::bigint AS created
    FROM payment_intents WHERE id = $1::text)sql",
    {kIntentColumns},
};

constexpr Statement kLock{
    "lock_intent",
    R"sql(
    SELECT $columns, extract(epoch FROM created_at)::bigint AS created
    FROM payment_intents WHERE id = $1::text FOR UPDATE)sql",
    {kIntentColumns},
};

constexpr Statement kFindByOrder{
    "find_intents_by_order",
    R"sql(
    SELECT $columns, extract(epoch FROM created_at)::bigint AS created
    FROM payment_intents WHERE metadata ->> 'order_id' = $1::text
    ORDER BY created_at DESC, id LIMIT 100)sql",
    {kIntentColumns},
};

constexpr Statement kSum{"sum_intents", R"sql(
    SELECT coalesce(sum(amount) FILTER (WHERE status = 'requires_capture'), 0) AS held,
           coalesce(sum(amount_captured), 0) AS captured,
           coalesce(sum(amount_refunded), 0) AS refunded,
           count(*) AS intents
    FROM payment_intents WHERE $1::text IS NULL OR metadata ->> 'order_id' = $1::text)sql"};

constexpr Statement kFindReply{"find_reply", R"sql(
    SELECT fingerprint, status, body FROM idempotency_keys
    WHERE key = $1::text AND created_at > now() - interval '24 hours')sql"};

constexpr Statement kStoreReply{"store_reply", R"sql(
    INSERT INTO idempotency_keys AS k (key, fingerprint, status, body)
    VALUES ($1::text, $2::text, $3::integer, $4::text)
    ON CONFLICT (key) DO UPDATE
    SET fingerprint = excluded.fingerprint, status = excluded.status, body = excluded.body,
        created_at = now()
    WHERE k.created_at <= now() - interval '24 hours')sql"};

constexpr Statement kForgetOld{"forget_old_replies", R"sql(
    DELETE FROM idempotency_keys
    WHERE key IN (SELECT key FROM idempotency_keys
                  WHERE created_at <= now() - interval '24 hours'
                  ORDER BY created_at LIMIT 10000))sql"};

Intent IntentOf(const Row& row) {
  Intent intent;
  intent.id = row.Get<std::string>("id");
  intent.amount = row.Get<std::int64_t>("amount");
  intent.amount_captured = row.Get<std::int64_t>("amount_captured");
  intent.amount_refunded = row.Get<std::int64_t>("amount_refunded");
  intent.currency = row.Get<std::string>("currency");
  intent.status = row.Get<std::string>("status");
  intent.payment_method = row.Get<std::string>("payment_method");
  intent.metadata =
      json::parse(row.Get<std::string>("metadata")).get<std::map<std::string, std::string>>();
  intent.created_s = row.Get<std::int64_t>("created");
  return intent;
}

std::optional<Intent> OnlyIntent(const Result& rows) {
  if (rows.empty()) return std::nullopt;
  return IntentOf(rows.front());
}

}  // namespace

void Ledger::Insert(const Intent& intent) {
  tx_.Exec(kInsert, intent.id, intent.amount, intent.currency, intent.status, intent.payment_method,
           json(intent.metadata).dump(-1, ' ', false, json::error_handler_t::replace));
}

void Ledger::Update(const Intent& intent) {
  tx_.Exec(kUpdate, intent.id, intent.status, intent.amount_captured, intent.amount_refunded);
}

void Ledger::InsertRefund(const std::string& id, const Intent& intent) {
  tx_.Exec(kInsertRefund, id, intent.id, intent.amount_refunded);
}

std::optional<Intent> Ledger::Find(const std::string& id) {
  return OnlyIntent(tx_.Exec(kFind, id));
}

std::optional<Intent> Ledger::Lock(const std::string& id) {
  return OnlyIntent(tx_.Exec(kLock, id));
}

std::vector<Intent> Ledger::FindByOrder(const std::string& order_id) {
  std::vector<Intent> intents;
  for (const Row row : tx_.Exec(kFindByOrder, order_id)) intents.push_back(IntentOf(row));
  return intents;
}

Totals Ledger::Sum(const std::optional<std::string>& order_id) {
  const Result sums = tx_.Exec(kSum, order_id);
  const Row row = sums.front();
  return {.held = row.Get<std::int64_t>("held"),
          .captured = row.Get<std::int64_t>("captured"),
          .refunded = row.Get<std::int64_t>("refunded"),
          .intents = row.Get<std::int64_t>("intents")};
}

std::optional<StoredReply> Ledger::FindReply(const std::string& key) {
  const Result found = tx_.Exec(kFindReply, key);
  if (found.empty()) return std::nullopt;
  const Row row = found.front();
  return StoredReply{row.Get<std::string>("fingerprint"),
                     Reply{row.Get<int>("status"), row.Get<std::string>("body")}};
}

bool Ledger::StoreReply(const std::string& key, const std::string& fingerprint,
                        const Reply& reply) {
  return tx_.Exec(kStoreReply, key, fingerprint, reply.status, reply.body).affected_rows() == 1;
}

int Ledger::ForgetOldReplies() { return static_cast<int>(tx_.Exec(kForgetOld).affected_rows()); }

}  // namespace waybill::payment_sandbox
