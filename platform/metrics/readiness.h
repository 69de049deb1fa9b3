// Readiness says whether a process should be sent work: one answer for /readyz and gRPC's health.
#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/status.h"

namespace waybill::metrics {

// Thread-safe. Owned by the App. Not ready until MarkStarted, and never again after
// MarkShuttingDown.
class Readiness {
 public:
  // OK, or what is wrong, in words for people. Called from any thread, often: must not block.
  using Check = std::function<absl::Status()>;

  struct Failure {
    std::string name;
    std::string reason;
  };

  // What `check` reads must outlive every caller of Failures.
  void Add(std::string name, Check check);
  void MarkStarted();
  void MarkShuttingDown();

  // What keeps the process from being ready; empty when it is. Never blocks.
  std::vector<Failure> Failures() const;

 private:
  enum class Phase { kStarting, kRunning, kShuttingDown };

  mutable std::mutex mutex_;
  // Guarded by mutex_.
  Phase phase_ = Phase::kStarting;
  std::vector<std::pair<std::string, Check>> checks_;
};

}  // namespace waybill::metrics
