// Reads the mails that the mail sink has received.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tests/e2e/system.h"

namespace waybill::e2e {

struct Mail {
  // The headers, unfolded but not decoded, by name in lower case. The sink adds x-envelope-from and
  // x-envelope-to.
  std::map<std::string, std::string> headers;
  // Everything after the headers, with "\n" line ends; quoted-printable and base64 parts are not
  // decoded.
  std::string body;
};

// Returns all mails, oldest first.
std::vector<Mail> AllMails(const System& system);
// Returns the mails about one order.
std::vector<Mail> MailsOf(const System& system, const std::string& order_id);

}  // namespace waybill::e2e
