// inventory_svc, put together: the one place that knows which part stands behind which port.
#pragma once

#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "inventory_svc/config.h"
#include "inventory_svc/storage/pg_unit_of_work.h"
#include "inventory_svc/transport/inventory_service.h"
#include "platform/executor/executor.h"
#include "platform/grpc/parked_event_handlers.h"
#include "platform/grpc/server.h"
#include "platform/inbox/batch_handler.h"
#include "platform/inbox/consumer_engine.h"
#include "platform/metrics/monitor.h"
#include "platform/postgres/pool.h"

namespace waybill::inventory_svc {

// The service's reaction to events, with its stores in PostgreSQL.
std::unique_ptr<inbox::BatchHandler> MakeEventHandler();

// Lifecycle: Wire, Start, Shutdown, each once, from one thread.
class App {
 public:
  // Builds the parts; talks to nobody yet.
  static std::unique_ptr<App> Wire(Config config);

  // Waits for the database, then consumes and serves. kUnavailable: the database can't be reached
  // within postgres.start_timeout, or the address is taken. kFailedPrecondition, kInvalidArgument:
  // the configuration is wrong. A broker that is away is waited for in the background.
  absl::Status Start();

  // Ends what is under way and stops. Blocks for about 15 s at most.
  void Shutdown();

  // The gRPC port, once started.
  int port() const { return server_.port(); }
  // The port of the HTTP endpoint for metrics and health, once started; 0 when there is none.
  int metrics_port() const { return monitor_.endpoint.port(); }

 private:
  explicit App(Config config);

  metrics::Monitor monitor_;
  postgres::Pool pool_;
  postgres::Pool metrics_pool_;
  PgUnitOfWork work_;
  Executor executor_;
  std::unique_ptr<inbox::BatchHandler> event_handler_;
  inbox::ConsumerEngine consumer_;
  InventoryServiceHandlers inventory_service_;
  std::unique_ptr<inbox::BatchHandler> replay_handler_;
  grpc::ParkedEventHandlers parked_events_;
  grpc::Server server_;
};

}  // namespace waybill::inventory_svc
