// Authenticator says who makes a call, from the credentials that the call brings along.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "platform/auth/api_key.h"
#include "platform/auth/config.h"
#include "platform/auth/credentials.h"
#include "platform/auth/jwks.h"
#include "platform/auth/jwt.h"
#include "platform/auth/principal.h"
#include "platform/executor/reloader.h"

namespace waybill::auth {

// Thread-safe. Of several credentials a call is known by the strongest: a bearer token (an API key is one),
// then a client certificate, then metadata. One that is wrong is an error; the next is not tried.
class Authenticator {
 public:
  // `api_keys` knows API keys, where the configuration takes them. Borrowed.
  explicit Authenticator(AuthConfig config, ApiKeyChecker* api_keys = nullptr);
  // Stops.
  ~Authenticator();

  // Reads the key set, and from then on again within a second after its file has changed; a new file
  // that is wrong is logged, and the keys before it stay. kInvalidArgument: the file can't be read or
  // is no key set.
  absl::Status Start();

  // Never blocks but for the verification of a token that wasn't seen before, about 0.1 ms.
  //
  // kUnauthenticated. Reasons: NO_CREDENTIALS: none of a kind that is taken here; NO_USER: the
  // metadata names no user, or not well; AMBIGUOUS_CREDENTIALS; those of VerifyJwt and of ApiKeys::Identify.
  absl::StatusOr<Principal> Identify(const Credentials& credentials) const;

 private:
  absl::Status Reload();
  absl::StatusOr<Principal> FromBearer(std::string_view authorization) const;
  absl::StatusOr<Principal> FromToken(std::string_view token) const;
  // nullopt: no certificate, or none whose name has a role.
  std::optional<Principal> FromCertificate(const Credentials& credentials) const;
  absl::StatusOr<Principal> FromMetadata(const Credentials& credentials) const;

  const AuthConfig config_;
  ApiKeyChecker* const api_keys_;
  mutable absl::Mutex mutex_;
  // Guarded by mutex_.
  std::shared_ptr<const Jwks> keys_;
  // What was verified with keys_, by the token's SHA-256.
  mutable absl::flat_hash_map<std::string, VerifiedToken> verified_;

  // Reload's alone: what keys_ were read from.
  std::string keys_text_;
  Reloader reloader_;
};

}  // namespace waybill::auth
