// The sandbox's books in PostgreSQL (migrations/sandbox).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "platform/postgres/transaction.h"
#include "platform/retention/batch.h"
#include "tools/payment_sandbox/payment_intent.h"
#include "tools/payment_sandbox/replies.h"

namespace waybill::payment_sandbox {

struct StoredReply {
  std::string fingerprint;
  Reply reply;
};

struct Totals {
  std::int64_t held = 0;
  std::int64_t captured = 0;
  std::int64_t refunded = 0;
  std::int64_t intents = 0;
};

// The books, within one open transaction: a batch of calls reads and locks what it needs with Load,
// is worked off in memory, and written by Write, in one statement. Throws what libpqxx throws.
class Ledger {
 public:
  explicit Ledger(postgres::Transaction& tx) : tx_(tx) {}

  // Reads the answers stored under the keys in the last 24 hours, and the intents, which it locks.
  void Load(const std::set<std::string>& keys, const std::set<std::string>& intents);
  // From what was loaded, and changed since.
  std::optional<Intent> Loaded(const std::string& intent) const;
  std::optional<StoredReply> LoadedReply(const std::string& key) const;

  // These take effect with Write.
  void Insert(const Intent& intent);
  // Status and amounts of a loaded intent.
  void Update(const Intent& intent);
  void InsertRefund(const Refunded& refund);
  void StoreReply(const std::string& key, const std::string& fingerprint, const Reply& reply);
  // False when somebody else has stored an answer under one of the keys meanwhile: the transaction
  // must not be committed.
  bool Write();

  std::optional<Intent> Find(const std::string& id);
  // At most 100, the newest first.
  std::vector<Intent> FindByOrder(const std::string& order_id);
  // Of one intent, the newest first; at most `limit`.
  std::vector<Refunded> FindRefunds(const std::string& intent, int limit);
  // Over all intents, or those of one order.
  Totals Sum(const std::optional<std::string>& order_id);
  // Forgets answers from before the batch's time, the oldest first, at most batch.limit; returns how
  // many.
  std::int64_t RetireReplies(const retention::Batch& batch);
  // Forgets intents and their refunds, unless the intent or a refund of it is younger than the batch's
  // time, or the amount is authorised and not yet captured; returns how many.
  std::int64_t RetireIntents(const retention::Batch& batch);

 private:
  postgres::Transaction& tx_;
  std::map<std::string, Intent> intents_;
  std::map<std::string, StoredReply> replies_;
  // To be written, by their ids and keys.
  std::set<std::string> inserted_;
  std::set<std::string> updated_;
  std::vector<Refunded> refunds_;
  std::map<std::string, StoredReply> new_replies_;
};

}  // namespace waybill::payment_sandbox
