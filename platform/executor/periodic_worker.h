// One thread that does a round of work when woken or when its interval is over.
#pragma once

#include <functional>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "platform/executor/backoff.h"

namespace waybill {

// The outcome of a round: is there more to do at once?
enum class RoundResult { kIdle, kMoreWork };

// Thread-safe. A round that fails is logged and tried again with backoff; nothing a round does may
// throw.
class PeriodicWorker {
 public:
  using Round = std::function<absl::StatusOr<RoundResult>()>;

  // `name` is for the log. Doesn't start.
  PeriodicWorker(std::string name, absl::Duration interval, Round round);
  // Stops.
  ~PeriodicWorker();
  PeriodicWorker(const PeriodicWorker&) = delete;
  PeriodicWorker& operator=(const PeriodicWorker&) = delete;

  void Start();
  // Begins the next round now instead of at the end of the interval. Never blocks.
  void Wake();
  // Ends after the round under way; blocks until then. May be called twice.
  void Stop();

 private:
  void Run();
  // Waits for `how_long` or until woken (unless `ignore_wake`); false when stopping.
  bool WaitForNext(absl::Duration how_long, bool ignore_wake);
  bool WokenOrStopping() const ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return woken_ || stopping_; }

  const std::string name_;
  const absl::Duration interval_;
  const Round round_;
  absl::Mutex mutex_;
  bool woken_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace waybill
