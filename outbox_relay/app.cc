#include "outbox_relay/app.h"

#include "outbox_relay/base/pg_connection.h"
#include "outbox_relay/sink/producer.h"
#include "platform/types/strings.h"

namespace waybill::outbox_relay {

absl::StatusOr<std::unique_ptr<App>> App::Wire(RelayConfig config) {
  if (auto producer = Producer::Create(config.kafka, {}); !producer.ok()) return producer.status();
  for (const SourceConfig& source : config.sources) {
    if (absl::Status status = CheckConninfo(source.conninfo); !status.ok()) {
      return absl::InvalidArgumentError(StrCat("source ", source.name, ": ", status.message()));
    }
  }
  std::unique_ptr<App> app(new App(std::move(config)));
  for (const SourceConfig& source : app->config_.sources) app->AddSource(source);
  return app;
}

App::App(RelayConfig config)
    : config_(std::move(config)),
      poller_(registry_, config_.metrics.poll_every),
      endpoint_(config_.metrics, registry_, readiness_) {}

void App::AddSource(const SourceConfig& source) {
  SourceMetrics& shown =
      *metrics_.emplace_back(std::make_unique<SourceMetrics>(registry_, source.name));
  SlotWatch& watch = *watches_.emplace_back(std::make_unique<SlotWatch>(source, shown));
  poller_.Add(StrCat("slot of ", source.name), [&watch] { return watch.Look(); });
  readiness_.Add(StrCat("source ", source.name), [&shown] { return shown.Ready(); });
  runners_.push_back(std::make_unique<SourceRunner>(config_, source, stop_, shown));
  keepers_.push_back(std::make_unique<PartitionKeeper>(source));
}

absl::Status App::Start() {
  if (absl::Status status = endpoint_.Start(); !status.ok()) return status;
  poller_.Start();
  for (auto& runner : runners_) runner->Start();
  for (auto& keeper : keepers_) keeper->Start();
  readiness_.MarkStarted();
  return absl::OkStatus();
}

void App::Shutdown() {
  readiness_.MarkShuttingDown();
  stop_.Request();
  for (auto& keeper : keepers_) keeper->Stop();
  for (auto& runner : runners_) runner->Join();
  poller_.Stop();
  endpoint_.Stop();
}

}  // namespace waybill::outbox_relay
