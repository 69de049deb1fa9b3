// Page tokens: where a listing goes on, opaque to clients (AIP-158).
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace waybill::order_svc {

inline constexpr int kMaxPageSize = 200;
inline constexpr int kDefaultPageSize = 50;

// A token for `position` (at most 100 bytes) in `listing` ("orders") as `user` sees it: base64url
// of a version byte, a checksum over all three, and the position. The checksum keeps a token from
// being used for another user or listing by mistake, or edited; it is no secret, and no right comes
// with a token: the listing itself shows a user only what is theirs.
std::string MakePageToken(std::string_view listing, std::string_view user,
                          std::string_view position);

// The position. kInvalidArgument: any string that MakePageToken didn't make for this listing and
// user.
absl::StatusOr<std::string> ReadPageToken(std::string_view token, std::string_view listing,
                                          std::string_view user);

}  // namespace waybill::order_svc
