#include "notification_svc/domain/message_headers.h"

#include <algorithm>

#include "absl/strings/escaping.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"

namespace waybill::notification_svc {
namespace {

// A line is to have 78 characters or less (RFC 5322 section 2.1.1); the longest name here takes 9.
constexpr std::size_t kMaxPlainSize = 66;
// 45 bytes are 60 in base64, and 72 with "=?UTF-8?B?" and "?=" around them.
constexpr std::size_t kMaxWordBytes = 45;

bool IsControl(unsigned char c) { return c < 0x20 || c == 0x7f; }
bool IsPlain(unsigned char c) { return c >= 0x20 && c < 0x7f; }
bool ContinuesCharacter(unsigned char c) { return (c & 0xc0) == 0x80; }

// How many bytes go into the next word: whole characters, unless the text isn't UTF-8 at all.
std::size_t NextWordSize(std::string_view text) {
  if (text.size() <= kMaxWordBytes) return text.size();
  std::size_t size = kMaxWordBytes;
  while (size > kMaxWordBytes - 4 && ContinuesCharacter(text[size])) --size;
  return size;
}

// A stored address is in its ASCII form, which is the only one that SMTP takes without SMTPUTF8.
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

absl::StatusOr<std::string> EncodeHeaderText(std::string_view text) {
  if (std::ranges::any_of(text, IsControl)) {
    return absl::InvalidArgumentError("a control character in a mail header");
  }
  if (text.size() <= kMaxPlainSize && std::ranges::all_of(text, IsPlain) &&
      text.find("=?") == std::string_view::npos) {
    return std::string(text);
  }
  std::string encoded;
  while (!text.empty()) {
    const std::string word(text.substr(0, NextWordSize(text)));
    text.remove_prefix(word.size());
    StrAppend(&encoded, encoded.empty() ? "" : "\r\n ", "=?UTF-8?B?", absl::Base64Escape(word),
              "?=");
  }
  return encoded;
}

absl::StatusOr<std::vector<std::string>> HeaderLines(const MessageHeaders& headers) {
  ASSIGN_OR_RETURN(const EmailAddress to, CheckedRecipient(headers.to));
  ASSIGN_OR_RETURN(const std::string subject, EncodeHeaderText(headers.subject));
  if (!std::ranges::all_of(headers.traceparent, IsPlain)) {
    return absl::InvalidArgumentError("a traceparent that is not plain ASCII");
  }
  return std::vector<std::string>{
      StrCat("Date: ",
             absl::FormatTime("%a, %d %b %Y %H:%M:%S +0000", headers.date, absl::UTCTimeZone())),
      StrCat("From: ", headers.from.value()),
      StrCat("To: ", to.value()),
      StrCat("Subject: ", subject),
      StrCat("Message-ID: <", headers.mail_id.ToString(), "@", DomainOf(headers.from), ">"),
      StrCat("X-Waybill-Order-Id: ", headers.order.ToString()),
      StrCat("X-Waybill-Traceparent: ", headers.traceparent),
  };
}

}  // namespace waybill::notification_svc
