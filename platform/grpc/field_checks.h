// Turns a request's fields into typed values, and remembers everything that is wrong with them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "platform/types/error.h"
#include "platform/types/ids.h"

namespace waybill::grpc {

//   FieldChecks checks;
//   command.request_id = RequestId(checks.AsUuid("request_id", request.request_id()));
//   command.email = checks.AsEmail("email", request.email());
//   if (absl::Status status = checks.Finish(); !status.ok()) return status;
//
// Each method returns the value, or a default after remembering a violation. Not thread-safe.
class FieldChecks {
 public:
  // A UUID other than the nil one.
  Uuid AsUuid(std::string_view field, std::string_view value);
  // 1 to `max_size` characters of [A-Za-z0-9._-]: ids.
  std::string AsName(std::string_view field, std::string_view value, std::size_t max_size);
  // 1 to `max_size` bytes of UTF-8 without control characters (so no CR or LF): text for people.
  std::string AsText(std::string_view field, std::string_view value, std::size_t max_size);
  // A mailbox as RFC 5321 section 4.1.2 writes it, in its everyday form (dot-string @ domain), at
  // most 254 bytes, ASCII.
  std::string AsEmail(std::string_view field, std::string_view value);
  // Three upper-case letters (ISO 4217).
  std::string AsCurrency(std::string_view field, std::string_view value);
  // Within [min, max].
  std::int64_t AsInt(std::string_view field, std::int64_t value, std::int64_t min,
                     std::int64_t max);

  void Add(std::string_view field, std::string_view description);
  // OK, or InvalidFields of all that was found.
  absl::Status Finish() const;

 private:
  std::vector<FieldViolation> violations_;
};

}  // namespace waybill::grpc
