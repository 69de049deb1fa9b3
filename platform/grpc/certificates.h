// Certificates are a server's certificate, key and client CA: read from files, checked, and read
// again when the files change, while calls go on.
#pragma once

#include <grpcpp/security/server_credentials.h>
#include <grpcpp/security/tls_certificate_provider.h>

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "platform/executor/reloader.h"

namespace waybill::grpc {

// The section [grpc.tls].
struct TlsConfig {
  // PEM files: the chain, the server's own certificate first, and its key.
  std::string certificate = {};
  std::string key = {};
  // PEM file with the authorities of client certificates; "" asks clients for none.
  std::string client_ca = {};
  // With client_ca: refuse the handshake of a client that shows no certificate. Otherwise one may
  // come with other credentials.
  bool require_client_certificate = false;

  bool is_on() const { return !certificate.empty(); }
};

// Owned by the Server. Not thread-safe; Credentials are.
class Certificates {
 public:
  explicit Certificates(TlsConfig config);
  // Stops. Credentials stay valid.
  ~Certificates();
  Certificates(const Certificates&) = delete;
  Certificates& operator=(const Certificates&) = delete;

  // Reads the files, and from then on within two seconds after they have changed. Files that are then
  // wrong, or don't fit each other, are logged, and the ones before go on.
  // kInvalidArgument: a file can't be read or isn't PEM, the key isn't the certificate's, the
  // certificate has expired.
  absl::Status Start();

  // TLS 1.2 or later. After Start.
  std::shared_ptr<::grpc::ServerCredentials> Credentials() const;

 private:
  // gRPC re-reads its files, but takes whatever is in them. So it is given files of ours in memory,
  // into which only what was checked gets.
  class Copy {
   public:
    Copy() = default;
    ~Copy();
    Copy(const Copy&) = delete;
    Copy& operator=(const Copy&) = delete;
    // Replaces the whole content at once.
    absl::Status Write(const std::string& content);
    std::string path() const;

   private:
    int descriptor_ = -1;
  };
  struct Contents {
    std::string certificate;
    std::string key;
    std::string client_ca;
    friend bool operator==(const Contents&, const Contents&) = default;
  };

  absl::StatusOr<Contents> Read() const;
  absl::Status Reload();

  const TlsConfig config_;
  Contents contents_;
  Copy certificate_;
  Copy key_;
  Copy client_ca_;
  std::shared_ptr<::grpc::experimental::FileWatcherCertificateProvider> provider_;
  Reloader reloader_;
};

}  // namespace waybill::grpc
