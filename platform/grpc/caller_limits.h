// CallerLimits keeps one caller from starving the others: how many calls it may make in a second,
// and how many it may have open.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "platform/config/config_reader.h"
#include "platform/metrics/registry.h"

namespace waybill::grpc {

// Each holds for one caller and one process. 0: no limit.
struct CallerLimitsConfig {
  // Spread evenly; after a pause, a whole second's calls may come at once.
  int calls_per_second = 0;
  // Unary calls that are not answered yet.
  int calls_in_flight = 0;
  // Streams that have not ended.
  int streams = 0;
};

// Reads the section [limits].
CallerLimitsConfig ReadCallerLimitsConfig(ConfigReader& reader);

enum class CallKind { kUnary, kStream };

class CallerLimits;

// An open call of a caller; its copies are the same call. Thread-safe.
class OpenCall {
 public:
  // A call that isn't counted.
  OpenCall() = default;
  OpenCall(CallerLimits& limits, std::string_view caller, CallKind kind);

  // From now on the call doesn't count. Call it before the answer is sent: the caller's next call may
  // come at once. Without it, the call ends with its last copy.
  void End() const;

 private:
  class Place;
  std::shared_ptr<Place> place_;
};

// Thread-safe; doesn't block. Must outlive the calls that it has begun.
class CallerLimits {
 public:
  // How many callers are remembered. While all of them are busy, a further one isn't limited.
  static constexpr std::size_t kMaxCallers = 100'000;

  CallerLimits(CallerLimitsConfig config, metrics::Registry& registry);
  CallerLimits(const CallerLimits&) = delete;
  CallerLimits& operator=(const CallerLimits&) = delete;

  // From now on these hold; calls that are open stay counted.
  void Set(CallerLimitsConfig config);

  // kResourceExhausted (CALLER_LIMIT), with a delay after which to retry: the caller has used up
  // the limit that the message names. `now` is the time since any fixed moment, and never goes back.
  absl::StatusOr<OpenCall> Begin(std::string_view caller, CallKind kind, absl::Duration now);

 private:
  friend class OpenCall;
  struct Caller {
    // When the next call comes if all come evenly (GCRA, ITU-T I.371). How far it lies ahead is what
    // the caller has used up.
    absl::Duration next = -absl::InfiniteDuration();
    int calls = 0;
    int streams = 0;
  };

  absl::Status Count(Caller& caller, CallKind kind, absl::Duration now) const;
  void ForgetIdle(absl::Duration now);
  void End(const std::string& caller, CallKind kind);

  metrics::Counter refused_;
  // Whether there is any limit.
  std::atomic<bool> is_on_;
  std::mutex mutex_;
  // Guarded by mutex_.
  CallerLimitsConfig config_;
  absl::flat_hash_map<std::string, Caller> callers_;
  absl::Duration next_forget_ = -absl::InfiniteDuration();
};

}  // namespace waybill::grpc
