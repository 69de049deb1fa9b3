#include "outbox_relay/source/source_runner.h"

#include "outbox_relay/source/session.h"
#include "platform/executor/backoff.h"
#include "platform/log/log.h"

namespace waybill::outbox_relay {

SourceRunner::~SourceRunner() { Join(); }

void SourceRunner::Start() {
  thread_ = std::thread([this] { Run(); });
}

void SourceRunner::Join() {
  if (thread_.joinable()) thread_.join();
}

void SourceRunner::EndSession() {
  const std::lock_guard lock(mutex_);
  if (session_stop_ != nullptr) session_stop_->Request();
}

std::shared_ptr<const Stop> SourceRunner::NextSession() {
  const std::lock_guard lock(mutex_);
  session_stop_ = std::make_shared<Stop>();
  if (stop_.requested()) session_stop_->Request();
  return session_stop_;
}

void SourceRunner::Run() {
  Backoff backoff({.initial = absl::Milliseconds(50), .max = absl::Seconds(2)});
  Lessons lessons(config_.limits);
  while (!stop_.requested()) {
    bool progressed = false;
    const std::shared_ptr<const Stop> session_stop = NextSession();
    const absl::Status status = RunSession(config_, source_, *session_stop, suspects_, metrics_,
                                           leadership_, &progressed, lessons);
    metrics_.Became(SourceState::kTrouble);
    if (session_stop->requested() && (status.ok() || absl::IsCancelled(status))) {
      if (stop_.requested()) break;
      log::Info("the relay connects anew", {{"source", source_.name}});
      continue;
    }
    if (progressed) backoff.Reset();
    const absl::Duration wait = backoff.Next();
    metrics_.health.Failed(status, wait);
    stop_.WaitFor(wait);
  }
  log::Info("the relay has stopped reading the outbox source", {{"source", source_.name}});
}

}  // namespace waybill::outbox_relay
