// SmtpOptions say how mails are sent over SMTP.
#pragma once

#include <string>

#include "absl/time/time.h"
#include "platform/types/names.h"

namespace waybill::notification_svc {

struct SmtpOptions {
  // "smtp://host:port", or "smtps://host:port" for TLS from the first byte.
  std::string url;
  // The envelope's and the header's sender.
  EmailAddress from;
  // For one mail, connecting included.
  absl::Duration timeout = absl::Seconds(10);
  // Connections at most, which are kept and reused.
  int max_in_flight = 32;
  // Refuse a server that doesn't offer STARTTLS.
  bool starttls = false;
  // Log in when not empty.
  std::string username = {};
  std::string password = {};
};

}  // namespace waybill::notification_svc
