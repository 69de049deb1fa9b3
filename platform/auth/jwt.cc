#include "platform/auth/jwt.h"

#include <openssl/ecdsa.h>

#include <cmath>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_split.h"
#include "platform/auth/base64url.h"
#include "platform/auth/json.h"
#include "platform/types/error.h"
#include "platform/types/openssl_ptr.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"

namespace waybill::auth {
namespace {

using nlohmann::json;

// Seconds since 1970 up to the year 9999; more isn't a time.
constexpr double kMaxSeconds = 253'402'300'799.0;
// ES256's signature is r and s of 32 bytes each (RFC 7518 section 3.4).
constexpr std::size_t kEs256Half = 32;

absl::Status Invalid(std::string_view what) {
  return MakeError(absl::StatusCode::kUnauthenticated, "TOKEN_INVALID", StrCat("the token ", what));
}

// The parts of a compact JWS.
struct Parts {
  json header;
  json claims;
  std::string signature;
  // What is signed: header and claims as they came.
  std::string_view signed_text;
};

std::optional<json> ObjectOf(std::string_view part) {
  const std::optional<std::string> text = FromBase64Url(part);
  if (!text) return std::nullopt;
  json object = ParseJson(*text);
  if (!object.is_object()) return std::nullopt;
  return object;
}

absl::StatusOr<Parts> Split(std::string_view token) {
  if (token.size() > kMaxTokenBytes) return Invalid("is too long");
  const std::size_t first = token.find('.');
  const std::size_t second = first == token.npos ? first : token.find('.', first + 1);
  if (second == token.npos) return Invalid("is not a JSON Web Token");
  std::optional<json> header = ObjectOf(token.substr(0, first));
  std::optional<json> claims = ObjectOf(token.substr(first + 1, second - first - 1));
  std::optional<std::string> signature = FromBase64Url(token.substr(second + 1));
  if (!header || !claims || !signature) return Invalid("is not a JSON Web Token");
  return Parts{*std::move(header), *std::move(claims), *std::move(signature),
               token.substr(0, second)};
}

// OpenSSL wants ES256's signature as DER.
std::optional<std::string> ToDer(const std::string& signature) {
  if (signature.size() != 2 * kEs256Half) return std::nullopt;
  const auto* bytes = reinterpret_cast<const unsigned char*>(signature.data());
  const OpenSslPtr<ECDSA_SIG, ECDSA_SIG_free> pair(ECDSA_SIG_new());
  BIGNUM* const r = BN_bin2bn(bytes, kEs256Half, nullptr);
  BIGNUM* const s = BN_bin2bn(bytes + kEs256Half, kEs256Half, nullptr);
  // Takes the two numbers over.
  ECDSA_SIG_set0(pair.get(), r, s);
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(pair.get(), &der);
  if (size <= 0) return std::nullopt;
  std::string text(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return text;
}

bool IsSignedBy(const PublicKey& key, std::string_view text, const std::string& raw) {
  const bool is_es256 = key.algorithm == Algorithm::kEs256;
  const std::optional<std::string> signature = is_es256 ? ToDer(raw) : raw;
  if (!signature) return false;
  const OpenSslPtr<EVP_MD_CTX, EVP_MD_CTX_free> context(EVP_MD_CTX_new());
  const EVP_MD* const digest = key.algorithm == Algorithm::kEdDsa ? nullptr : EVP_sha256();
  return EVP_DigestVerifyInit(context.get(), nullptr, digest, nullptr, key.key.get()) == 1 &&
         EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(signature->data()),
                          signature->size(), reinterpret_cast<const unsigned char*>(text.data()),
                          text.size()) == 1;
}

absl::Status CheckSignature(const Parts& parts, const Jwks& keys) {
  // An extension that must be understood (RFC 7515 section 4.1.11), and none is.
  if (parts.header.contains("crit")) return Invalid("has a critical header that is not understood");
  const PublicKey* const key = keys.Find(TextOf(parts.header, "kid"));
  if (key == nullptr) return Invalid("names no key that is known here (\"kid\")");
  if (TextOf(parts.header, "alg") != NameOf(key->algorithm)) {
    return Invalid("is signed with another algorithm than its key's");
  }
  if (!IsSignedBy(*key, parts.signed_text, parts.signature)) {
    return Invalid("is not signed by its key");
  }
  return absl::OkStatus();
}

// The claim's time; nullopt where it is missing. An error where it is no time.
absl::StatusOr<std::optional<absl::Time>> TimeOf(const json& claims, const char* name) {
  const auto found = claims.find(name);
  if (found == claims.end()) return std::nullopt;
  const double seconds = found->is_number() ? found->get<double>() : -1;
  if (!(seconds >= 0 && seconds <= kMaxSeconds)) {
    return Invalid(StrCat("has a claim \"", name, "\" that is no time"));
  }
  return absl::UnixEpoch() + absl::Seconds(seconds);
}

bool IsFor(const json& claims, const std::string& audience) {
  const auto found = claims.find("aud");
  if (found == claims.end()) return false;
  if (found->is_string()) return found->get_ref<const std::string&>() == audience;
  if (!found->is_array()) return false;
  for (const json& one : *found) {
    if (one.is_string() && one.get_ref<const std::string&>() == audience) return true;
  }
  return false;
}

// Returns when the token ends.
absl::StatusOr<absl::Time> CheckClaims(const json& claims, const JwtRules& rules, absl::Time now) {
  if (TextOf(claims, "iss") != rules.issuer) return Invalid("is of another issuer (\"iss\")");
  if (!IsFor(claims, rules.audience)) return Invalid("is for another audience (\"aud\")");
  ASSIGN_OR_RETURN(const std::optional<absl::Time> not_before, TimeOf(claims, "nbf"));
  if (not_before && now + rules.leeway < *not_before) return Invalid("is not valid yet (\"nbf\")");
  ASSIGN_OR_RETURN(const std::optional<absl::Time> expires, TimeOf(claims, "exp"));
  if (!expires) return Invalid("never ends (it has no \"exp\")");
  const absl::Time end = *expires + rules.leeway;
  if (now >= end) {
    return MakeError(absl::StatusCode::kUnauthenticated, "TOKEN_EXPIRED", "the token has expired");
  }
  return end;
}

Roles RolesOf(const json& claims, const std::string& path) {
  const json* value = &claims;
  const std::vector<std::string> names = absl::StrSplit(path, '.');
  for (const std::string& name : names) {
    const auto found = value->is_object() ? value->find(name) : value->end();
    if (!value->is_object() || found == value->end()) return {Role::kCustomer};
    value = &*found;
  }
  Roles roles;
  const auto add = [&](const json& name) {
    if (!name.is_string()) return;
    const auto role = Parse<Role>(name.get_ref<const std::string&>());
    if (role.ok()) roles.Add(*role);
  };
  if (value->is_array()) {
    for (const json& name : *value) add(name);
  } else {
    add(*value);
  }
  return roles.empty() ? Roles{Role::kCustomer} : roles;
}

}  // namespace

absl::StatusOr<VerifiedToken> VerifyJwt(std::string_view token, const Jwks& keys,
                                        const JwtRules& rules, absl::Time now) {
  ASSIGN_OR_RETURN(const Parts parts, Split(token));
  RETURN_IF_ERROR(CheckSignature(parts, keys));
  ASSIGN_OR_RETURN(const absl::Time end, CheckClaims(parts.claims, rules, now));
  absl::StatusOr<UserId> user = UserId::Parse(TextOf(parts.claims, "sub"));
  if (!user.ok()) {
    return Invalid(
        StrCat("has a claim \"sub\" that is no user id: it ", ToStd(user.status().message())));
  }
  return VerifiedToken{.principal = {.user = *std::move(user),
                                     .roles = RolesOf(parts.claims, rules.roles_claim),
                                     .credential = "jwt"},
                       .end = end};
}

}  // namespace waybill::auth
