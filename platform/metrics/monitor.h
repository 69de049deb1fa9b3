// Everything by which a process shows how it is, as its App owns it.
//
//   monitor.endpoint.Start();             // before anything that may take long
//   ... connect, consume ...
//   monitor.poller.Start();
//   monitor.readiness.MarkStarted();
//   ... serve ...
//   monitor.readiness.MarkShuttingDown(); // before anything is stopped
//   monitor.poller.Stop();                // before what it asks is stopped
//   ... stop ...
//   monitor.endpoint.Stop();
#pragma once

#include "platform/metrics/endpoint.h"
#include "platform/metrics/poller.h"

namespace waybill::metrics {

// First among an App's parts: all others may hold instruments.
struct Monitor {
  explicit Monitor(const MetricsConfig& config)
      : poller(registry, config.poll_every), endpoint(config, registry, readiness) {}

  Registry registry;
  Readiness readiness;
  Poller poller;
  Endpoint endpoint;
};

}  // namespace waybill::metrics
