// API keys in the services' databases, of which each has all keys.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "tools/orderctl/session.h"

namespace waybill::orderctl {

// A key as it is stored; its secret is nowhere.
struct ApiKeyRow {
  std::string prefix = {};
  std::string user;
  std::vector<std::string> roles;
  // Empty: all that the roles may call.
  std::vector<std::string> methods;
  absl::Time created_at = {};
  std::optional<absl::Time> expires_at = {};
  std::optional<absl::Time> revoked_at = {};
  std::optional<absl::Time> last_used_at = {};
  // The services whose databases have it, and those of them in which it is revoked.
  std::vector<std::string> services = {};
  std::vector<std::string> revoked_in = {};
};

// All of these block for at most 10 s for each database, and have the errors of RunTransaction, which name
// the service. Those that write go on with the next database after an error; what they do may be repeated.

// By prefix. Where databases differ, the first that has the key counts, but a revocation or a later use in any
// of them counts too.
absl::StatusOr<std::map<std::string, ApiKeyRow>> ReadApiKeys(const Databases& databases);
// `digest` is the secret's SHA-256; the lists of services and all times but expires_at are ignored.
absl::Status InsertApiKey(const Databases& databases, const ApiKeyRow& key,
                          const std::string& digest);
// Sets the key's end to `at`, unless it ends earlier already.
absl::Status ExpireApiKey(const Databases& databases, const std::string& prefix, absl::Time at);
absl::Status RevokeApiKey(const Databases& databases, const std::string& prefix);

}  // namespace waybill::orderctl
