// Monitor holds everything through which a process reports its metrics and readiness.
//
//   monitor.endpoint.Start();             // before anything that may take long
//   ... connect, consume ...
//   monitor.poller.Start();
//   monitor.readiness.MarkStarted();
//   ... serve ...
//   monitor.readiness.MarkShuttingDown(); // before anything is stopped
//   monitor.poller.Stop();                // before what it polls is stopped
//   ... stop ...
//   monitor.endpoint.Stop();
#pragma once

#include "platform/metrics/endpoint.h"
#include "platform/metrics/poller.h"

namespace waybill::metrics {

// Owned by the App, as the first of its parts: all others may hold instruments.
struct Monitor {
  explicit Monitor(const MetricsConfig& config)
      : poller(registry, config.poll_every), endpoint(config, registry, readiness) {}

  Registry registry;
  Readiness readiness;
  Poller poller;
  Endpoint endpoint;
};

}  // namespace waybill::metrics
