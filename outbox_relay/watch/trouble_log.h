// TroubleLog logs what keeps a source from being relayed once, and not at each attempt.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "outbox_relay/base/steady_time.h"

namespace waybill::outbox_relay {

// Not thread-safe.
class TroubleLog {
 public:
  explicit TroubleLog(std::string source) : source_(std::move(source)) {}

  // An attempt failed. Logs each error once until Over, and whichever is met once per minute. Errors
  // that differ in numbers alone are one.
  void Failed(std::string_view error, absl::Duration retry_in);
  // Rows have waited for longer than they may, and still do: logged as an error is.
  void Stalled(std::string_view reason);
  // Rows get through. Logs that if something was logged before.
  void Over();

 private:
  // True when it is new; a reminder is logged here.
  bool Note(std::string_view trouble);

  const std::string source_;
  // At most kMostTold, without digits.
  std::set<std::string> told_;
  std::int64_t failures_ = 0;
  SteadyTime began_;
  SteadyTime remind_at_;
};

}  // namespace waybill::outbox_relay
