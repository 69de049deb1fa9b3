#include "platform/grpc/caller_limits.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include "platform/types/error.h"
#include "platform/types/strings.h"

namespace waybill::grpc {
namespace {

// A caller with as many open calls as it may have is told to wait so long: nobody knows when one ends.
constexpr absl::Duration kRetryAfter = absl::Milliseconds(100);
constexpr int kMaxLimit = 1'000'000;

absl::Status Refused(std::string_view limit, int most, absl::Duration retry_after) {
  absl::Status status =
      MakeError(absl::StatusCode::kResourceExhausted, "CALLER_LIMIT",
                StrCat("this caller has used up limits.", limit, ", which is ", most));
  SetRetryAfter(status, retry_after);
  return status;
}

}  // namespace

CallerLimitsConfig ReadCallerLimitsConfig(ConfigReader& reader) {
  const auto read = [&](std::string_view key) {
    return static_cast<int>(reader.Int(StrCat("limits.", key), 0, {0, kMaxLimit}));
  };
  return {.calls_per_second = read("calls_per_second"),
          .calls_in_flight = read("calls_in_flight"),
          .streams = read("streams")};
}

class OpenCall::Place {
 public:
  Place(CallerLimits& limits, std::string_view caller, CallKind kind)
      : limits_(limits), caller_(caller), kind_(kind) {}
  ~Place() { Leave(); }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

  void Leave() {
    if (!has_left_.exchange(true)) limits_.End(caller_, kind_);
  }

 private:
  CallerLimits& limits_;
  const std::string caller_;
  const CallKind kind_;
  std::atomic<bool> has_left_ = false;
};

OpenCall::OpenCall(CallerLimits& limits, std::string_view caller, CallKind kind)
    : place_(std::make_shared<Place>(limits, caller, kind)) {}

void OpenCall::End() const {
  if (place_ != nullptr) place_->Leave();
}

CallerLimits::CallerLimits(CallerLimitsConfig config, metrics::Registry& registry)
    : refused_(registry.AddCounter("waybill_rpc_caller_limited_total",
                                   "Calls refused because their caller has used up a limit")) {
  Set(config);
}

void CallerLimits::Set(CallerLimitsConfig config) {
  const std::lock_guard lock(mutex_);
  config_ = config;
  is_on_ = config.calls_per_second > 0 || config.calls_in_flight > 0 || config.streams > 0;
}

absl::StatusOr<OpenCall> CallerLimits::Begin(std::string_view caller, CallKind kind,
                                             absl::Duration now) {
  if (!is_on_) return OpenCall();
  const std::lock_guard lock(mutex_);
  auto found = callers_.find(ToAbsl(caller));
  if (found == callers_.end()) {
    if (callers_.size() >= kMaxCallers) ForgetIdle(now);
    if (callers_.size() >= kMaxCallers) return OpenCall();
    found = callers_.try_emplace(std::string(caller)).first;
  }
  if (absl::Status status = Count(found->second, kind, now); !status.ok()) {
    refused_.Add();
    return status;
  }
  return OpenCall(*this, caller, kind);
}

absl::Status CallerLimits::Count(Caller& caller, CallKind kind, absl::Duration now) const {
  const bool is_stream = kind == CallKind::kStream;
  int& open = is_stream ? caller.streams : caller.calls;
  const int most = is_stream ? config_.streams : config_.calls_in_flight;
  if (most > 0 && open >= most) {
    return Refused(is_stream ? "streams" : "calls_in_flight", most, kRetryAfter);
  }
  if (config_.calls_per_second > 0) {
    const absl::Duration next = std::max(caller.next, now);
    const absl::Duration between = absl::Seconds(1) / config_.calls_per_second;
    const absl::Duration wait = next + between - absl::Seconds(1) - now;
    if (wait > absl::ZeroDuration()) {
      // A delay is told in whole milliseconds.
      return Refused("calls_per_second", config_.calls_per_second,
                     absl::Ceil(wait, absl::Milliseconds(1)));
    }
    caller.next = next + between;
  }
  ++open;
  return absl::OkStatus();
}

void CallerLimits::ForgetIdle(absl::Duration now) {
  // It looks at all of them, so not at every call.
  if (now < next_forget_) return;
  next_forget_ = now + absl::Seconds(1);
  absl::erase_if(callers_, [&](const auto& entry) {
    const Caller& caller = entry.second;
    return caller.calls == 0 && caller.streams == 0 && caller.next <= now;
  });
}

void CallerLimits::End(const std::string& caller, CallKind kind) {
  const std::lock_guard lock(mutex_);
  Caller& found = callers_.at(caller);
  --(kind == CallKind::kStream ? found.streams : found.calls);
}

}  // namespace waybill::grpc
