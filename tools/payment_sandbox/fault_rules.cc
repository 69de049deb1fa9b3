#include "tools/payment_sandbox/fault_rules.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "platform/types/status_macros.h"
#include "platform/types/strings.h"

namespace waybill::payment_sandbox {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxRules = 1000;
constexpr int kMaxDelayMs = 600'000;
constexpr std::array<std::pair<std::string_view, FaultMode>, 5> kModes{
    {{"error", FaultMode::kError},
     {"hang", FaultMode::kHang},
     {"late", FaultMode::kLate},
     {"reset", FaultMode::kReset},
     {"busy", FaultMode::kBusy}}};
constexpr std::array<std::string_view, 6> kOperations{"any",    "authorize", "capture",
                                                      "cancel", "refund",    "lookup"};

std::string_view NameOf(FaultMode mode) {
  for (const auto& [name, value] : kModes) {
    if (value == mode) return name;
  }
  return "";
}

absl::Status Check(const FaultRule& rule) {
  if (std::find(kOperations.begin(), kOperations.end(), rule.operation) == kOperations.end()) {
    return absl::InvalidArgumentError(StrCat("operation is unknown: ", rule.operation));
  }
  if (rule.count < 1) return absl::InvalidArgumentError("count is less than 1");
  if (rule.delay < absl::ZeroDuration() || rule.delay > absl::Milliseconds(kMaxDelayMs)) {
    return absl::InvalidArgumentError(StrCat("delay_ms is outside 0..", kMaxDelayMs));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::optional<FaultRule>> ParseFaultRule(const std::string& text) {
  FaultRule rule;
  std::string mode;
  try {
    const json body = json::parse(text);
    mode = body.at("mode").get<std::string>();
    rule.operation = body.value("operation", rule.operation);
    rule.order_id = body.value("order_id", rule.order_id);
    rule.count = body.value("count", rule.count);
    rule.delay = absl::Milliseconds(body.value("delay_ms", 0));
    rule.after_effect = body.value("after_effect", rule.after_effect);
  } catch (const json::exception& error) {
    return absl::InvalidArgumentError(error.what());
  }
  if (mode == "none") return std::nullopt;
  const auto* found = std::find_if(kModes.begin(), kModes.end(),
                                   [&](const auto& entry) { return entry.first == mode; });
  if (found == kModes.end()) {
    return absl::InvalidArgumentError(StrCat("mode is unknown: ", mode));
  }
  rule.mode = found->second;
  RETURN_IF_ERROR(Check(rule));
  return rule;
}

absl::Status FaultRules::Add(FaultRule rule) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (rules_.size() >= kMaxRules) {
    return absl::ResourceExhaustedError(
        "there are too many fault rules; mode \"none\" deletes them");
  }
  rules_.push_back(std::move(rule));
  return absl::OkStatus();
}

void FaultRules::Clear() {
  const std::lock_guard<std::mutex> lock(mutex_);
  rules_.clear();
}

bool FaultRules::empty() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return rules_.empty();
}

bool FaultRules::NeedOrder() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return std::any_of(rules_.begin(), rules_.end(),
                     [](const FaultRule& rule) { return !rule.order_id.empty(); });
}

std::optional<FaultRule> FaultRules::Take(const std::string& operation,
                                          const std::string& order_id) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = std::find_if(rules_.begin(), rules_.end(), [&](const FaultRule& rule) {
    return (rule.operation == "any" || rule.operation == operation) &&
           (rule.order_id.empty() || rule.order_id == order_id);
  });
  if (found == rules_.end()) return std::nullopt;
  const FaultRule taken = *found;
  if (--found->count == 0) rules_.erase(found);
  return taken;
}

json FaultRules::ToJson() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  json rules = json::array();
  for (const FaultRule& rule : rules_) {
    rules.push_back({{"mode", NameOf(rule.mode)},
                     {"operation", rule.operation},
                     {"order_id", rule.order_id},
                     {"count", rule.count},
                     {"delay_ms", absl::ToInt64Milliseconds(rule.delay)},
                     {"after_effect", rule.after_effect}});
  }
  return rules;
}

}  // namespace waybill::payment_sandbox
