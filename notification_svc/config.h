// Config holds the settings of notification_svc.
#pragma once

#include "notification_svc/gateway/smtp_options.h"
#include "platform/service/host_config.h"

namespace waybill::notification_svc {

struct Config : service::HostConfig {
  // The password comes from the file that smtp.password_file names, or WAYBILL_SMTP_PASSWORD.
  SmtpOptions smtp = {};
};

// Sections: those of HostConfig, and [smtp].
Config ReadConfig(ConfigReader& reader);

}  // namespace waybill::notification_svc
