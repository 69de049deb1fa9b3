// Everything of the payment sandbox, wired together.
#pragma once

#include <memory>

#include "absl/status/status.h"
#include "platform/executor/periodic_worker.h"
#include "platform/metrics/monitor.h"
#include "platform/postgres/pool.h"
#include "tools/payment_sandbox/api.h"
#include "tools/payment_sandbox/config.h"
#include "tools/payment_sandbox/http_server.h"

namespace waybill::payment_sandbox {

// Wire, Start, Shutdown, in this order, from one thread.
class App {
 public:
  explicit App(Config config);
  // Shuts down.
  ~App();
  App(const App&) = delete;
  App& operator=(const App&) = delete;

  void Wire();
  // Waits for the database, then serves. Errors: those of Pool::WaitUntilReachable and
  // HttpServer::Start.
  absl::Status Start();
  // Blocks for at most about 10 s. May be called twice.
  void Shutdown();

  int port() const { return server_->port(); }

 private:
  const Config config_;
  metrics::Monitor monitor_;
  std::unique_ptr<postgres::Pool> pool_;
  std::unique_ptr<Api> api_;
  std::unique_ptr<PeriodicWorker> cleaner_;
  std::unique_ptr<HttpServer> server_;
  bool started_ = false;
};

}  // namespace waybill::payment_sandbox
