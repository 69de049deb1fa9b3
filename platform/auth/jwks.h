// Jwks is a set of public keys that tokens are verified with, read from a JWKS file (RFC 7517).
#pragma once

#include <openssl/evp.h>

#include <array>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "platform/types/enum_names.h"

namespace waybill::auth {

// The signature algorithms that are taken (RFC 7518 section 3.1, RFC 8037 section 3.1). None of them
// is symmetric, so no public key can be taken for a shared secret.
enum class Algorithm { kRs256, kEs256, kEdDsa };
constexpr auto EnumNames(Algorithm) {
  return std::to_array<EnumName<Algorithm>>(
      {{Algorithm::kRs256, "RS256"}, {Algorithm::kEs256, "ES256"}, {Algorithm::kEdDsa, "EdDSA"}});
}

// A key has one algorithm, whatever a token's header says.
struct PublicKey {
  Algorithm algorithm;
  std::shared_ptr<EVP_PKEY> key;
};

// Immutable, so thread-safe.
class Jwks {
 public:
  // Keys for another use than signatures ("use": "enc") are left out; so are those of an algorithm
  // that isn't taken.
  // kInvalidArgument: not a JWKS; a key without `kid`, two with the same; a key that isn't
  // well-formed, is private or symmetric; an RSA key of fewer than 2048 bits or more than 8192; no
  // key that can be used; over 100 keys. The message says which key.
  static absl::StatusOr<Jwks> Parse(std::string_view json);

  // nullptr when there is none.
  const PublicKey* Find(std::string_view kid) const;
  std::size_t size() const { return keys_.size(); }

 private:
  std::map<std::string, PublicKey, std::less<>> keys_;
};

}  // namespace waybill::auth
