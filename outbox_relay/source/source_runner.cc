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

void SourceRunner::Run() {
  Backoff backoff({.initial = absl::Milliseconds(50), .max = absl::Seconds(2)});
  Lessons lessons(config_.limits);
  while (!stop_.requested()) {
    bool progressed = false;
    const absl::Status status =
        RunSession(config_, source_, stop_, suspects_, metrics_, leadership_, &progressed, lessons);
    metrics_.Became(SourceState::kTrouble);
    if (stop_.requested() && (status.ok() || absl::IsCancelled(status))) break;
    if (progressed) backoff.Reset();
    const absl::Duration wait = backoff.Next();
    metrics_.health.Failed(status, wait);
    stop_.WaitFor(wait);
  }
  log::Info("the relay has stopped reading the outbox source", {{"source", source_.name}});
}

}  // namespace waybill::outbox_relay
