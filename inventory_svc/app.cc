#include "inventory_svc/app.h"

#include <utility>

#include "inventory_svc/application/apply_events.h"
#include "inventory_svc/storage/pg_reservations.h"
#include "inventory_svc/storage/pg_stock.h"
#include "inventory_svc/transport/event_handler.h"
#include "inventory_svc/transport/outbox_publisher.h"
#include "platform/events/topics.h"
#include "platform/inbox/consumer_polls.h"
#include "platform/log/log.h"

namespace waybill::inventory_svc {
namespace {

constexpr char kName[] = "inventory_svc";
constexpr absl::Duration kGrace = absl::Seconds(5);

inbox::ConsumerOptions ConsumerOptionsOf(const Config& config) {
  return {.consumer = kName,
          .dlq_topic = events::kInventoryDlqTopic,
          .kafka = config.kafka,
          .inbox = config.inbox};
}

}  // namespace

std::unique_ptr<inbox::BatchHandler> MakeEventHandler() {
  return std::make_unique<EventHandler>(
      [](postgres::Transaction& tx, absl::Span<const IncomingChange> changes) {
        PgReservations reservations(tx);
        PgStock stock(tx);
        OutboxPublisher publisher(tx);
        return ApplyEvents(reservations, stock, publisher, changes);
      });
}

std::unique_ptr<App> App::Wire(Config config) {
  return std::unique_ptr<App>(new App(std::move(config)));
}

App::App(Config config)
    : monitor_(config.metrics),
      pool_(config.postgres, kName, postgres::PoolMetrics(monitor_.registry)),
      metrics_pool_(postgres::ForMetrics(config.postgres), "inventory_svc_metrics"),
      work_(pool_),
      executor_(config.grpc.workers, config.grpc.queue, ExecutorMetrics(monitor_.registry)),
      event_handler_(MakeEventHandler()),
      consumer_(ConsumerOptionsOf(config), pool_, *event_handler_,
                inbox::ConsumerMetrics(monitor_.registry)),
      inventory_service_(executor_, work_),
      replay_handler_(MakeEventHandler()),
      parked_events_(kName, pool_, *replay_handler_),
      server_(config.grpc, {&inventory_service_, &parked_events_},
              {.registry = &monitor_.registry, .readiness = &monitor_.readiness}) {
  monitor_.readiness.Add("consumer", [this] { return consumer_.Refusal(); });
  inbox::AddConsumerPolls(monitor_.poller, monitor_.registry, consumer_, metrics_pool_, kName);
}

absl::Status App::Start() {
  if (absl::Status status = monitor_.endpoint.Start(); !status.ok()) return status;
  if (absl::Status status = pool_.WaitUntilReachable(); !status.ok()) return status;
  if (absl::Status status = consumer_.Start(); !status.ok()) return status;
  monitor_.poller.Start();
  monitor_.readiness.MarkStarted();
  if (absl::Status status = server_.Start(); !status.ok()) return status;
  log::Info("started", {{"grpc_port", server_.port()}});
  return absl::OkStatus();
}

void App::Shutdown() {
  monitor_.readiness.MarkShuttingDown();
  server_.Shutdown(kGrace);
  executor_.Shutdown();
  monitor_.poller.Stop();
  consumer_.Stop();
  monitor_.endpoint.Stop();
  log::Info("stopped");
}

}  // namespace waybill::inventory_svc
