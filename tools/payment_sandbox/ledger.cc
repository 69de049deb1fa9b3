#include "tools/payment_sandbox/ledger.h"

#include <nlohmann/json.hpp>
#include <utility>

namespace waybill::payment_sandbox {
namespace {

using nlohmann::json;
using postgres::ArrayOf;
using postgres::Result;
using postgres::Row;
using postgres::Rows;
using postgres::Statement;

constexpr char kIntentColumns[] =
    "id text, amount bigint, amount_captured bigint, amount_refunded bigint, currency text, "
    "status text, payment_method text, metadata jsonb";

constexpr Statement kInsert{"insert_intents",
                            R"sql(
    INSERT INTO payment_intents ($columns) SELECT $columns FROM $rows)sql",
                            {"id text, amount bigint, currency text, status text,"
                             "payment_method text, metadata jsonb"}};

constexpr Statement kUpdate{
    "update_intents",
    R"sql(
    UPDATE payment_intents SET $set FROM $rows WHERE payment_intents.id = rows.id)sql",
    {"id text, status text, amount_captured bigint, amount_refunded bigint"}};

constexpr Statement kInsertRefunds{"insert_refunds",
                                   R"sql(
    INSERT INTO refunds ($columns) SELECT $columns FROM $rows)sql",
                                   {"id text, payment_intent text, amount bigint, metadata jsonb"}};

constexpr Statement kFindRefunds{"find_refunds", R"sql(
    SELECT r.id, r.amount, i.currency, r.metadata
    FROM refunds r JOIN payment_intents i ON i.id = r.payment_intent
    WHERE r.payment_intent = $1::text ORDER BY r.created_at DESC, r.id DESC LIMIT $2::integer)sql"};

constexpr Statement kFind{
    "find_intent",
    R"sql(
    SELECT $columns, extract(epoch FROM created_at)::bigint AS created
    FROM payment_intents WHERE id = $1::text)sql",
    {kIntentColumns},
};

constexpr Statement kLock{
    "lock_intents",
    R"sql(
    SELECT $columns, extract(epoch FROM created_at)::bigint AS created
    FROM payment_intents WHERE id = ANY($1::text[]) ORDER BY id FOR UPDATE)sql",
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

constexpr Statement kFindReplies{"find_replies", R"sql(
    SELECT key, fingerprint, status, body FROM idempotency_keys
    WHERE key = ANY($1::text[]) AND created_at > now() - interval '24 hours')sql"};

constexpr Statement kStoreReplies{"store_replies",
                                  R"sql(
    INSERT INTO idempotency_keys AS k ($columns) SELECT $columns FROM $rows ORDER BY key
    ON CONFLICT (key) DO UPDATE
    SET fingerprint = excluded.fingerprint, status = excluded.status, body = excluded.body,
        created_at = now()
    WHERE k.created_at <= now() - interval '24 hours')sql",
                                  {"key text, fingerprint text, status integer, body text"}};

constexpr Statement kRetireReplies{"retire_replies", R"sql(
    DELETE FROM idempotency_keys
    WHERE key IN (SELECT key FROM idempotency_keys WHERE created_at <= $1::timestamptz
                  ORDER BY created_at LIMIT $2::integer))sql"};

constexpr Statement kRetireIntents{"retire_intents", R"sql(
    WITH old AS MATERIALIZED (
      SELECT id FROM payment_intents i
      WHERE created_at < $1::timestamptz AND status <> 'requires_capture'
        AND NOT EXISTS (SELECT FROM refunds r
                        WHERE r.payment_intent = i.id AND r.created_at >= $1::timestamptz)
      ORDER BY created_at LIMIT $2::integer FOR UPDATE SKIP LOCKED),
    refunded AS (DELETE FROM refunds USING old WHERE refunds.payment_intent = old.id)
    DELETE FROM payment_intents USING old WHERE payment_intents.id = old.id)sql"};

std::map<std::string, std::string> MetadataIn(const Row& row) {
  return json::parse(row.Get<std::string>("metadata")).get<std::map<std::string, std::string>>();
}

std::string TextOf(const std::map<std::string, std::string>& metadata) {
  return json(metadata).dump(-1, ' ', false, json::error_handler_t::replace);
}

Intent IntentOf(const Row& row) {
  Intent intent;
  intent.id = row.Get<std::string>("id");
  intent.amount = row.Get<std::int64_t>("amount");
  intent.amount_captured = row.Get<std::int64_t>("amount_captured");
  intent.amount_refunded = row.Get<std::int64_t>("amount_refunded");
  intent.currency = row.Get<std::string>("currency");
  intent.status = row.Get<std::string>("status");
  intent.payment_method = row.Get<std::string>("payment_method");
  intent.metadata = MetadataIn(row);
  intent.created_s = row.Get<std::int64_t>("created");
  return intent;
}

}  // namespace

