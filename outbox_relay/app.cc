#include "outbox_relay/app.h"

#include "outbox_relay/sink/producer.h"
#include "outbox_relay/source/pg_connection.h"
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
  for (const SourceConfig& source : app->config_.sources) {
    app->runners_.push_back(std::make_unique<SourceRunner>(app->config_, source, app->stop_));
    app->keepers_.push_back(std::make_unique<PartitionKeeper>(source));
  }
  return app;
}

void App::Start() {
  for (auto& runner : runners_) runner->Start();
  for (auto& keeper : keepers_) keeper->Start();
}

void App::Shutdown() {
  stop_.Request();
  for (auto& keeper : keepers_) keeper->Stop();
  for (auto& runner : runners_) runner->Join();
}

}  // namespace waybill::outbox_relay
