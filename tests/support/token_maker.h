// Makes keys, key sets and signed tokens for tests, among them wrong ones.
#pragma once

#include <openssl/evp.h>

#include <memory>
#include <string>
#include <string_view>

namespace waybill::test {

// The header of a JWT with this algorithm and key, as JSON.
std::string JwtHeader(std::string_view alg, std::string_view kid);

// base64url without padding.
std::string Base64Url(std::string_view bytes);

// Signs tokens with one new key. Thread-safe.
class TokenMaker {
 public:
  // RS256, ES256 or EdDSA.
  explicit TokenMaker(std::string algorithm, std::string kid);

  // The public key as a member of a JWKS.
  std::string Jwk() const;
  // "-----BEGIN PUBLIC KEY-----…".
  std::string PublicPem() const;

  // A token with this header and these claims, as JSON.
  std::string Sign(const std::string& header, const std::string& claims) const;
  // With the header that belongs to the key.
  std::string Sign(const std::string& claims) const;

 private:
  const std::string algorithm_;
  const std::string kid_;
  std::shared_ptr<EVP_PKEY> key_;
};

// {"keys": [...]} of these members.
std::string KeySet(std::initializer_list<std::string> jwks);

// A token that an HMAC with SHA-256 signs (alg HS256), with any bytes as its secret.
std::string SignWithSecret(std::string_view secret, const std::string& header,
                           const std::string& claims);

}  // namespace waybill::test
