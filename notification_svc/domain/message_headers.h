// Builds the header section of a mail (RFC 5322) so that no value in it can begin a header of its
// own.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "platform/types/ids.h"
#include "platform/types/names.h"

namespace waybill::notification_svc {

struct MessageHeaders {
  EmailAddress from;
  EmailAddress to;
  std::string subject;
  // When the mail was written, not when it is sent: a second copy is the same in every byte of its
  // headers.
  absl::Time date;
  EventId mail_id;
  OrderId order;
  std::string traceparent;
};

// One line per header, without line end: Date, From, To, Subject, Message-ID, X-Waybill-Order-Id,
// X-Waybill-Traceparent.
//
// The Message-ID, "<mail id@domain of from>", is the same for every copy of a mail, so that a
// receiver can drop a duplicate.
//
// kInvalidArgument: a control character in a value, or a recipient that is no address. The table's
// addresses were checked when they came in; this is the last place before they meet a header and an
// SMTP command.
absl::StatusOr<std::vector<std::string>> HeaderLines(const MessageHeaders& headers);

// Returns an unstructured header field, "Subject: text", without line end. Short ASCII text stays
// as it is; other text becomes encoded words of UTF-8, folded with CRLF and a space, none of which
// splits a character. No line is longer than 76 characters, including the field's name (RFC 2047
// section 2). kInvalidArgument: the text has a control character.
absl::StatusOr<std::string> UnstructuredField(std::string_view name, std::string_view text);

}  // namespace waybill::notification_svc
