// Config holds the settings of order_svc.
#pragma once

#include "absl/time/time.h"
#include "platform/executor/batcher.h"
#include "platform/service/host_config.h"

namespace waybill::order_svc {

struct Config : service::HostConfig {
  // An order that is not confirmed this long after it was placed is cancelled.
  absl::Duration order_timeout = absl::Minutes(30);
  absl::Duration timeout_check_every = absl::Seconds(1);
  BatcherOptions place_order = {};
  absl::Duration watch_poll_every = absl::Milliseconds(50);
};

// Sections: those of HostConfig, and [order].
Config ReadConfig(ConfigReader& reader);

}  // namespace waybill::order_svc
