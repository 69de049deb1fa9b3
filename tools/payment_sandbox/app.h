// The payment sandbox, put together.
#pragma once

#include "platform/metrics/monitor.h"
#include "platform/postgres/pool.h"
#include "platform/retention/retirement.h"
#include "platform/service/main.h"
#include "tools/payment_sandbox/api.h"
#include "tools/payment_sandbox/config.h"
#include "tools/payment_sandbox/http_server.h"

namespace waybill::payment_sandbox {

class App final : public service::Runnable {
 public:
  static Config ReadConfig(ConfigReader& reader) { return payment_sandbox::ReadConfig(reader); }

  explicit App(const Config& config);
  ~App() override { Shutdown(); }
  App(const App&) = delete;
  App& operator=(const App&) = delete;

  // Waits for the database, then serves. Errors: those of Endpoint::Start, Pool::WaitUntilReachable
  // and HttpServer::Start.
  absl::Status Start() override;
  // Blocks for at most about 10 s.
  void Shutdown() override;

  int port() const { return server_.port(); }

 private:
  metrics::Monitor monitor_;
  postgres::Pool pool_;
  Api api_;
  retention::Retirement retirement_;
  HttpServer server_;
  bool is_shut_down_ = false;
};

}  // namespace waybill::payment_sandbox
