// Endpoint is the HTTP endpoint that serves a process's metrics and probes.
//
//   GET /metrics   all instruments, in Prometheus's text format
//   GET /livez     200 "ok": the process answers
//   GET /readyz    200 "ok", or 503 with one "name: reason" per line
//
// Over TLS if [metrics.tls] says so; with its client_ca, to clients with a certificate only.
#pragma once

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "platform/metrics/config.h"
#include "platform/metrics/readiness.h"
#include "platform/metrics/registry.h"

namespace waybill::metrics {

// Owned by the App; borrows registry and readiness. Start and Stop from one thread. Serves from a
// thread of its own, one request per connection, and never delays the rest of the process. Who
// connects and says nothing, or reads nothing, delays nobody's answer (HttpServer).
class Endpoint {
 public:
  // Adds the gauge waybill_ready, which reports /readyz's answer at each scrape.
  Endpoint(MetricsConfig config, Registry& registry, const Readiness& readiness);
  // Stops.
  ~Endpoint();
  Endpoint(const Endpoint&) = delete;
  Endpoint& operator=(const Endpoint&) = delete;

  // Binds and serves; does nothing when config.listen is empty. kInvalidArgument: that is not
  // "host:port". kUnavailable: the address is taken. Errors of CertificateFiles::Start.
  absl::Status Start();
  // The port listened on; 0 when none is.
  int port() const;
  // Drops the connections. May be called twice.
  void Stop();

 private:
  class Impl;
  const std::unique_ptr<Impl> impl_;
};

}  // namespace waybill::metrics
