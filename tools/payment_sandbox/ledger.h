// The sandbox's books in PostgreSQL (migrations/sandbox).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "platform/postgres/transaction.h"
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

// The books, within one open transaction. Throws what libpqxx throws.
class Ledger {
 public:
  explicit Ledger(postgres::Transaction& tx) : tx_(tx) {}

  void Insert(const Intent& intent);
  // Writes status and amounts of a locked intent.
  void Update(const Intent& intent);
  void InsertRefund(const std::string& id, const Intent& intent);
  std::optional<Intent> Find(const std::string& id);
  // Locks the row.
  std::optional<Intent> Lock(const std::string& id);
  // At most 100, the newest first.
  std::vector<Intent> FindByOrder(const std::string& order_id);
  // Over all intents, or those of one order.
  Totals Sum(const std::optional<std::string>& order_id);

  // The answer stored under the key in the last 24 hours.
  std::optional<StoredReply> FindReply(const std::string& key);
  // False when somebody else has stored one meanwhile: nothing was written.
  bool StoreReply(const std::string& key, const std::string& fingerprint, const Reply& reply);
  // Forgets up to 10,000 answers older than 24 hours; returns how many.
  int ForgetOldReplies();

 private:
  postgres::Transaction& tx_;
};

}  // namespace waybill::payment_sandbox
