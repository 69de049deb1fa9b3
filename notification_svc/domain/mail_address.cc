#include "notification_svc/domain/mail_address.h"

#include <algorithm>
#include <functional>

namespace waybill::notification_svc {
namespace {

constexpr std::size_t kMaxSize = 254;
constexpr std::size_t kMaxLocalSize = 64;
constexpr std::size_t kMaxLabelSize = 63;

bool IsAlnum(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// atext of RFC 5322 section 3.2.3.
bool IsAtext(char c) {
  constexpr std::string_view kOthers = "!#$%&'*+-/=?^_`{|}~";
  return IsAlnum(c) || kOthers.find(c) != std::string_view::npos;
}

bool IsLabel(std::string_view label) {
  return label.size() <= kMaxLabelSize && label.front() != '-' && label.back() != '-' &&
         std::ranges::all_of(label, [](char c) { return IsAlnum(c) || c == '-'; });
}

// One or more parts with dots between them, none of them empty.
bool IsDotted(std::string_view text, const std::function<bool(std::string_view)>& is_part) {
  while (true) {
    const std::size_t dot = text.find('.');
    const std::string_view part = text.substr(0, dot);
    if (part.empty() || !is_part(part)) return false;
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
  }
}

bool IsLocalPart(std::string_view local) {
  return local.size() <= kMaxLocalSize &&
         IsDotted(local, [](std::string_view atom) { return std::ranges::all_of(atom, IsAtext); });
}

}  // namespace

absl::StatusOr<MailAddress> MailAddress::Parse(std::string_view text) {
  const std::size_t at = text.rfind('@');
  if (text.size() > kMaxSize || at == std::string_view::npos || !IsLocalPart(text.substr(0, at)) ||
      !IsDotted(text.substr(at + 1), IsLabel)) {
    return absl::InvalidArgumentError("not a mail address of the form local-part@domain");
  }
  return MailAddress(std::string(text));
}

}  // namespace waybill::notification_svc
