// Verifies a JSON Web Token (RFC 7519) that is signed by one key of a Jwks (RFC 7515, RFC 8725).
//
// OpenSSL verifies the signatures; which algorithm it verifies is the key's business and never the
// token's (docs/decisions/0051-openssl-verifies-tokens.md).
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "platform/auth/jwks.h"
#include "platform/auth/principal.h"

namespace waybill::auth {

// What a token must say.
struct JwtRules {
  // The claim `iss`, exactly.
  std::string issuer = {};
  // One of the claim `aud`.
  std::string audience = {};
  // By how much the issuer's clock may differ from ours.
  absl::Duration leeway = absl::Seconds(30);
  // Where the roles are: a string or an array of strings, at a path of names with dots between them
  // ("realm_access.roles"). Names that aren't roles of ours are ignored; a token without any has the
  // role customer.
  std::string roles_claim = "roles";
};

struct VerifiedToken {
  Principal principal;
  // From then on it is no longer good.
  absl::Time end;
};

// A token is at most this long, in bytes. Longer ones are refused unread.
inline constexpr std::size_t kMaxTokenBytes = 8 * 1024;

// Verifies the token at the time `now`. Pure, thread-safe; a signature takes about 0.1 ms.
//
// kUnauthenticated, reason TOKEN_EXPIRED: its time (`exp`) is over. TOKEN_INVALID for whatever else is
// wrong: not a token, no or an unknown key (`kid`), another algorithm than the key's, `crit`, a bad
// signature, another issuer or audience, not valid yet (`nbf`), no `exp`, a `sub` that is no user id.
// No message has a part of the token in it.
absl::StatusOr<VerifiedToken> VerifyJwt(std::string_view token, const Jwks& keys,
                                        const JwtRules& rules, absl::Time now);

}  // namespace waybill::auth
