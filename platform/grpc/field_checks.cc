#include "platform/grpc/field_checks.h"

#include <algorithm>
#include <cctype>
#include <cstring>

#include "absl/strings/str_split.h"
#include "platform/types/strings.h"

namespace waybill::grpc {
namespace {

bool IsAlnum(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }

bool IsControl(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

// atext of RFC 5322 section 3.2.3.
bool IsAtext(char c) {
  return IsAlnum(c) || (c != '\0' && std::strchr("!#$%&'*+-/=?^_`{|}~", c) != nullptr);
}

bool IsDotString(std::string_view local) {
  if (local.empty() || local.size() > 64) return false;
  for (absl::string_view part : absl::StrSplit(ToAbsl(local), '.')) {
    const std::string_view atom = ToStd(part);
    if (atom.empty() || !std::ranges::all_of(atom, IsAtext)) return false;
  }
  return true;
}

bool IsDomain(std::string_view domain) {
  if (domain.empty() || domain.size() > 253) return false;
  for (absl::string_view part : absl::StrSplit(ToAbsl(domain), '.')) {
    const std::string_view label = ToStd(part);
    if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-')
      return false;
    if (!std::ranges::all_of(label, [](char c) { return IsAlnum(c) || c == '-'; })) return false;
  }
  return true;
}

}  // namespace

Uuid FieldChecks::AsUuid(std::string_view field, std::string_view value) {
  if (value.empty()) {
    Add(field, "is required: a UUID");
    return {};
  }
  const absl::StatusOr<Uuid> uuid = Uuid::Parse(value);
  if (!uuid.ok() || uuid->IsNil()) {
    Add(field, uuid.ok() ? "is the nil UUID" : "is not a UUID of the form 8-4-4-4-12");
    return {};
  }
  return *uuid;
}

std::string FieldChecks::AsName(std::string_view field, std::string_view value,
                                std::size_t max_size) {
  if (value.empty()) {
    Add(field, "is required");
  } else if (value.size() > max_size) {
    Add(field, StrCat("is longer than ", max_size, " characters"));
  } else if (!std::ranges::all_of(
                 value, [](char c) { return IsAlnum(c) || c == '.' || c == '_' || c == '-'; })) {
    Add(field, "has a character other than letters, digits, '.', '_' and '-'");
  } else {
    return std::string(value);
  }
  return {};
}

std::string FieldChecks::AsText(std::string_view field, std::string_view value,
                                std::size_t max_size) {
  if (value.empty()) {
    Add(field, "is required");
  } else if (value.size() > max_size) {
    Add(field, StrCat("is longer than ", max_size, " bytes"));
  } else if (std::ranges::any_of(value, IsControl)) {
    Add(field, "has a control character (line breaks are control characters)");
  } else {
    return std::string(value);
  }
  return {};
}

std::string FieldChecks::AsEmail(std::string_view field, std::string_view value) {
  const std::size_t at = value.rfind('@');
  if (value.empty()) {
    Add(field, "is required: a mail address");
  } else if (value.size() > 254) {
    Add(field, "is longer than 254 characters");
  } else if (at == std::string_view::npos || !IsDotString(value.substr(0, at)) ||
             !IsDomain(value.substr(at + 1))) {
    Add(field, "is not a mail address of the form local-part@domain");
  } else {
    return std::string(value);
  }
  return {};
}

std::string FieldChecks::AsCurrency(std::string_view field, std::string_view value) {
  if (value.size() == 3 &&
      std::ranges::all_of(value, [](char c) { return c >= 'A' && c <= 'Z'; })) {
    return std::string(value);
  }
  Add(field, "is not a currency code of three upper-case letters (ISO 4217)");
  return {};
}

std::int64_t FieldChecks::AsInt(std::string_view field, std::int64_t value, std::int64_t min,
                                std::int64_t max) {
  if (value >= min && value <= max) return value;
  Add(field, StrCat("is ", value, ", outside ", min, " to ", max));
  return min;
}

void FieldChecks::Add(std::string_view field, std::string_view description) {
  violations_.push_back({std::string(field), std::string(description)});
}

absl::Status FieldChecks::Finish() const {
  return violations_.empty() ? absl::OkStatus() : InvalidFields(violations_);
}

}  // namespace waybill::grpc
