#include "platform/metrics/readiness.h"

#include <utility>

namespace waybill::metrics {

void Readiness::Add(std::string name, Check check) {
  const std::lock_guard lock(mutex_);
  checks_.emplace_back(std::move(name), std::move(check));
}

void Readiness::MarkStarted() {
  const std::lock_guard lock(mutex_);
  if (phase_ == Phase::kStarting) phase_ = Phase::kRunning;
}

void Readiness::MarkShuttingDown() {
  const std::lock_guard lock(mutex_);
  phase_ = Phase::kShuttingDown;
}

std::vector<Readiness::Failure> Readiness::Failures() const {
  const std::lock_guard lock(mutex_);
  if (phase_ == Phase::kStarting) return {{"start", "not everything is started yet"}};
  if (phase_ == Phase::kShuttingDown) return {{"shutdown", "shutting down"}};
  std::vector<Failure> failures;
  for (const auto& [name, check] : checks_) {
    const absl::Status status = check();
    if (!status.ok()) failures.push_back({name, std::string(status.message())});
  }
  return failures;
}

}  // namespace waybill::metrics
