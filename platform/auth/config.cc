#include "platform/auth/config.h"

#include "platform/types/strings.h"

namespace waybill::auth {
namespace {

void ReadMode(ConfigReader& reader, AuthConfig& config) {
  config.metadata = false;
  for (const std::string& mode : reader.StringList("auth.mode", {"metadata"})) {
    if (mode == "metadata") {
      config.metadata = true;
    } else if (mode == "jwt") {
      config.jwt = true;
    } else if (mode == "api_key") {
      config.api_key = true;
    } else if (mode == "mtls") {
      config.mtls = true;
    } else {
      reader.AddError("auth.mode",
                      "must be one or more of \"metadata\", \"jwt\", \"api_key\" and \"mtls\"");
    }
  }
}

void ReadJwt(ConfigReader& reader, AuthConfig& config) {
  JwtRules& rules = config.jwt_rules;
  config.jwks_file = reader.String("auth.jwt.jwks", "");
  rules.issuer = reader.String("auth.jwt.issuer", "");
  rules.audience = reader.String("auth.jwt.audience", "");
  rules.leeway =
      reader.Duration("auth.jwt.leeway", rules.leeway, {absl::ZeroDuration(), absl::Minutes(5)});
  rules.roles_claim = reader.String("auth.jwt.roles_claim", rules.roles_claim);
  if (!config.jwt) return;
  const auto require = [&](const char* key, const std::string& value, const char* what) {
    if (value.empty()) reader.AddError(key, StrCat("is missing: auth.mode \"jwt\" needs ", what));
  };
  require("auth.jwt.jwks", config.jwks_file, "the file with the issuer's public keys");
  require("auth.jwt.issuer", rules.issuer, "the claim \"iss\" of its tokens");
  require("auth.jwt.audience", rules.audience, "the claim \"aud\" of its tokens");
  require("auth.jwt.roles_claim", rules.roles_claim, "the claim with the roles");
}

}  // namespace

AuthConfig ReadAuthConfig(ConfigReader& reader, bool has_client_ca) {
  AuthConfig config;
  ReadMode(reader, config);
  ReadJwt(reader, config);
  config.certificates.services = reader.StringList("auth.mtls.services", {});
  config.certificates.operators = reader.StringList("auth.mtls.operators", {});
  config.certificates.auditors = reader.StringList("auth.mtls.auditors", {});
  config.proxies = reader.StringList("auth.metadata.proxies", {});
  if (!has_client_ca && config.mtls) {
    reader.AddError("auth.mode",
                    "\"mtls\" needs grpc.tls.client_ca, which verifies the certificates");
  }
  if (!has_client_ca && !config.proxies.empty()) {
    reader.AddError("auth.metadata.proxies",
                    "needs grpc.tls.client_ca, which verifies the proxies' certificates");
  }
  return config;
}

}  // namespace waybill::auth
