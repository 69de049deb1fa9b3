#include "platform/request_keys/request_key.h"

#include "platform/types/error.h"
#include "platform/types/sha256.h"
#include "platform/types/strings.h"

namespace waybill::request_keys {

std::string Fingerprint(std::string_view method, absl::Span<const std::string> parameters) {
  std::string text = StrCat(method.size(), ":", method);
  for (const std::string& parameter : parameters) {
    StrAppend(&text, parameter.size(), ":", parameter);
  }
  return Sha256(text);
}

absl::Status Reused(const RequestKey& key) {
  return MakeError(
      absl::StatusCode::kAlreadyExists, "REQUEST_ID_REUSED",
      StrCat("request_id ", key.request_id.ToString(), " was used before with other parameters"),
      {{"request_id", "was used before with other parameters"}});
}

}  // namespace waybill::request_keys
