// The sandbox's operations: applies Stripe's rules for idempotency keys, and the requested faults,
// around the operations on intents. Independent of HTTP.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "platform/executor/batcher.h"
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
  // The intent's id; unused by authorize.
  std::string intent;
  Params params;
  // "" if the call has none; each such call takes effect.
  std::string idempotency_key;
};

struct LookupRequest {
  // The lookup is by intent id, or by the order id in the metadata.
  std::string intent;
  std::string order_id;
  bool expand_charge = false;
};

struct RefundListRequest {
  std::string intent;
  // How many to list at most.
  int limit = 10;
};

// Thread-safe. Calls block for their transaction, and for as long as a fault delays them. The pool
// must outlive this.
//
// A change and the answer stored under its key are in one transaction: after a crash either both exist
// or neither does. Changes that come at the same time share a transaction. A key is answered with 409 while its first call is under way, and with 400 if it
// comes with other parameters; a stored answer, including a 500, is repeated for 24 hours. A call
// that fails validation stores no answer, and neither does a call that can't reach the database: it
// gets 429, so that the caller retries.
class Api {
 public:
  explicit Api(postgres::Pool& pool);

  Reply Change(const ChangeRequest& request);
  Reply Lookup(const LookupRequest& request);
  Reply ListRefunds(const RefundListRequest& request);

  // Serve POST and GET /admin/faults. Mode "none" deletes the rules and ends the delays under way.
  Reply OrderFault(const std::string& json);
  Reply ListFaults() const;
  // Serves GET /admin/ledger.
  Reply LedgerTotals(const std::optional<std::string>& order_id);

  // Ends the delays of faults at once, at shutdown.
  void Interrupt();

 private:
  class KeyInUse;

  // A call that changes something, and the fault that it meets.
  struct Call {
    ChangeRequest request;
    std::optional<FaultRule> fault;
  };

  // Blocks until the batch that takes the call is committed.
  Reply Execute(Call call);
  std::vector<absl::StatusOr<Reply>> ExecuteAll(absl::Span<const Call> calls);
  Reply ExecuteIn(Ledger& ledger, const Call& call) const;
  std::optional<FaultRule> TakeFault(const ChangeRequest& request);
  // The answer to a look-up about the order that meets a fault.
  std::optional<Reply> FailLookup(const std::function<std::string()>& order);
  std::string OrderOf(const std::string& intent);
  // Waits for `delay`, or until the faults are cancelled.
  void Delay(absl::Duration delay);
  // Runs `work` in a transaction; returns the answer to give if the transaction failed.
  std::optional<Reply> Read(const char* name, absl::FunctionRef<void(Ledger&)> work);

  postgres::Pool& pool_;
  FaultRules faults_;
  std::mutex mutex_;
  std::condition_variable delays_end_;
  // All below guarded by mutex_.
  std::set<std::string> keys_in_use_;
  // Incremented to end the delays under way.
  int called_off_ = 0;
  bool ending_ = false;
  // Last: its threads use all of the above.
  Batcher<Call, Reply> batcher_;
};

}  // namespace waybill::payment_sandbox
