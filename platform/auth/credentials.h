// What a call brings along to prove who makes it.
#pragma once

#include <string_view>
#include <vector>

namespace waybill::auth {

// Refers to the call: valid until it is answered. "" is what is missing.
struct Credentials {
  // The metadata entries `authorization`, `x-user-id` and `x-user-role`.
  std::string_view authorization;
  std::string_view user;
  std::string_view role;
  // An entry came more than once: whoever set one of them didn't know of the other.
  bool is_ambiguous = false;
  // The names in the client's certificate, which the TLS handshake has verified: DNS names and URIs,
  // or, where there are none, the common name. Empty without a certificate.
  std::vector<std::string_view> peer_names;
};

}  // namespace waybill::auth
