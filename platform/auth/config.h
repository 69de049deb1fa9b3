// What an operator may set about who calls: the section [auth].
#pragma once

#include <string>
#include <vector>

#include "platform/auth/jwt.h"
#include "platform/config/config_reader.h"

namespace waybill::auth {

// Names in client certificates. Each has one role.
struct CertificateNames {
  std::vector<std::string> services = {};
  std::vector<std::string> operators = {};
  std::vector<std::string> auditors = {};
};

struct AuthConfig {
  // The kinds of credentials that are taken; auth.mode names them.
  //
  // metadata: `x-user-id` and `x-user-role` are believed. For a first try on one machine, or behind a
  // proxy that authenticates: then `proxies` are the names of its client certificates, and nobody
  // else is believed.
  bool metadata = true;
  std::vector<std::string> proxies = {};
  // jwt: a bearer token.
  bool jwt = false;
  std::string jwks_file = {};
  JwtRules jwt_rules = {};
  // api_key: a bearer token that `orderctl key` has made.
  bool api_key = false;
  // mtls: a client certificate.
  bool mtls = false;
  CertificateNames certificates = {};
};

// `has_client_ca`: whether client certificates are verified at all (grpc.tls.client_ca). Mistakes are
// left with the reader.
AuthConfig ReadAuthConfig(ConfigReader& reader, bool has_client_ca);

}  // namespace waybill::auth