void Ledger::Load(const std::set<std::string>& keys, const std::set<std::string>& intents) {
  if (!keys.empty()) {
    for (const Row row : tx_.Exec(kFindReplies, ArrayOf(keys))) {
      replies_[row.Get<std::string>("key")] = {
          row.Get<std::string>("fingerprint"),
          Reply{row.Get<int>("status"), row.Get<std::string>("body")}};
    }
  }
  if (!intents.empty()) {
    for (const Row row : tx_.Exec(kLock, ArrayOf(intents))) {
      Intent intent = IntentOf(row);
      intents_.emplace(intent.id, std::move(intent));
    }
  }
}

std::optional<Intent> Ledger::Loaded(const std::string& intent) const {
  const auto found = intents_.find(intent);
  return found == intents_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<StoredReply> Ledger::LoadedReply(const std::string& key) const {
  const auto found = replies_.find(key);
  return found == replies_.end() ? std::nullopt : std::optional(found->second);
}

void Ledger::Insert(const Intent& intent) {
  intents_[intent.id] = intent;
  inserted_.insert(intent.id);
}

void Ledger::Update(const Intent& intent) {
  intents_[intent.id] = intent;
  updated_.insert(intent.id);
}

void Ledger::InsertRefund(const Refunded& refund) { refunds_.push_back(refund); }

void Ledger::StoreReply(const std::string& key, const std::string& fingerprint,
                        const Reply& reply) {
  new_replies_[key] = {fingerprint, reply};
}

bool Ledger::Write() {
  Rows inserts(kInsert), updates(kUpdate), refunds(kInsertRefunds), replies(kStoreReplies);
  for (const std::string& id : inserted_) {
    const Intent& intent = intents_.at(id);
    inserts.Set("id", id)
        .Set("amount", intent.amount)
        .Set("currency", intent.currency)
        .Set("status", intent.status)
        .Set("payment_method", intent.payment_method)
        .Set("metadata", TextOf(intent.metadata));
  }
  for (const std::string& id : updated_) {
    const Intent& intent = intents_.at(id);
    updates.Set("id", id)
        .Set("status", intent.status)
        .Set("amount_captured", intent.amount_captured)
        .Set("amount_refunded", intent.amount_refunded);
  }
  for (const Refunded& refund : refunds_) {
    refunds.Set("id", refund.id)
        .Set("payment_intent", refund.intent)
        .Set("amount", refund.amount)
        .Set("metadata", TextOf(refund.metadata));
  }
  for (const auto& [key, stored] : new_replies_) {
    replies.Set("key", key)
        .Set("fingerprint", stored.fingerprint)
        .Set("status", stored.reply.status)
        .Set("body", stored.reply.body);
  }
  tx_.Write(kInsert, inserts);
  tx_.Write(kUpdate, updates);
  tx_.Write(kInsertRefunds, refunds);
  if (new_replies_.empty()) return true;
  const auto stored = tx_.WriteNow(kStoreReplies, replies).affected_rows();
  return static_cast<std::size_t>(stored) == new_replies_.size();
}

std::optional<Intent> Ledger::Find(const std::string& id) {
  const Result rows = tx_.Exec(kFind, id);
  if (rows.empty()) return std::nullopt;
  return IntentOf(rows.front());
}

std::vector<Refunded> Ledger::FindRefunds(const std::string& intent, int limit) {
  std::vector<Refunded> refunds;
  for (const Row row : tx_.Exec(kFindRefunds, intent, limit)) {
    refunds.push_back({.id = row.Get<std::string>("id"),
                       .intent = intent,
                       .amount = row.Get<std::int64_t>("amount"),
                       .currency = row.Get<std::string>("currency"),
                       .metadata = MetadataIn(row)});
  }
  return refunds;
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

std::int64_t Ledger::RetireReplies(const retention::Batch& batch) {
  const auto deleted = tx_.Exec(kRetireReplies, batch.before, batch.limit).affected_rows();
  return static_cast<std::int64_t>(deleted);
}

std::int64_t Ledger::RetireIntents(const retention::Batch& batch) {
  const auto deleted = tx_.Exec(kRetireIntents, batch.before, batch.limit).affected_rows();
  return static_cast<std::int64_t>(deleted);
}

}  // namespace waybill::payment_sandbox
