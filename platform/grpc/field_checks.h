// Turns a request's fields into typed values, and records everything that is wrong with them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "platform/types/error.h"
#include "platform/types/ids.h"
#include "platform/types/names.h"
#include "platform/types/strings.h"

namespace waybill::grpc {

//   FieldChecks checks;
//   command.request_id = checks.AsId<RequestId>("request_id", request.request_id());
//   command.email = checks.As<EmailAddress>("email", request.email());
//   RETURN_IF_ERROR(checks.Finish());
//
// Each method returns the value, or a default after recording a violation. Not thread-safe.
class FieldChecks {
 public:
  // A text with a rule (platform/types/names.h).
  template <typename T>
  T As(std::string_view field, std::string_view value) {
    absl::StatusOr<T> parsed = T::Parse(value);
    if (parsed.ok()) return *std::move(parsed);
    Add(field, parsed.status());
    return T();
  }
  // A UUID other than the nil one.
  template <typename Id>
  Id AsId(std::string_view field, std::string_view value) {
    return Id(AsUuid(field, value));
  }
  // 1 to `max_size` characters of [A-Za-z0-9._-].
  std::string AsName(std::string_view field, std::string_view value, std::size_t max_size);
  // 1 to `max_size` characters (code points) of UTF-8, none a control character: text for people.
  std::string AsText(std::string_view field, std::string_view value, std::size_t max_size);
  // Within [min, max].
  std::int64_t AsInt(std::string_view field, std::int64_t value, std::int64_t min,
                     std::int64_t max);

  void Add(std::string_view field, std::string_view description);
  // Records the message of an error; nothing when `status` is OK.
  void Add(std::string_view field, const absl::Status& status);
  // OK, or InvalidFields of all that was found.
  absl::Status Finish() const;

 private:
  Uuid AsUuid(std::string_view field, std::string_view value);

  std::vector<FieldViolation> violations_;
};

}  // namespace waybill::grpc
