#include "platform/executor/periodic_worker.h"

#include "platform/log/log.h"

namespace waybill {

PeriodicWorker::PeriodicWorker(std::string name, absl::Duration interval, Round round)
    : name_(std::move(name)), interval_(interval), round_(std::move(round)) {}

PeriodicWorker::~PeriodicWorker() { Stop(); }

void PeriodicWorker::Start() {
  thread_ = std::thread([this] { Run(); });
}

void PeriodicWorker::Wake() {
  absl::MutexLock lock(&mutex_);
  woken_ = true;
}

void PeriodicWorker::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  if (thread_.joinable()) thread_.join();
}

bool PeriodicWorker::WaitForNext(absl::Duration how_long, bool ignore_wake) {
  absl::MutexLock lock(&mutex_);
  if (ignore_wake) {
    mutex_.AwaitWithTimeout(absl::Condition(&stopping_), how_long);
  } else {
    mutex_.AwaitWithTimeout(absl::Condition(this, &PeriodicWorker::WokenOrStopping), how_long);
  }
  woken_ = false;
  return !stopping_;
}

void PeriodicWorker::Run() {
  Backoff backoff;
  absl::Duration wait = absl::ZeroDuration();
  // A failed round backs off for its whole wait: a wake must not turn an outage into a busy loop.
  while (WaitForNext(wait, /*ignore_wake=*/backoff.failures() > 0)) {
    const absl::StatusOr<RoundResult> result = round_();
    if (result.ok()) {
      backoff.Reset();
      wait = *result == RoundResult::kMoreWork ? absl::ZeroDuration() : interval_;
    } else {
      wait = backoff.Next();
      log::Warn("round failed, trying again", {{"worker", name_},
                                               {"error", result.status().ToString()},
                                               {"retry_in_ms", absl::ToInt64Milliseconds(wait)}});
    }
  }
}

}  // namespace waybill
