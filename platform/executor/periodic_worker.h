// PeriodicWorker is one thread that does a round of work when it is woken or its interval is over.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "platform/executor/backoff.h"

namespace waybill {

// The outcome of a round says whether there is more to do at once.
enum class RoundResult { kIdle, kMoreWork };

// Thread-safe. A round that fails is logged and retried with backoff; nothing a round does may
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

  const std::string name_;
  const absl::Duration interval_;
  const Round round_;
  std::mutex mutex_;
  std::condition_variable changed_;
  // Guarded by mutex_.
  bool woken_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace waybill
