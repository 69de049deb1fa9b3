#include "tests/support/token_maker.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace waybill::test {
namespace {

constexpr int kHalf = 32;

std::string NumberOf(EVP_PKEY* key, const char* name) {
  BIGNUM* number = nullptr;
  EVP_PKEY_get_bn_param(key, name, &number);
  std::string bytes(static_cast<std::size_t>(BN_num_bytes(number)), '\0');
  BN_bn2bin(number, reinterpret_cast<unsigned char*>(bytes.data()));
  BN_free(number);
  return bytes;
}

// A coordinate has 32 bytes, leading zeros included.
std::string CoordinateOf(EVP_PKEY* key, const char* name) {
  const std::string bytes = NumberOf(key, name);
  return std::string(kHalf - bytes.size(), '\0') + bytes;
}

// ES256 in a JWT is r and s, 32 bytes each.
std::string FromDer(const std::string& der) {
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  ECDSA_SIG* pair = d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size()));
  std::string raw(2 * kHalf, '\0');
  auto* out = reinterpret_cast<unsigned char*>(raw.data());
  BN_bn2binpad(ECDSA_SIG_get0_r(pair), out, kHalf);
  BN_bn2binpad(ECDSA_SIG_get0_s(pair), out + kHalf, kHalf);
  ECDSA_SIG_free(pair);
  return raw;
}

}  // namespace

std::string JwtHeader(std::string_view alg, std::string_view kid) {
  return absl::StrCat(R"({"typ":"JWT","alg":")", std::string(alg), R"(","kid":")", std::string(kid),
                      "\"}");
}

std::string Base64Url(std::string_view bytes) {
  std::string text = absl::WebSafeBase64Escape(std::string(bytes));
  text.erase(text.find_last_not_of('=') + 1);
  return text;
}

TokenMaker::TokenMaker(std::string algorithm, std::string kid)
    : algorithm_(std::move(algorithm)), kid_(std::move(kid)) {
  EVP_PKEY* key = algorithm_ == "RS256"   ? EVP_RSA_gen(2048)
                  : algorithm_ == "ES256" ? EVP_EC_gen("P-256")
                                          : EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
  key_ = std::shared_ptr<EVP_PKEY>(key, EVP_PKEY_free);
}

std::string TokenMaker::Jwk() const {
  const auto member = [](const char* name, const std::string& bytes) {
    return absl::StrCat(",\"", name, "\":\"", Base64Url(bytes), "\"");
  };
  const std::string head =
      absl::StrCat(R"({"use":"sig","kid":")", kid_, R"(","alg":")", algorithm_, "\"");
  if (algorithm_ == "RS256") {
    return absl::StrCat(head, R"(,"kty":"RSA")",
                        member("n", NumberOf(key_.get(), OSSL_PKEY_PARAM_RSA_N)),
                        member("e", NumberOf(key_.get(), OSSL_PKEY_PARAM_RSA_E)), "}");
  }
  if (algorithm_ == "ES256") {
    return absl::StrCat(head, R"(,"kty":"EC","crv":"P-256")",
                        member("x", CoordinateOf(key_.get(), OSSL_PKEY_PARAM_EC_PUB_X)),
                        member("y", CoordinateOf(key_.get(), OSSL_PKEY_PARAM_EC_PUB_Y)), "}");
  }
  std::string x(kHalf, '\0');
  std::size_t size = x.size();
  EVP_PKEY_get_raw_public_key(key_.get(), reinterpret_cast<unsigned char*>(x.data()), &size);
  return absl::StrCat(head, R"(,"kty":"OKP","crv":"Ed25519")", member("x", x), "}");
}

std::string TokenMaker::PublicPem() const {
  BIO* bio = BIO_new(BIO_s_mem());
  PEM_write_bio_PUBKEY(bio, key_.get());
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  std::string pem(data, static_cast<std::size_t>(size));
  BIO_free_all(bio);
  return pem;
}

std::string TokenMaker::Sign(const std::string& header, const std::string& claims) const {
  const std::string text = absl::StrCat(Base64Url(header), ".", Base64Url(claims));
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  const EVP_MD* digest = algorithm_ == "EdDSA" ? nullptr : EVP_sha256();
  EVP_DigestSignInit(context, nullptr, digest, nullptr, key_.get());
  std::string signature(1024, '\0');
  std::size_t size = signature.size();
  EVP_DigestSign(context, reinterpret_cast<unsigned char*>(signature.data()), &size,
                 reinterpret_cast<const unsigned char*>(text.data()), text.size());
  EVP_MD_CTX_free(context);
  signature.resize(size);
  return absl::StrCat(text, ".", Base64Url(algorithm_ == "ES256" ? FromDer(signature) : signature));
}

std::string TokenMaker::Sign(const std::string& claims) const {
  return Sign(JwtHeader(algorithm_, kid_), claims);
}

std::string KeySet(std::initializer_list<std::string> jwks) {
  return absl::StrCat("{\"keys\":[", absl::StrJoin(jwks, ","), "]}");
}

std::string SignWithSecret(std::string_view secret, const std::string& header,
                           const std::string& claims) {
  const std::string text = absl::StrCat(Base64Url(header), ".", Base64Url(claims));
  std::string signature(EVP_MAX_MD_SIZE, '\0');
  unsigned size = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(),
       reinterpret_cast<unsigned char*>(signature.data()), &size);
  signature.resize(size);
  return absl::StrCat(text, ".", Base64Url(signature));
}

}  // namespace waybill::test
