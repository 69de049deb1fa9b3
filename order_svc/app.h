// order_svc, put together.
#pragma once

#include <memory>

#include "absl/status/status.h"
#include "order_svc/config.h"

namespace waybill::order_svc {

// Lifecycle: Wire, Start, Shutdown, each once, from one thread.
class App {
 public:
  // Builds every part and connects none.
  static std::unique_ptr<App> Wire(Config config);
  // Shuts down.
  ~App();

  // Waits for the database, then consumes and serves. Blocks for at most postgres.start_timeout and
  // a little. Errors: Pool::WaitUntilReachable's, ConsumerEngine::Start's, Endpoint::Start's,
  // Server::Start's.
  absl::Status Start();
  // The port served on, after Start.
  int port() const;
  // The port of the HTTP endpoint for metrics and health, after Start; 0 when there is none.
  int metrics_port() const;
  // Ends watches, lets running calls end for a few seconds, then stops consuming. Blocks. May be
  // called twice.
  void Shutdown();

 private:
  struct Parts;
  explicit App(std::unique_ptr<Parts> parts);

  std::unique_ptr<Parts> parts_;
};

}  // namespace waybill::order_svc
