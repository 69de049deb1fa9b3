#include "tools/payment_sandbox/ledger.h"

#include <nlohmann/json.hpp>

namespace waybill::payment_sandbox {
namespace {

using nlohmann::json;
using postgres::Statement;

#define SANDBOX_INTENT_COLUMNS                                                                 \
  "id, amount, amount_captured, amount_refunded, currency, status, payment_method, metadata, " \
  "extract(epoch FROM created_at)::bigint AS created"

constexpr Statement kInsert{
    "insert_intent",
    "INSERT INTO payment_intents (id, amount, currency, status, payment_method, metadata) "
    "VALUES ($1::text, $2::bigint, $3::text, $4::text, $5::text, $6::jsonb)"};

constexpr Statement kUpdate{
    "update_intent",
    "UPDATE payment_intents SET status = $2::text, amount_captured = $3::bigint, "
    "amount_refunded = $4::bigint WHERE id = $1::text"};

constexpr Statement kInsertRefund{
    "insert_refund",
    "INSERT INTO refunds (id, payment_intent, amount) VALUES ($1::text, $2::text, $3::bigint)"};

constexpr Statement kFind{
    "find_intent", "SELECT " SANDBOX_INTENT_COLUMNS " FROM payment_intents WHERE id = $1::text"};

constexpr Statement kLock{"lock_intent", "SELECT " SANDBOX_INTENT_COLUMNS
                                         " FROM payment_intents WHERE id = $1::text FOR UPDATE"};

constexpr Statement kFindByOrder{"find_intents_by_order",
                                 "SELECT " SANDBOX_INTENT_COLUMNS
                                 " FROM payment_intents WHERE metadata ->> 'order_id' = $1::text "
                                 "ORDER BY created_at DESC, id LIMIT 100"};

constexpr Statement kSum{
    "sum_intents",
    "SELECT COALESCE(sum(amount) FILTER (WHERE status = 'requires_capture'), 0) AS held, "
    "COALESCE(sum(amount_captured), 0) AS captured, COALESCE(sum(amount_refunded), 0) AS refunded, "
    "count(*) AS intents FROM payment_intents "
    "WHERE $1::text IS NULL OR metadata ->> 'order_id' = $1::text"};

constexpr Statement kFindReply{"find_reply",
                               "SELECT fingerprint, status, body FROM idempotency_keys "
                               "WHERE key = $1::text AND created_at > now() - interval '24 hours'"};

constexpr Statement kStoreReply{
    "store_reply",
    "INSERT INTO idempotency_keys AS k (key, fingerprint, status, body) "
    "VALUES ($1::text, $2::text, $3::integer, $4::text) "
    "ON CONFLICT (key) DO UPDATE SET fingerprint = excluded.fingerprint, status = excluded.status, "
    "body = excluded.body, created_at = now() "
    "WHERE k.created_at <= now() - interval '24 hours'"};

constexpr Statement kForgetOld{
    "forget_old_replies",
    "DELETE FROM idempotency_keys WHERE key IN (SELECT key FROM idempotency_keys "
    "WHERE created_at <= now() - interval '24 hours' ORDER BY created_at LIMIT 10000)"};

Intent IntentOf(const pqxx::row& row) {
  Intent intent;
  intent.id = row["id"].c_str();
  intent.amount = row["amount"].as<std::int64_t>();
  intent.amount_captured = row["amount_captured"].as<std::int64_t>();
  intent.amount_refunded = row["amount_refunded"].as<std::int64_t>();
  intent.currency = row["currency"].c_str();
  intent.status = row["status"].c_str();
  intent.payment_method = row["payment_method"].c_str();
  intent.metadata = json::parse(row["metadata"].c_str()).get<std::map<std::string, std::string>>();
  intent.created_s = row["created"].as<std::int64_t>();
  return intent;
}

std::optional<Intent> OnlyIntent(const pqxx::result& rows) {
  if (rows.empty()) return std::nullopt;
  return IntentOf(rows[0]);
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
  for (const pqxx::row& row : tx_.Exec(kFindByOrder, order_id)) intents.push_back(IntentOf(row));
  return intents;
}

Totals Ledger::Sum(const std::optional<std::string>& order_id) {
  const pqxx::result rows = tx_.Exec(kSum, order_id);
  return {rows[0]["held"].as<std::int64_t>(), rows[0]["captured"].as<std::int64_t>(),
          rows[0]["refunded"].as<std::int64_t>(), rows[0]["intents"].as<std::int64_t>()};
}

std::optional<StoredReply> Ledger::FindReply(const std::string& key) {
  const pqxx::result rows = tx_.Exec(kFindReply, key);
  if (rows.empty()) return std::nullopt;
  return StoredReply{rows[0]["fingerprint"].c_str(),
                     Reply{rows[0]["status"].as<int>(), rows[0]["body"].c_str()}};
}

bool Ledger::StoreReply(const std::string& key, const std::string& fingerprint,
                        const Reply& reply) {
  return tx_.Exec(kStoreReply, key, fingerprint, reply.status, reply.body).affected_rows() == 1;
}

int Ledger::ForgetOldReplies() { return static_cast<int>(tx_.Exec(kForgetOld).affected_rows()); }

}  // namespace waybill::payment_sandbox
