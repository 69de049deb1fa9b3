// Paging (AIP-158): page sizes, and tokens that say where a listing goes on, opaque to clients.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "platform/grpc/field_checks.h"

namespace waybill::grpc {

// What a token is good for. All parts must be the same when it comes back.
struct Listing {
  // "orders".
  std::string_view name;
  // Who lists, and the listing's filter.
  std::string_view user;
  std::string_view filter = "";
};

// From the request's field page_size: 50 for 0; at most 200.
int ReadPageSize(int page_size, FieldChecks& checks);

// A token for `position` (at most 100 bytes) in the listing: base64url of a version byte, a
// checksum over all of it, and the position. The checksum keeps a token from being used for another
// listing by mistake, or edited; it is no secret, and no right comes with a token: the listing
// itself shows a user only what is theirs.
std::string MakePageToken(const Listing& listing, std::string_view position);

// The position. kInvalidArgument: any string that MakePageToken didn't make for this listing.
absl::StatusOr<std::string> ReadPosition(std::string_view token, const Listing& listing);

// From the request's field page_token: nothing for "", which is the first page.
template <typename Position>
std::optional<Position> ReadPageToken(std::string_view token, const Listing& listing,
                                      absl::StatusOr<Position> (*parse)(std::string_view),
                                      FieldChecks& checks) {
  if (token.empty()) return std::nullopt;
  const absl::StatusOr<std::string> text = ReadPosition(token, listing);
  if (text.ok()) {
    absl::StatusOr<Position> position = parse(*text);
    if (position.ok()) return *std::move(position);
  }
  checks.Add("page_token", "is not a page token of this listing");
  return std::nullopt;
}

}  // namespace waybill::grpc
