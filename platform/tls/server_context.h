// ServerContext is TLS for a server that reads and writes its sockets itself.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <mutex>

#include "absl/status/status.h"
#include "platform/tls/certificate_files.h"
#include "platform/tls/config.h"
#include "platform/types/openssl_ptr.h"

namespace waybill::tls {

using SslPtr = OpenSslPtr<SSL, SSL_free>;

// Follows the files of its configuration: connections that are accepted after a change get the new
// certificate. Start and Stop from one thread; Accept is thread-safe.
class ServerContext {
 public:
  // With a registry, the metrics of CertificateFiles.
  explicit ServerContext(TlsConfig config, metrics::Registry* registry = nullptr);
  // Stops.
  ~ServerContext();
  ServerContext(const ServerContext&) = delete;
  ServerContext& operator=(const ServerContext&) = delete;

  // Errors of CertificateFiles::Start; kInvalidArgument if OpenSSL rejects the files; kResourceExhausted.
  absl::Status Start();
  // Blocks while the files are being read. May be called twice, or without Start.
  void Stop();

  // Returns a session, TLS 1.2 or later, over `socket`, to which a client has connected; the socket must
  // outlive it. Reads and writes nothing yet. Null if memory is short. Call Start first.
  SslPtr Accept(int socket) const;

 private:
  absl::Status Use(const CertificateTexts& texts);

  const bool asks_for_certificates_;
  const bool requires_certificates_;
  mutable std::mutex mutex_;
  // Guarded by mutex_.
  std::shared_ptr<SSL_CTX> context_;
  CertificateFiles files_;
};

}  // namespace waybill::tls
