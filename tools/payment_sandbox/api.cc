#include "tools/payment_sandbox/api.h"

#include <algorithm>
#include <future>
#include <iterator>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/time/clock.h"
#include "platform/faults/fault_point.h"
#include "platform/log/log.h"
#include "platform/postgres/unit_of_work.h"
#include "platform/types/strings.h"

namespace waybill::payment_sandbox {
namespace {

using nlohmann::json;

constexpr absl::Duration kTransactionPatience = absl::Seconds(5);

// Two calls with one key are the same call if their fingerprints are equal.
std::string FingerprintOf(const ChangeRequest& request) {
  return json({request.operation, request.intent, request.params})
      .dump(-1, ' ', false, json::error_handler_t::replace);
}

Reply ServerErrorReply() {
  return ErrorReply(500, "api_error", "", "An unexpected error occurred (requested fault).");
}

Reply BusyReply() {
  return ErrorReply(429, "invalid_request_error", "rate_limit",
                    "Too many requests (requested fault).");
}

Reply KeyInUseReply() {
  return ErrorReply(409, "idempotency_error", "idempotency_key_in_use",
                    "There is currently another in-progress request using this Idempotency-Key.");
}

Reply KeyReusedReply() {
  return ErrorReply(400, "idempotency_error", "",
                    "Keys for idempotent requests can only be used with the same parameters they "
                    "were first used with.");
}

// The answer to a call whose key has one.
Reply Again(const StoredReply& stored, const ChangeRequest& request) {
  return stored.fingerprint == FingerprintOf(request) ? stored.reply : KeyReusedReply();
}

Reply DatabaseReply(const absl::Status& status) {
  if (absl::IsInvalidArgument(status)) {
    return ErrorReply(400, "invalid_request_error", "",
                      "A parameter contains text that can't be stored.");
  }
  Reply reply = ErrorReply(429, "invalid_request_error", "lock_timeout",
                           "The ledger is busy or unreachable; retry the request.");
  reply.retry_after_s = 1;
  return reply;
}

}  // namespace

// Reserves a key for the duration of a call.
class Api::KeyInUse {
 public:
  KeyInUse(Api& api, const std::string& key) : api_(api), key_(key) {
    if (key_.empty()) return;
    const std::lock_guard<std::mutex> lock(api_.mutex_);
    taken_ = api_.keys_in_use_.insert(key_).second;
  }
  ~KeyInUse() {
    if (!taken_) return;
    const std::lock_guard<std::mutex> lock(api_.mutex_);
    api_.keys_in_use_.erase(key_);
  }
  KeyInUse(const KeyInUse&) = delete;
  KeyInUse& operator=(const KeyInUse&) = delete;

  bool by_another() const { return !key_.empty() && !taken_; }

