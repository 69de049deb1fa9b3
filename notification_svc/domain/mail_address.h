// Mail addresses that are safe to put into a header and into an SMTP command.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace waybill::notification_svc {

// A mailbox in its everyday form (RFC 5321 section 4.1.2: dot-string @ domain), ASCII, at most 254
// bytes. There is no other way to have one than to pass the check, so no value holds a line break,
// a space or an angle bracket.
class MailAddress {
 public:
  // kInvalidArgument, without the text in the message: addresses don't belong in logs.
  static absl::StatusOr<MailAddress> Parse(std::string_view text);

  const std::string& text() const { return text_; }
  // What stands behind the '@'.
  std::string domain() const { return text_.substr(text_.rfind('@') + 1); }

  friend bool operator==(const MailAddress&, const MailAddress&) = default;

 private:
  explicit MailAddress(std::string text) : text_(std::move(text)) {}

  std::string text_;
};

}  // namespace waybill::notification_svc
