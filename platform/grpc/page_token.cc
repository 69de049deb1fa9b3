#include "platform/grpc/page_token.h"

#include <vector>

#include "absl/strings/escaping.h"
#include "platform/request_keys/request_key.h"
#include "platform/types/strings.h"

namespace waybill::grpc {
namespace {

constexpr int kMaxPageSize = 200;
constexpr int kDefaultPageSize = 50;
constexpr char kVersion = 1;
constexpr std::size_t kChecksumBytes = 12;
constexpr std::size_t kMaxTokenSize = 200;

std::string Checksum(const Listing& listing, std::string_view position) {
  std::vector<std::string> parts = {std::string(1, kVersion), std::string(listing.name),
                                    std::string(listing.user), std::string(position)};
  // Tokens of listings without a filter stay what they were before there were filters.
  if (!listing.filter.empty()) parts.emplace_back(listing.filter);
  return request_keys::Fingerprint("page_token", parts).substr(0, kChecksumBytes);
}

}  // namespace

int ReadPageSize(int page_size, FieldChecks& checks) {
  const auto size = static_cast<int>(checks.AsInt("page_size", page_size, 0, kMaxPageSize));
  return size == 0 ? kDefaultPageSize : size;
}

std::string MakePageToken(const Listing& listing, std::string_view position) {
  std::string token(1, kVersion);
  token += Checksum(listing, position);
  token += position;
  return absl::WebSafeBase64Escape(token);
}

absl::StatusOr<std::string> ReadPosition(std::string_view token, const Listing& listing) {
  const absl::Status invalid = absl::InvalidArgumentError("not a page token of this listing");
  std::string bytes;
  if (token.size() > kMaxTokenSize || !absl::WebSafeBase64Unescape(ToAbsl(token), &bytes)) {
    return invalid;
  }
  if (bytes.size() <= 1 + kChecksumBytes || bytes[0] != kVersion) return invalid;
  std::string position = bytes.substr(1 + kChecksumBytes);
  // Comparing the whole token refuses other spellings of the same bytes too.
  if (MakePageToken(listing, position) != token) return invalid;
  return position;
}

}  // namespace waybill::grpc
