// Doors gives a test access to a System's services: over TLS with tokens, or in plain text with
// metadata.
#pragma once

#include <grpcpp/grpcpp.h>

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "absl/time/time.h"
#include "tests/support/certificate_authority.h"
#include "tests/support/temp_folder.h"
#include "tests/support/token_maker.h"

namespace waybill::e2e {

// Who calls, and how.
struct CallOptions {
  std::string user = "ann";
  // "operator", "auditor" or "service"; "" is a customer. An operator may do what a customer may, too.
  std::string role = {};
  absl::Duration timeout = absl::Seconds(20);
  std::string traceparent = {};
};

// Thread-safe.
class Doors {
 public:
  // Writes the files that the services and their callers need into `folder`, which outlives it.
  Doors(bool secure, const test::TempFolder& folder);

  bool secure() const { return secure_; }
  // The sections of a service's configuration that say who may call: with tokens, API keys and client
  // certificates, or with metadata.
  std::string GrpcSections() const;
  // What every program's configuration has about its metrics.
  std::string MetricsSections() const;

  // A channel that shares no connection with another. `own` is a client certificate.
  std::shared_ptr<::grpc::Channel> MakeChannel(const std::string& address,
                                               const test::IssuedCertificate& own = {}) const;
  std::unique_ptr<::grpc::ClientContext> MakeContext(const CallOptions& options) const;
  // Returns a token that expires 1 h after the first call for that user and role.
  std::string Token(const std::string& user, const std::string& role) const;
  // Returns a client certificate with that name. The services know "gateway" (a service), "desk" (an
  // operator) and "audit" (an auditor), and no others.
  test::IssuedCertificate Certificate(const std::string& name) const {
    return authority_.Make({.name = name});
  }
  // The file with the CA of all these certificates.
  std::string ca_file() const { return (folder_.path() / "authority.crt").string(); }

 private:
  std::string Path(const char* name) const { return (folder_.path() / name).string(); }

  const bool secure_;
  const test::TempFolder& folder_;
  const test::CertificateAuthority authority_{"the authority of a test"};
  const test::TokenMaker issuer_{"EdDSA", "test"};
  mutable std::mutex mutex_;
  // Guarded by mutex_: by user and role.
  mutable std::map<std::pair<std::string, std::string>, std::string> tokens_;
};

}  // namespace waybill::e2e
