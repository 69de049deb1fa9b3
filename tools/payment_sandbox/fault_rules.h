// Faults that an operator or a test has requested.
#pragma once

#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace waybill::payment_sandbox {

// What a rule does to a call that it matches.
enum class FaultMode {
  // The answer is a 500, before or after the effect; it is stored under the idempotency key like
  // any answer.
  kError,
  // The connection is held open for `delay`, then closed; the call has no effect.
  kHang,
  // The effect and the answer come after `delay`.
  kLate,
  // The connection is closed without an answer, before or after the effect.
  kReset,
  // The answer is a 429; the call has no effect, and the answer is not stored.
  kBusy,
};

struct FaultRule {
  FaultMode mode = FaultMode::kError;
  // authorize, capture, cancel, refund, lookup or any.
  std::string operation = "any";
  // The rule matches only calls about this order; "" matches any order.
  std::string order_id;
  // How many more calls the rule matches.
  int count = 1;
  absl::Duration delay = absl::ZeroDuration();
  bool after_effect = false;
};

// Parses the body of POST /admin/faults; returns nullopt for mode "none", which deletes all rules.
// Errors: kInvalidArgument, which says what is wrong with the body.
//   {"mode":"none|error|hang|late|reset|busy","operation":"any","count":1,"delay_ms":0,"after_effect":false,"order_id":""}
absl::StatusOr<std::optional<FaultRule>> ParseFaultRule(const std::string& json);

// The rules in force, in the order in which they were added. They are kept in memory only.
// Thread-safe.
class FaultRules {
 public:
  // Errors: kResourceExhausted when there are 1,000 rules already.
  absl::Status Add(FaultRule rule);
  void Clear();
  bool empty() const;
  // Whether a call's order must be known to find the rule that matches it.
  bool NeedOrder() const;
  // Returns the first rule that matches the call, and decrements its count.
  std::optional<FaultRule> Take(const std::string& operation, const std::string& order_id);
  nlohmann::json ToJson() const;

 private:
  mutable std::mutex mutex_;
  // Guarded by mutex_.
  std::vector<FaultRule> rules_;
};

}  // namespace waybill::payment_sandbox
