// Faults that an operator or a test has ordered.
#pragma once

#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace waybill::payment_sandbox {

// What a rule does to a call that it meets.
enum class FaultMode {
  // A 500, before or after the effect; stored under the idempotency key like any answer.
  kError,
  // The connection is held for `delay`, then cut; nothing happens.
  kHang,
  // The effect comes after `delay`, and so does the answer.
  kLate,
  // The connection is cut, before or after the effect.
  kReset,
};

struct FaultRule {
  FaultMode mode = FaultMode::kError;
  // authorize, capture, cancel, refund, lookup or any.
  std::string operation = "any";
  // Only calls about this order; any order when empty.
  std::string order_id;
  // Calls it will still meet.
  int count = 1;
  absl::Duration delay = absl::ZeroDuration();
  bool after_effect = false;
};

// From the body of POST /admin/faults; nothing for mode "none", which forgets all rules.
// kInvalidArgument says what is wrong with it.
//   {"mode":"none|error|hang|late|reset","operation":"any","count":1,"delay_ms":0,"after_effect":false,"order_id":""}
absl::StatusOr<std::optional<FaultRule>> ParseFaultRule(const std::string& json);

// The rules in force, in the order they came: kept in memory only. Thread-safe.
class FaultRules {
 public:
  // kResourceExhausted past 1,000 rules.
  absl::Status Add(FaultRule rule);
  void Clear();
  bool empty() const;
  // Whether the order of a call has to be known to tell which rule it meets.
  bool NeedOrder() const;
  // The first rule that meets the call; it counts one down.
  std::optional<FaultRule> Take(const std::string& operation, const std::string& order_id);
  nlohmann::json ToJson() const;

 private:
  mutable std::mutex mutex_;
  // Guarded by mutex_.
  std::vector<FaultRule> rules_;
};

}  // namespace waybill::payment_sandbox
