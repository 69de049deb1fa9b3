// Certificates are a gRPC server's TLS credentials, reloaded when their files change, while calls go on.
#pragma once

#include <grpcpp/security/server_credentials.h>
#include <grpcpp/security/tls_certificate_provider.h>

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "platform/tls/certificate_files.h"

namespace waybill::grpc {

// Owned by the Server. Not thread-safe; Credentials are.
class Certificates {
 public:
  // With a registry, the metrics of CertificateFiles.
  explicit Certificates(tls::TlsConfig config, metrics::Registry* registry = nullptr);
  // Stops. Credentials stay valid.
  ~Certificates();
  Certificates(const Certificates&) = delete;
  Certificates& operator=(const Certificates&) = delete;

  // Errors of CertificateFiles::Start.
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

  absl::Status Use(const tls::CertificateTexts& texts);

  const tls::TlsConfig config_;
  Copy certificate_;
  Copy key_;
  Copy client_ca_;
  std::shared_ptr<::grpc::experimental::FileWatcherCertificateProvider> provider_;
  tls::CertificateFiles files_;
};

}  // namespace waybill::grpc
