#include "platform/auth/jwks.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>

#include <optional>
#include <utility>

#include "platform/auth/base64url.h"
#include "platform/auth/json.h"
#include "platform/types/openssl_ptr.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"
#include "platform/types/utf8.h"

namespace waybill::auth {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxKeys = 100;
constexpr int kMinRsaBits = 2048;
constexpr int kMaxRsaBits = 8192;
constexpr std::size_t kP256Bytes = 32;
constexpr std::size_t kEd25519Bytes = 32;

using Number = OpenSslPtr<BIGNUM, BN_free>;
using Builder = OpenSslPtr<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free>;
using Parameters = OpenSslPtr<OSSL_PARAM, OSSL_PARAM_free>;
using Context = OpenSslPtr<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;

const unsigned char* Bytes(const std::string& text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

absl::StatusOr<std::string> BytesOf(const json& jwk, const char* name) {
  std::optional<std::string> bytes = FromBase64Url(TextOf(jwk, name));
  if (!bytes || bytes->empty()) {
    return absl::InvalidArgumentError(StrCat("\"", name, "\" is not base64url"));
  }
  return *std::move(bytes);
}

absl::StatusOr<std::shared_ptr<EVP_PKEY>> Build(const char* type, OSSL_PARAM_BLD* builder) {
  const Parameters parameters(OSSL_PARAM_BLD_to_param(builder));
  const Context context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  if (parameters == nullptr || context == nullptr || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1) {
    return absl::InvalidArgumentError(StrCat("is not a public ", type, " key"));
  }
  std::shared_ptr<EVP_PKEY> owned(key, EVP_PKEY_free);
  const Context check(EVP_PKEY_CTX_new(key, nullptr));
  if (check == nullptr || EVP_PKEY_public_check(check.get()) != 1) {
    return absl::InvalidArgumentError(StrCat("is not a sound ", type, " key"));
  }
  return owned;
}

absl::StatusOr<std::shared_ptr<EVP_PKEY>> RsaKey(const json& jwk) {
  ASSIGN_OR_RETURN(const std::string modulus, BytesOf(jwk, "n"));
  ASSIGN_OR_RETURN(const std::string exponent, BytesOf(jwk, "e"));
  const Number n(BN_bin2bn(Bytes(modulus), static_cast<int>(modulus.size()), nullptr));
  const Number e(BN_bin2bn(Bytes(exponent), static_cast<int>(exponent.size()), nullptr));
  if (BN_num_bits(n.get()) < kMinRsaBits || BN_num_bits(n.get()) > kMaxRsaBits) {
    return absl::InvalidArgumentError(StrCat("has ", BN_num_bits(n.get()),
                                             " bits; an RSA key must have ", kMinRsaBits, " to ",
                                             kMaxRsaBits));
  }
  const Builder builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get());
  return Build("RSA", builder.get());
}

absl::StatusOr<std::shared_ptr<EVP_PKEY>> P256Key(const json& jwk) {
  ASSIGN_OR_RETURN(const std::string x, BytesOf(jwk, "x"));
  ASSIGN_OR_RETURN(const std::string y, BytesOf(jwk, "y"));
  if (x.size() != kP256Bytes || y.size() != kP256Bytes) {
    return absl::InvalidArgumentError("is not a point of P-256");
  }
  // SEC 1 section 2.3.3: an uncompressed point.
  const std::string point = StrCat("\x04", x, y);
  const Builder builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0);
  OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                   point.size());
  return Build("EC", builder.get());
}

absl::StatusOr<std::shared_ptr<EVP_PKEY>> Ed25519Key(const json& jwk) {
  ASSIGN_OR_RETURN(const std::string x, BytesOf(jwk, "x"));
  EVP_PKEY* const key =
      x.size() == kEd25519Bytes
          ? EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, Bytes(x), x.size())
          : nullptr;
  if (key == nullptr) return absl::InvalidArgumentError("is not a public key of Ed25519");
  return std::shared_ptr<EVP_PKEY>(key, EVP_PKEY_free);
}

// What makes the public key of a kind, and the one algorithm that such a key has.
struct Kind {
  const char* kty;
  // "" where the kind has no curves.
  const char* crv;
  Algorithm algorithm;
  absl::StatusOr<std::shared_ptr<EVP_PKEY>> (*make)(const json&);
};

constexpr Kind kKinds[] = {
    {"RSA", "", Algorithm::kRs256, &RsaKey},
    {"EC", "P-256", Algorithm::kEs256, &P256Key},
    {"OKP", "Ed25519", Algorithm::kEdDsa, &Ed25519Key},
};

// nullptr for a key that tokens aren't verified with.
const Kind* KindOf(const json& jwk) {
  const std::string use = TextOf(jwk, "use");
  if (!use.empty() && use != "sig") return nullptr;
  const std::string alg = TextOf(jwk, "alg");
  for (const Kind& kind : kKinds) {
    if (TextOf(jwk, "kty") == kind.kty && TextOf(jwk, "crv") == kind.crv &&
        (alg.empty() || alg == NameOf(kind.algorithm))) {
      return &kind;
    }
  }
  return nullptr;
}

absl::StatusOr<std::optional<PublicKey>> ReadKey(const json& jwk) {
  if (TextOf(jwk, "kty") == "oct" || jwk.contains("k")) {
    return absl::InvalidArgumentError("is a symmetric key: whoever verifies could sign");
  }
  if (jwk.contains("d")) {
    return absl::InvalidArgumentError("is a private key: only its public part belongs here");
  }
  const Kind* const kind = KindOf(jwk);
  if (kind == nullptr) return std::nullopt;
  ASSIGN_OR_RETURN(std::shared_ptr<EVP_PKEY> key, kind->make(jwk));
  return PublicKey{kind->algorithm, std::move(key)};
}

}  // namespace

absl::StatusOr<Jwks> Jwks::Parse(std::string_view text) {
  const json set = ParseJson(text);
  const auto keys = set.is_object() ? set.find("keys") : set.end();
  if (!set.is_object() || keys == set.end() || !keys->is_array()) {
    return absl::InvalidArgumentError("is not a JWKS: an object with an array \"keys\" (RFC 7517)");
  }
  if (keys->size() > kMaxKeys) {
    return absl::InvalidArgumentError(StrCat("has more than ", kMaxKeys, " keys"));
  }
  Jwks jwks;
  std::size_t index = 0;
  for (const json& jwk : *keys) {
    const std::string which = StrCat("keys[", index++, "] ");
    const std::string kid = jwk.is_object() ? TextOf(jwk, "kid") : "";
    if (kid.empty()) return absl::InvalidArgumentError(StrCat(which, "has no \"kid\""));
    absl::StatusOr<std::optional<PublicKey>> key = ReadKey(jwk);
    if (!key.ok()) return absl::InvalidArgumentError(StrCat(which, ToStd(key.status().message())));
    if (!key->has_value()) continue;
    if (!jwks.keys_.emplace(kid, **std::move(key)).second) {
      return absl::InvalidArgumentError(
          StrCat(which, "has the \"kid\" of another key: ", ToVisibleText(kid)));
    }
  }
  if (jwks.keys_.empty()) {
    return absl::InvalidArgumentError("has no key of RS256, ES256 or EdDSA (Ed25519)");
  }
  return jwks;
}

const PublicKey* Jwks::Find(std::string_view kid) const {
  const auto found = keys_.find(kid);
  return found == keys_.end() ? nullptr : &found->second;
}

}  // namespace waybill::auth
