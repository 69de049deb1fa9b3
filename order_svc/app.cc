#include "order_svc/app.h"

#include <utility>

#include "order_svc/application/cancel_order.h"
#include "order_svc/application/cancel_timed_out.h"
#include "order_svc/application/get_order.h"
#include "order_svc/application/list_orders.h"
#include "order_svc/application/list_products.h"
#include "order_svc/application/place_order.h"
#include "order_svc/application/transition_metrics.h"
#include "order_svc/application/upsert_product.h"
#include "order_svc/application/watch_hub.h"
#include "order_svc/storage/order_polls.h"
#include "order_svc/storage/unit_of_work.h"
#include "order_svc/transport/catalog_handlers.h"
#include "order_svc/transport/event_codec.h"
#include "order_svc/transport/event_handler.h"
#include "order_svc/transport/order_codec.h"
#include "order_svc/transport/order_handlers.h"
#include "platform/events/topics.h"
#include "platform/executor/executor.h"
#include "platform/executor/periodic_worker.h"
#include "platform/grpc/parked_event_handlers.h"
#include "platform/grpc/server.h"
#include "platform/inbox/consumer_engine.h"
#include "platform/inbox/consumer_polls.h"
#include "platform/metrics/monitor.h"
#include "platform/postgres/pool.h"

namespace waybill::order_svc {
namespace {

constexpr char kName[] = "order_svc";
constexpr absl::Duration kGrace = absl::Seconds(5);

absl::StatusOr<RoundResult> CancelOverdue(CancelTimedOut& use_case) {
  const absl::StatusOr<int> cancelled = use_case.Run();
  if (!cancelled.ok()) return cancelled.status();
  return *cancelled == CancelTimedOut::kBatch ? RoundResult::kMoreWork : RoundResult::kIdle;
}

}  // namespace

// In the order in which they are built, and each after what it borrows.
struct App::Parts {
  explicit Parts(Config config)
      : monitor(config.metrics),
        transitions(monitor.registry),
        pool(config.postgres, kName, postgres::PoolMetrics(monitor.registry)),
        metrics_pool(postgres::ForMetrics(config.postgres), "order_svc_metrics"),
        unit_of_work(pool, event_encoder),
        place_order(unit_of_work, config.order_timeout, transitions),
        get_order(unit_of_work),
        list_orders(unit_of_work),
        cancel_order(unit_of_work, answer_encoder, transitions),
        cancel_timed_out(unit_of_work, transitions),
        list_products(unit_of_work),
        upsert_product(unit_of_work, answer_encoder),
        watch_hub(unit_of_work, {.poll_every = config.watch_poll_every}),
        event_handler(OpenStore(), transitions),
        replay_handler(OpenStore(), transitions),
        engine({.consumer = kName,
                .dlq_topic = events::kOrderDlqTopic,
                .kafka = config.kafka,
                .inbox = config.inbox},
               pool, event_handler, inbox::ConsumerMetrics(monitor.registry)),
        timeout_worker("cancel_timed_out", config.timeout_check_every,
                       [this] { return CancelOverdue(cancel_timed_out); }),
        executor(config.grpc.workers, static_cast<std::size_t>(config.grpc.queue),
                 ExecutorMetrics(monitor.registry)),
        order_handlers(executor, {place_order, get_order, list_orders, cancel_order, watch_hub}),
        catalog_handlers(executor, list_products, upsert_product),
        parked_events(kName, pool, replay_handler),
        server(config.grpc, {&order_handlers, &catalog_handlers, &parked_events},
               {.registry = &monitor.registry, .readiness = &monitor.readiness}) {
    monitor.readiness.Add("consumer", [this] { return engine.Refusal(); });
    inbox::AddConsumerPolls(monitor.poller, monitor.registry, engine, metrics_pool, kName);
    AddOrderPolls(monitor.poller, monitor.registry, metrics_pool);
  }

  EventHandler::OpenStore OpenStore() {
    return [this](postgres::Transaction& tx) {
      return std::make_unique<OrderRepository>(tx, event_encoder);
    };
  }

  ProtoEventEncoder event_encoder;
  ProtoAnswerEncoder answer_encoder;
  metrics::Monitor monitor;
  TransitionMetrics transitions;
  postgres::Pool pool;
  postgres::Pool metrics_pool;
  PostgresUnitOfWork unit_of_work;
  PlaceOrder place_order;
  GetOrder get_order;
  ListOrders list_orders;
  CancelOrder cancel_order;
  CancelTimedOut cancel_timed_out;
  ListProducts list_products;
  UpsertProduct upsert_product;
  WatchHub watch_hub;
  EventHandler event_handler;
  EventHandler replay_handler;
  inbox::ConsumerEngine engine;
  PeriodicWorker timeout_worker;
  Executor executor;
  OrderHandlers order_handlers;
  CatalogHandlers catalog_handlers;
  grpc::ParkedEventHandlers parked_events;
  grpc::Server server;
};

std::unique_ptr<App> App::Wire(Config config) {
  return std::unique_ptr<App>(new App(std::make_unique<Parts>(std::move(config))));
}

App::App(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

App::~App() { Shutdown(); }

absl::Status App::Start() {
  if (absl::Status status = parts_->monitor.endpoint.Start(); !status.ok()) return status;
  if (absl::Status status = parts_->pool.WaitUntilReachable(); !status.ok()) return status;
  if (absl::Status status = parts_->engine.Start(); !status.ok()) return status;
  parts_->timeout_worker.Start();
  parts_->watch_hub.Start();
  parts_->monitor.poller.Start();
  parts_->monitor.readiness.MarkStarted();
  return parts_->server.Start();
}

int App::port() const { return parts_->server.port(); }

int App::metrics_port() const { return parts_->monitor.endpoint.port(); }

void App::Shutdown() {
  parts_->monitor.readiness.MarkShuttingDown();
  // Watches have no end of their own: without this they would use up all of the grace.
  parts_->watch_hub.Stop();
  parts_->server.Shutdown(kGrace);
  parts_->executor.Shutdown();
  parts_->timeout_worker.Stop();
  parts_->monitor.poller.Stop();
  parts_->engine.Stop();
  parts_->monitor.endpoint.Stop();
}

}  // namespace waybill::order_svc
