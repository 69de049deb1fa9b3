// Everything of payment_svc, wired together.
#pragma once

#include <memory>

#include "absl/status/status.h"
#include "payment_svc/application/drive_payments.h"
#include "payment_svc/config.h"
#include "payment_svc/gateway/stripe_provider.h"
#include "payment_svc/storage/unit_of_work.h"
#include "payment_svc/transport/event_handler.h"
#include "payment_svc/transport/payment_handlers.h"
#include "platform/executor/executor.h"
#include "platform/executor/periodic_worker.h"
#include "platform/grpc/parked_event_handlers.h"
#include "platform/grpc/server.h"
#include "platform/inbox/consumer_engine.h"
#include "platform/metrics/monitor.h"
#include "platform/postgres/pool.h"

namespace waybill::payment_svc {

// Wire, Start, Shutdown, in this order, from one thread.
class App {
 public:
  explicit App(Config config);
  // Shuts down.
  ~App();
  App(const App&) = delete;
  App& operator=(const App&) = delete;

  // Builds the parts. kInvalidArgument: the configuration can't be right.
  absl::Status Wire();
  // Waits for the database, then serves, consumes and drives. kUnavailable: the database can't be
  // reached within postgres.start_timeout, or the address is taken.
  absl::Status Start();
  // Stops consuming, then driving (with the answers of the calls under way), then serving. Blocks
  // for at most about 25 s. May be called twice.
  void Shutdown();

  int grpc_port() const { return server_->port(); }
  // The port of the HTTP endpoint for metrics and health; 0 when there is none.
  int metrics_port() const { return monitor_.endpoint.port(); }

 private:
  std::unique_ptr<EventHandler> MakeEventHandler();

  const Config config_;
  metrics::Monitor monitor_;
  std::unique_ptr<postgres::Pool> pool_;
  std::unique_ptr<postgres::Pool> metrics_pool_;
  std::unique_ptr<PostgresUnitOfWork> work_;
  std::unique_ptr<StripeProvider> provider_;
  std::unique_ptr<DrivePayments> drive_;
  std::unique_ptr<PeriodicWorker> worker_;
  std::unique_ptr<EventHandler> event_handler_;
  std::unique_ptr<inbox::ConsumerEngine> consumer_;
  std::unique_ptr<Executor> executor_;
  std::unique_ptr<PaymentHandlers> handlers_;
  std::unique_ptr<EventHandler> replay_handler_;
  std::unique_ptr<grpc::ParkedEventHandlers> parked_events_;
  std::unique_ptr<grpc::Server> server_;
  bool started_ = false;
};

}  // namespace waybill::payment_svc
