// The mails that the mail sink was handed.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tests/e2e/system.h"

namespace waybill::e2e {

struct Mail {
  // Unfolded, as they stand in the mail; names in lower case. The sink adds x-envelope-from and
  // x-envelope-to.
  std::map<std::string, std::string> headers;
  // Everything after the headers, line ends as "\n", quoted-printable and base64 parts not decoded.
  std::string body;
};

// All of them, oldest first.
std::vector<Mail> AllMails(const System& system);
// Those about one order.
std::vector<Mail> MailsOf(const System& system, const std::string& order_id);

}  // namespace waybill::e2e
