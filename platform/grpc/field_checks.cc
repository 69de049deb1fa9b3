#include "platform/grpc/field_checks.h"

#include "platform/types/strings.h"
#include "platform/types/utf8.h"

namespace waybill::grpc {

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
  absl::StatusOr<std::string> name = ParseName(value, max_size);
  if (name.ok()) return *std::move(name);
  Add(field, ToStd(name.status().message()));
  return {};
}

std::string FieldChecks::AsText(std::string_view field, std::string_view value,
                                std::size_t max_size) {
  if (value.empty()) {
    Add(field, "is required");
  } else if (CountCharacters(value) > max_size) {
    Add(field, StrCat("is longer than ", max_size, " characters"));
  } else if (HasControl(value)) {
    Add(field, "has a control character (line breaks are control characters)");
  } else {
    return std::string(value);
  }
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

void FieldChecks::Add(std::string_view field, const absl::Status& status) {
  if (!status.ok()) Add(field, ToStd(status.message()));
}

absl::Status FieldChecks::Finish() const {
  return violations_.empty() ? absl::OkStatus() : InvalidFields(violations_);
}

}  // namespace waybill::grpc