 private:
  Api& api_;
  const std::string key_;
  bool taken_ = false;
};

Api::Api(postgres::Pool& pool)
    : pool_(pool),
      batcher_({}, [this](absl::Span<const Call> calls) { return ExecuteAll(calls); }) {}

Reply Api::Change(const ChangeRequest& request) {
  if (std::optional<Reply> refusal = Validate(request.operation, request.params)) return *refusal;
  const std::optional<FaultRule> fault = TakeFault(request);
  if (fault && fault->mode == FaultMode::kHang) {
    Delay(fault->delay);
    return CutReply();
  }
  if (fault && fault->mode == FaultMode::kReset && !fault->after_effect) return CutReply();
  if (fault && fault->mode == FaultMode::kBusy) return BusyReply();
  const KeyInUse key(*this, request.idempotency_key);
  if (key.by_another()) return KeyInUseReply();
  if (fault && fault->mode == FaultMode::kLate) Delay(fault->delay);
  Reply reply = Execute({request, fault});
  if (fault && fault->mode == FaultMode::kReset) return CutReply();
  return reply;
}

Reply Api::Execute(Call call) {
  std::promise<absl::StatusOr<Reply>> promise;
  std::future<absl::StatusOr<Reply>> answer = promise.get_future();
  const std::string operation = call.request.operation;
  const auto done = [&promise](absl::StatusOr<Reply> reply) {
    promise.set_value(std::move(reply));
  };
  if (!batcher_.TrySubmit(std::move(call), 0, done)) {
    return DatabaseReply(absl::ResourceExhaustedError("too many calls"));
  }
  absl::StatusOr<Reply> reply = answer.get();
  if (reply.ok()) return *std::move(reply);
  log::Warn("the sandbox could not execute a call",
            {{"operation", operation}, {"error", reply.status().ToString()}});
  return DatabaseReply(reply.status());
}

std::vector<absl::StatusOr<Reply>> Api::ExecuteAll(absl::Span<const Call> calls) {
  std::set<std::string> keys, intents;
  for (const Call& call : calls) {
    const ChangeRequest& request = call.request;
    if (!request.idempotency_key.empty()) keys.insert(request.idempotency_key);
    const std::string intent = IntentOf(request.operation, request.intent, request.params);
    if (!intent.empty()) intents.insert(intent);
  }
  std::vector<absl::StatusOr<Reply>> replies;
  const absl::Status status = postgres::RunTransaction(
      pool_, {.name = "change", .deadline = absl::Now() + kTransactionPatience},
      [&](postgres::Transaction& tx) {
        replies.clear();
        Ledger ledger(tx);
        ledger.Load(keys, intents);
        for (const Call& call : calls) replies.push_back(ExecuteIn(ledger, call));
        faults::Point("payment_sandbox.effect");
        if (ledger.Write()) return absl::OkStatus();
        return absl::AbortedError("another call has used an idempotency key meanwhile");
      });
  if (status.ok()) return replies;
  // One call's text may be to blame, which can't be stored: halve down to it.
  if (absl::IsInvalidArgument(status) && calls.size() > 1) {
    replies = ExecuteAll(calls.first(calls.size() / 2));
    std::ranges::move(ExecuteAll(calls.subspan(calls.size() / 2)), std::back_inserter(replies));
    return replies;
  }
  return std::vector<absl::StatusOr<Reply>>(calls.size(), status);
}

Reply Api::ExecuteIn(Ledger& ledger, const Call& call) const {
  const ChangeRequest& request = call.request;
  if (!request.idempotency_key.empty()) {
    const std::optional<StoredReply> stored = ledger.LoadedReply(request.idempotency_key);
    if (stored) return Again(*stored, request);
  }
  const bool fails = call.fault && call.fault->mode == FaultMode::kError;
  Reply reply;
  if (!fails || call.fault->after_effect) {
    reply = Perform(ledger, request.operation, request.intent, request.params);
  }
  if (fails) reply = ServerErrorReply();
  if (!request.idempotency_key.empty()) {
    ledger.StoreReply(request.idempotency_key, FingerprintOf(request), reply);
  }
  return reply;
}

// A call whose answer is already stored meets no fault: its first call has met it.
std::optional<FaultRule> Api::TakeFault(const ChangeRequest& request) {
  if (faults_.empty()) return std::nullopt;
  bool stored = false;
  const std::string& key = request.idempotency_key;
  const std::optional<Reply> failure = Read("find_reply", [&](Ledger& ledger) {
    if (key.empty()) return;
    ledger.Load({key}, {});
    stored = ledger.LoadedReply(key).has_value();
  });
  if (stored || failure) return std::nullopt;
  std::string order;
  if (faults_.NeedOrder()) {
    const std::map<std::string, std::string> metadata = MetadataOf(request.params);
    const auto in_request = metadata.find("order_id");
    const auto refunded = request.params.find("payment_intent");
    if (in_request != metadata.end()) {
      order = in_request->second;
    } else {
      order = OrderOf(refunded != request.params.end() ? refunded->second : request.intent);
    }
  }
  return faults_.Take(request.operation, order);
}

std::string Api::OrderOf(const std::string& intent) {
  std::string order;
  Read("find_order", [&](Ledger& ledger) {
    const std::optional<Intent> found = ledger.Find(intent);
    if (found && found->metadata.contains("order_id")) order = found->metadata.at("order_id");
  });
  return order;
}

std::optional<Reply> Api::FailLookup(const std::function<std::string()>& order) {
  if (faults_.empty()) return std::nullopt;
  const std::optional<FaultRule> fault = faults_.Take("lookup", order());
  if (!fault) return std::nullopt;
  Delay(fault->delay);
  if (fault->mode == FaultMode::kError) return ServerErrorReply();
  if (fault->mode == FaultMode::kBusy) return BusyReply();
  if (fault->mode != FaultMode::kLate) return CutReply();
  return std::nullopt;
}

Reply Api::ListRefunds(const RefundListRequest& request) {
  if (auto failed = FailLookup([&] { return OrderOf(request.intent); })) return *failed;
  std::optional<Intent> intent;
  std::vector<Refunded> refunds;
  const std::optional<Reply> failure = Read("list_refunds", [&](Ledger& ledger) {
    intent = ledger.Find(request.intent);
    // One more shows whether there are more.
    refunds = ledger.FindRefunds(request.intent, request.limit + 1);
  });
  if (failure) return *failure;
  if (!intent) return MissingReply("payment_intent", request.intent, "payment_intent");
  const bool has_more = refunds.size() > static_cast<std::size_t>(request.limit);
  if (has_more) refunds.pop_back();
  return RefundListReply(refunds, has_more);
}

Reply Api::Lookup(const LookupRequest& request) {
  const auto order = [&] {
    return request.intent.empty() ? request.order_id : OrderOf(request.intent);
  };
  if (std::optional<Reply> failed = FailLookup(order)) return *failed;
  std::vector<Intent> found;
  const std::optional<Reply> failure = Read("lookup", [&](Ledger& ledger) {
    found.clear();
    if (request.intent.empty()) {
      found = ledger.FindByOrder(request.order_id);
    } else if (std::optional<Intent> one = ledger.Find(request.intent)) {
      found.push_back(*std::move(one));
    }
  });
  if (failure) return *failure;
  if (request.intent.empty()) return SearchReply(found, request.expand_charge);
  if (found.empty()) return MissingReply("payment_intent", request.intent, "intent");
  return IntentReply(found.front(), request.expand_charge);
}

Reply Api::OrderFault(const std::string& text) {
  absl::StatusOr<std::optional<FaultRule>> rule = ParseFaultRule(text);
  absl::Status status = rule.status();
  if (rule.ok() && *rule) status = faults_.Add(**rule);
  if (!status.ok()) {
    return ErrorReply(400, "invalid_request_error", "", ToStd(status.message()));
  }
  if (!*rule) {
    faults_.Clear();
    const std::lock_guard<std::mutex> lock(mutex_);
    ++called_off_;
    delays_end_.notify_all();
  }
  return ListFaults();
}

Reply Api::ListFaults() const { return {200, json({{"faults", faults_.ToJson()}}).dump()}; }

Reply Api::LedgerTotals(const std::optional<std::string>& order_id) {
  Totals totals;
  const std::optional<Reply> failure =
      Read("ledger_totals", [&](Ledger& ledger) { totals = ledger.Sum(order_id); });
  if (failure) return *failure;
  return {200, json({{"held", totals.held},
                     {"captured", totals.captured},
                     {"refunded", totals.refunded},
                     {"intents", totals.intents}})
                   .dump()};
}

void Api::Interrupt() {
  const std::lock_guard<std::mutex> lock(mutex_);
  ending_ = true;
  delays_end_.notify_all();
}

void Api::Delay(absl::Duration delay) {
  std::unique_lock<std::mutex> lock(mutex_);
  delays_end_.wait_for(lock, absl::ToChronoMilliseconds(delay),
                       [this, begun = called_off_] { return ending_ || called_off_ != begun; });
}

std::optional<Reply> Api::Read(const char* name, absl::FunctionRef<void(Ledger&)> work) {
  const absl::Status status = postgres::RunTransaction(
      pool_, {.name = name, .deadline = absl::Now() + kTransactionPatience},
      [&](postgres::Transaction& tx) {
        Ledger ledger(tx);
        work(ledger);
        return absl::OkStatus();
      });
  if (status.ok()) return std::nullopt;
  return DatabaseReply(status);
}

}  // namespace waybill::payment_sandbox
