// What the sandbox does when it is asked: Stripe's rules about idempotency keys around the
// operations on intents, and the ordered faults. Knows nothing of HTTP servers.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "platform/postgres/pool.h"
#include "tools/payment_sandbox/fault_rules.h"
#include "tools/payment_sandbox/ledger.h"
#include "tools/payment_sandbox/operations.h"
#include "tools/payment_sandbox/replies.h"

namespace waybill::payment_sandbox {

// A call that changes something.
struct ChangeRequest {
  // authorize, capture, cancel or refund.
  std::string operation;
  // The intent's id; not with authorize.
  std::string intent;
  Params params;
  // "" without one: the call then has an effect each time.
  std::string idempotency_key;
};

struct LookupRequest {
  // By id, or by the order in the metadata.
  std::string intent;
  std::string order_id;
  bool expand_charge = false;
};

// Thread-safe. Calls block for their transaction, and for as long as a fault says. Borrows the
// pool.
//
// A change and the answer stored under its key are one transaction: after a crash either both are
// there or neither. The same key while the first call is under way is 409, with other parameters
// 400; a stored answer, a 500 too, is given again for 24 hours. A call that fails validation leaves
// no answer behind, and neither does a database that is away: 429 then, for the caller to come
// again.
class Api {
 public:
  explicit Api(postgres::Pool& pool) : pool_(pool) {}

  Reply Change(const ChangeRequest& request);
  Reply Lookup(const LookupRequest& request);

  // POST, GET /admin/faults. Mode "none" forgets the rules and ends the delays under way.
  Reply OrderFault(const std::string& json);
  Reply ListFaults() const;
  // GET /admin/ledger.
  Reply LedgerTotals(const std::optional<std::string>& order_id);

  // Forgets answers older than 24 hours. Blocks for one transaction.
  absl::Status ForgetOldReplies();
  // Ends the delays of faults at once, for the end of the process.
  void Interrupt();

 private:
  class KeyInUse;

  Reply Execute(const ChangeRequest& request, const std::optional<FaultRule>& fault);
  std::optional<Reply> StoredReplyTo(Ledger& ledger, const ChangeRequest& request) const;
  std::optional<FaultRule> TakeFault(const ChangeRequest& request);
  std::string OrderOf(const std::string& intent);
  // Waits, until the faults are called off at the latest.
  void Delay(absl::Duration delay);
  // The answer to give when the transaction failed.
  std::optional<Reply> Read(const char* name, absl::FunctionRef<void(Ledger&)> work);

  postgres::Pool& pool_;
  FaultRules faults_;
  std::mutex mutex_;
  std::condition_variable delays_end_;
  // All below guarded by mutex_.
  std::set<std::string> keys_in_use_;
  // Rises when the delays under way are to end.
  int called_off_ = 0;
  bool ending_ = false;
};

}  // namespace waybill::payment_sandbox
