// Reloader reads something again once a second, such as a file that may have changed.
#pragma once

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "platform/executor/periodic_worker.h"

namespace waybill {

// Not thread-safe. `reload` runs on one thread at a time, and decides whether anything has changed.
class Reloader {
 public:
  using Reload = std::function<absl::Status()>;

  // `name` names the thread. When a later round fails, `refused` is logged with the error; the same error
  // is logged once in a row.
  Reloader(std::string name, std::string refused, Reload reload);

  // The first round, on the caller's thread. Returns its error, after which there are no others.
  absl::Status Start();
  // Instead of Start for what was read already: no round on the caller's thread, and no error ends the rounds.
  void Continue();
  // Ends after the round under way; blocks until then. May be called twice, or without Start.
  void Stop();

 private:
  void Round();

  const std::string refused_;
  const Reload reload_;
  // The worker's alone: why the last round failed.
  std::string last_error_;
  PeriodicWorker worker_;
};

}  // namespace waybill
