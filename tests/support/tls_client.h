// TlsClient speaks TLS with a server of this machine, as badly as a test wants.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>
#include <string_view>

#include "tests/support/certificate_authority.h"
#include "tests/support/tcp_client.h"

namespace waybill::test {

struct TlsOptions {
  // The authorities of the server, in PEM; "" trusts any.
  std::string roots = {};
  // "" shows none.
  IssuedCertificate own = {};
  int max_version = TLS1_3_VERSION;
  // What ALPN offers: "h2" for gRPC.
  std::string protocol = {};
};

// Blocking, but for 60 s at most in one call. Not thread-safe.
class TlsClient {
 public:
  TlsClient(int port, const TlsOptions& options = {});
  ~TlsClient();
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;

  // False when either side refuses the other. With TLS 1.3, a server's refusal of the client comes with the
  // first Read only.
  bool Handshake();
  bool Send(std::string_view text);
  // All that comes until the server closes.
  std::string ReadAll();
  // Asks for another handshake in the same connection, as TLS 1.2 has it. Whether it happened.
  bool Renegotiate();
  // "TLSv1.3".
  std::string version() const { return SSL_get_version(ssl_.get()); }
  // The serial number of the server's certificate, which identifies it.
  std::string server_serial() const;

 private:
  const TcpClient socket_;
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
  const std::unique_ptr<SSL, decltype(&SSL_free)> ssl_;
};

}  // namespace waybill::test
