// Config holds the settings of inventory_svc.
#pragma once

#include "absl/time/time.h"
#include "platform/request_keys/key_retirement.h"
#include "platform/service/host_config.h"

namespace waybill::inventory_svc {

struct Config : service::HostConfig {
  // How long a repeated request is answered; 0: for ever.
  absl::Duration request_key_retention = request_keys::kRetention;
};

// Sections: those of HostConfig, and retention.request_keys.
Config ReadConfig(ConfigReader& reader);

}  // namespace waybill::inventory_svc
