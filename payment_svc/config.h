// Config holds the settings of payment_svc.
#pragma once

#include "payment_svc/application/drive_payments.h"
#include "payment_svc/gateway/stripe_options.h"
#include "platform/service/host_config.h"

namespace waybill::payment_svc {

struct Config : service::HostConfig {
  StripeOptions provider = {};
  DriveOptions drive = {};
};

// Sections: those of HostConfig, and [provider] with url, api_key_file (or PAYMENT_PROVIDER_API_KEY
// in the environment), call_timeout, max_in_flight, search_lag and search_complete_after.
Config ReadConfig(ConfigReader& reader);

}  // namespace waybill::payment_svc
