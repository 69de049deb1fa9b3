// Config holds the settings of notification_svc.
#pragma once

#include "notification_svc/gateway/smtp_options.h"
#include "platform/service/host_config.h"

namespace waybill::notification_svc {

struct Config : service::HostConfig {
  // The password comes from the file that smtp.password_file names, or WAYBILL_SMTP_PASSWORD.
  SmtpOptions smtp = {};
  // Address, subject, text and error of a mail are blanked this long after it was sent, or refused for
  // good; 0: never.
  absl::Duration mail_text_retention = absl::Hours(24 * 90);
};

// Sections: those of HostConfig, [smtp], and retention.mail_text.
Config ReadConfig(ConfigReader& reader);

}  // namespace waybill::notification_svc
