// Config holds the settings of order_svc.
#pragma once

#include "absl/time/time.h"
#include "platform/executor/batcher.h"
#include "platform/request_keys/key_retirement.h"
#include "platform/service/host_config.h"

namespace waybill::order_svc {

struct Config : service::HostConfig {
  // An order that is not confirmed this long after it was placed is cancelled.
  absl::Duration order_timeout = absl::Minutes(30);
  absl::Duration timeout_check_every = absl::Seconds(1);
  BatcherOptions place_order = {};
  absl::Duration watch_poll_every = absl::Milliseconds(50);
  // How long a repeated request is answered; 0: for ever.
  absl::Duration request_key_retention = request_keys::kRetention;
  // The history of an order is deleted this long after the order's last change, once it has ended; 0:
  // never.
  absl::Duration history_retention = absl::Hours(24 * 365);
};

// Sections: those of HostConfig, [order], retention.request_keys and retention.order_history.
Config ReadConfig(ConfigReader& reader);

}  // namespace waybill::order_svc
