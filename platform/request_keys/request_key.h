// Request ids (AIP-155) as plain values, for use cases: no database in sight.
// platform/request_keys/request_keys.h keeps them.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "platform/types/ids.h"

namespace waybill::request_keys {

struct RequestKey {
  UserId user;
  RequestId request_id;

  friend auto operator<=>(const RequestKey&, const RequestKey&) = default;
};

// A request that is about to take effect.
struct Record {
  RequestKey key;
  // Fingerprint(...) of the method and its parameters.
  std::string fingerprint;
  // What it makes or changes, as an order's id.
  std::string resource;
  // The serialised answer, or "" where it can be rebuilt from the resource.
  std::string response;
};

// SHA-256 over method and parameters, each with its length before it, so that no two lists look
// alike.
std::string Fingerprint(std::string_view method, absl::Span<const std::string> parameters);

// kAlreadyExists, reason REQUEST_ID_REUSED.
absl::Status Reused(const RequestKey& key);

}  // namespace waybill::request_keys
