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
  {
    const std::lock_guard lock(mutex_);
    woken_ = true;
  }
  changed_.notify_one();
}

void PeriodicWorker::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

bool PeriodicWorker::WaitForNext(absl::Duration how_long, bool ignore_wake) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, absl::ToChronoNanoseconds(how_long),
                    [&] { return stopping_ || (woken_ && !ignore_wake); });
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
      log::Warn("a worker's round failed and will be retried",
                {{"worker", name_},
                 {"error", result.status().ToString()},
                 {"retry_in_ms", absl::ToInt64Milliseconds(wait)}});
    }
  }
}

}  // namespace waybill
