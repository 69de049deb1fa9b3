#include "platform/auth/api_key.h"

#include <openssl/crypto.h>

#include <utility>

#include "absl/strings/escaping.h"
#include "platform/auth/base64url.h"
#include "platform/types/error.h"
#include "platform/types/random.h"
#include "platform/types/sha256.h"
#include "platform/types/strings.h"

namespace waybill::auth {
namespace {

constexpr std::string_view kMark = "wbk_";
constexpr std::size_t kSecretBytes = 32;
constexpr std::size_t kSecretSize = 43;
constexpr std::size_t kSize = kMark.size() + kApiKeyPrefixSize + 1 + kSecretSize;

absl::Status Refused(std::string_view reason, std::string_view message) {
  return MakeError(absl::StatusCode::kUnauthenticated, reason, message);
}

// How long this takes tells nothing about where the two differ.
bool AreEqual(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace

NewApiKey MakeApiKey() {
  const std::string prefix = absl::BytesToHexString(RandomBytes(kApiKeyPrefixSize / 2));
  const std::string secret = ToBase64Url(RandomBytes(kSecretBytes));
  return {.prefix = prefix, .digest = Sha256(secret), .text = StrCat(kMark, prefix, "_", secret)};
}

bool IsApiKey(std::string_view token) { return token.starts_with(kMark); }

std::string_view PrefixOf(std::string_view token) {
  return token.substr(kMark.size(), kApiKeyPrefixSize);
}

ApiKeys::ApiKeys(std::vector<ApiKeyRecord> records) {
  for (ApiKeyRecord& record : records) {
    std::string prefix = record.prefix;
    records_.insert_or_assign(std::move(prefix), std::move(record));
  }
}

absl::StatusOr<Principal> ApiKeys::Identify(std::string_view token, absl::Time now) const {
  const auto invalid = [] { return Refused("KEY_INVALID", "the API key is not known here"); };
  if (!IsApiKey(token) || token.size() != kSize) return invalid();
  const auto found = records_.find(PrefixOf(token));
  if (found == records_.end()) return invalid();
  const ApiKeyRecord& record = found->second;
  const std::string_view secret = token.substr(kSize - kSecretSize);
  if (!AreEqual(Sha256(secret), record.digest)) return invalid();
  if (record.is_revoked) return Refused("KEY_REVOKED", "the API key was revoked");
  if (now >= record.expires_at) return Refused("KEY_EXPIRED", "the API key has expired");
  return Principal{.user = record.user,
                   .roles = record.roles,
                   .credential = StrCat("key ", record.prefix),
                   .methods = record.methods};
}

}  // namespace waybill::auth
