// Config holds the settings of inventory_svc.
#pragma once

#include "platform/service/host_config.h"

namespace waybill::inventory_svc {

struct Config : service::HostConfig {};

// Sections: those of HostConfig.
Config ReadConfig(ConfigReader& reader);

}  // namespace waybill::inventory_svc
