// API keys: what a program presents as its bearer token, "wbk_<prefix>_<secret>". The prefix finds the key, and
// may be shown; the secret is shown once, and only its digest is stored.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "platform/auth/principal.h"

namespace waybill::auth {

// A key just made, with 256 random bits of secret.
struct NewApiKey {
  std::string prefix;
  // SHA-256 of the secret. A slow hash would add nothing: nobody can guess 256 bits.
  std::string digest;
  // What the program presents.
  std::string text;
};
// Thread-safe. Ends the process if the operating system has no random bytes.
NewApiKey MakeApiKey();

inline constexpr std::size_t kApiKeyPrefixSize = 16;

// Whether a bearer token is meant as an API key.
bool IsApiKey(std::string_view token);

// A key as it is stored.
struct ApiKeyRecord {
  std::string prefix;
  std::string digest;
  UserId user;
  Roles roles;
  // Empty: all that the roles may call. Otherwise "OrderService" or "OrderService.GetOrder".
  std::vector<std::string> methods;
  absl::Time expires_at = absl::InfiniteFuture();
  bool is_revoked = false;
};

// Immutable, so thread-safe.
class ApiKeys {
 public:
  ApiKeys() = default;
  explicit ApiKeys(std::vector<ApiKeyRecord> records);

  // Who presents the key, at the time `now`; about 1 us.
  //
  // kUnauthenticated. Reasons: KEY_INVALID: not a key, or none that is known here; KEY_REVOKED, KEY_EXPIRED:
  // it was one. No message has a part of the secret in it.
  absl::StatusOr<Principal> Identify(std::string_view token, absl::Time now) const;

 private:
  std::map<std::string, ApiKeyRecord, std::less<>> records_;
};

// Knows whose API key one is.
class ApiKeyChecker {
 public:
  virtual ~ApiKeyChecker() = default;
  // Errors as ApiKeys::Identify. Thread-safe; doesn't block.
  virtual absl::StatusOr<Principal> Identify(std::string_view token) = 0;
};

// The prefix of a token for which IsApiKey is true; shorter if the token is cut.
std::string_view PrefixOf(std::string_view token);

}  // namespace waybill::auth
