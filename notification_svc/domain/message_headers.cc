#include "notification_svc/domain/message_headers.h"

#include <algorithm>

#include "absl/strings/escaping.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"

namespace waybill::notification_svc {
namespace {

// The limit for a line with an encoded word (RFC 2047 section 2); other lines may have two more.
constexpr std::size_t kMaxLine = 76;
constexpr std::string_view kWordBegin = "=?UTF-8?B?";
constexpr std::string_view kWordEnd = "?=";
constexpr std::string_view kFold = "\r\n ";

bool IsControl(unsigned char c) { return c < 0x20 || c == 0x7f; }
bool IsPlain(unsigned char c) { return c >= 0x20 && c < 0x7f; }
bool ContinuesCharacter(unsigned char c) { return (c & 0xc0) == 0x80; }

// Returns how many bytes of the text go into the next encoded word, on a line that has `used`
// characters already. Splits no character, unless the text isn't UTF-8.
std::size_t NextWordSize(std::string_view text, std::size_t used) {
  const std::size_t base64 = kMaxLine - used - kWordBegin.size() - kWordEnd.size();
  const std::size_t max = base64 / 4 * 3;
  if (text.size() <= max) return text.size();
  std::size_t size = max;
  while (size > max - 4 && ContinuesCharacter(text[size])) --size;
  return size;
}

// A stored address is in its ASCII form, the only one that SMTP accepts without SMTPUTF8.
absl::StatusOr<EmailAddress> CheckedRecipient(const EmailAddress& stored) {
  absl::StatusOr<EmailAddress> parsed = EmailAddress::Parse(stored.value());
  if (!parsed.ok()) {
    return absl::InvalidArgumentError(StrCat("the recipient ", parsed.status().message()));
  }
  if (parsed->value() != stored.value()) {
    return absl::InvalidArgumentError("the recipient's domain is not in its ASCII form");
  }
  return parsed;
}

}  // namespace

absl::StatusOr<std::string> UnstructuredField(std::string_view name, std::string_view text) {
  if (std::ranges::any_of(text, IsControl)) {
    return absl::InvalidArgumentError("a control character in a mail header");
  }
  std::string field = StrCat(name, ": ");
  if (field.size() + text.size() <= kMaxLine && std::ranges::all_of(text, IsPlain) &&
      text.find("=?") == std::string_view::npos) {
    return StrCat(field, text);
  }
  std::size_t used = field.size();
  while (!text.empty()) {
    const std::string word(text.substr(0, NextWordSize(text, used)));
    text.remove_prefix(word.size());
    StrAppend(&field, kWordBegin, absl::Base64Escape(word), kWordEnd, text.empty() ? "" : kFold);
    used = 1;
  }
  return field;
}

absl::StatusOr<std::vector<std::string>> HeaderLines(const MessageHeaders& headers) {
  ASSIGN_OR_RETURN(const EmailAddress to, CheckedRecipient(headers.to));
  ASSIGN_OR_RETURN(const std::string subject, UnstructuredField("Subject", headers.subject));
  if (!std::ranges::all_of(headers.traceparent, IsPlain)) {
    return absl::InvalidArgumentError("a traceparent that is not plain ASCII");
  }
  return std::vector<std::string>{
      StrCat("Date: ",
             absl::FormatTime("%a, %d %b %Y %H:%M:%S +0000", headers.date, absl::UTCTimeZone())),
      StrCat("From: ", headers.from.value()),
      StrCat("To: ", to.value()),
      subject,
      StrCat("Message-ID: <", headers.mail_id.ToString(), "@", DomainOf(headers.from), ">"),
      StrCat("X-Waybill-Order-Id: ", headers.order.ToString()),
      StrCat("X-Waybill-Traceparent: ", headers.traceparent),
  };
}

}  // namespace waybill::notification_svc
