#include "order_svc/transport/page_token.h"

#include "absl/strings/escaping.h"
#include "platform/request_keys/request_key.h"
#include "platform/types/strings.h"

namespace waybill::order_svc {
namespace {

constexpr char kVersion = 1;
constexpr std::size_t kChecksumBytes = 12;
constexpr std::size_t kMaxTokenSize = 200;

std::string Checksum(std::string_view listing, std::string_view user, std::string_view position) {
  return request_keys::Fingerprint("page_token", {std::string(1, kVersion), std::string(listing),
                                                  std::string(user), std::string(position)})
      .substr(0, kChecksumBytes);
}

}  // namespace

std::string MakePageToken(std::string_view listing, std::string_view user,
                          std::string_view position) {
  std::string token(1, kVersion);
  token += Checksum(listing, user, position);
  token += position;
  return absl::WebSafeBase64Escape(token);
}

absl::StatusOr<std::string> ReadPageToken(std::string_view token, std::string_view listing,
                                          std::string_view user) {
  const absl::Status invalid = absl::InvalidArgumentError("not a page token of this listing");
  std::string bytes;
  if (token.size() > kMaxTokenSize || !absl::WebSafeBase64Unescape(ToAbsl(token), &bytes))
    return invalid;
  if (bytes.size() <= 1 + kChecksumBytes || bytes[0] != kVersion) return invalid;
  std::string position = bytes.substr(1 + kChecksumBytes);
  // Comparing the whole token refuses other spellings of the same bytes too.
  if (MakePageToken(listing, user, position) != token) return invalid;
  return position;
}

}  // namespace waybill::order_svc
