#include "outbox_relay/app.h"

#include <utility>

#include "outbox_relay/base/pg_connection.h"
#include "outbox_relay/sink/producer.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"

namespace waybill::outbox_relay {

App::App(RelayConfig config)
    : config_(std::move(config)),
      poller_(registry_, config_.metrics.poll_every),
      endpoint_(config_.metrics, registry_, readiness_) {
  for (const SourceConfig& source : config_.sources) AddSource(source);
}

absl::Status App::CheckSettings() const {
  RETURN_IF_ERROR(Producer::Create(config_.kafka, {}).status());
  for (const SourceConfig& source : config_.sources) {
    if (absl::Status status = CheckConninfo(source.conninfo); !status.ok()) {
      return absl::InvalidArgumentError(
          StrCat("source ", source.name, ": ", ToStd(status.message())));
    }
  }
  return absl::OkStatus();
}

void App::AddSource(const SourceConfig& source) {
  SourceMetrics& shown = *metrics_.emplace_back(
      std::make_unique<SourceMetrics>(registry_, source.name, config_.limits.stalled_after));
  SlotWatch& watch = *watches_.emplace_back(std::make_unique<SlotWatch>(source, shown));
  poller_.Add(StrCat("slot of ", source.name), [&watch] { return watch.Look(); });
  readiness_.Add(StrCat("source ", source.name), [&shown] { return shown.Ready(); });
  Leadership& leadership = *leaderships_.emplace_back(std::make_unique<Leadership>());
  runners_.push_back(std::make_unique<SourceRunner>(config_, source, stop_, shown, leadership));
  republishers_.push_back(std::make_unique<Republisher>(config_, source, stop_, shown, leadership));
  keepers_.push_back(std::make_unique<PartitionKeeper>(source));
}

absl::Status App::Start() {
  RETURN_IF_ERROR(CheckSettings());
  RETURN_IF_ERROR(endpoint_.Start());
  poller_.Start();
  for (auto& runner : runners_) runner->Start();
  for (auto& keeper : keepers_) keeper->Start();
  for (auto& republisher : republishers_) republisher->Start();
  readiness_.MarkStarted();
  return absl::OkStatus();
}

void App::Shutdown() {
  if (std::exchange(is_shut_down_, true)) return;
  readiness_.MarkShuttingDown();
  stop_.Request();
  for (auto& keeper : keepers_) keeper->Stop();
  for (auto& republisher : republishers_) republisher->Stop();
  for (auto& runner : runners_) runner->Join();
  poller_.Stop();
  endpoint_.Stop();
}

}  // namespace waybill::outbox_relay
