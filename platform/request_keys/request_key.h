// Request ids (AIP-155) as plain values: no database in sight. request_key_store.h keeps them.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "platform/types/ids.h"
#include "platform/types/names.h"

namespace waybill::request_keys {

// What makes a request the same one again.
struct RequestKey {
  UserId user;
  RequestId request_id;

  friend auto operator<=>(const RequestKey&, const RequestKey&) = default;
};

struct Request {
  RequestKey key;
  // Fingerprint(...) of the method and its parameters.
  std::string fingerprint;
};

// What is stored of a request that has taken effect.
struct Answer {
  // What it made or changed, as an order's id.
  std::string resource;
  // The serialised response; "" where that is rebuilt from the resource.
  std::string response;

  friend bool operator==(const Answer&, const Answer&) = default;
};

// SHA-256 over method and parameters, each with its length before it, so that no two lists look
// alike.
std::string Fingerprint(std::string_view method, absl::Span<const std::string> parameters);

// kAlreadyExists, reason REQUEST_ID_REUSED.
absl::Status Reused(const RequestKey& key);

}  // namespace waybill::request_keys
