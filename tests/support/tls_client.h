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

enum class Renegotiation { kDone, kRefused, kFailed };

// Blocks: each receive for at most 60 s, or what SetPatience says, a send without a limit. Not thread-safe.
class TlsClient {
 public:
  explicit TlsClient(int port, const TlsOptions& options = {});
  ~TlsClient();
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;

  void SetPatience(int seconds);
  // False if either side refuses the other. With TLS 1.3, a server that refuses the client's
  // certificate shows it only in ReadAll, which then returns "".
  bool Handshake();
  bool Send(std::string_view text);
  // Returns what the server sends until it closes the connection, or a receive fails.
  std::string ReadAll();
  // Returns how many bytes came; 0 when the connection has ended.
  int ReadSome();
  // Requests a renegotiation (TLS 1.2), after all that the server sends was read.
  Renegotiation Renegotiate();
  // Sends a KeyUpdate (TLS 1.3): a record without data, which costs the server a new key. False once the
  // connection has ended.
  bool SendKeyUpdate();
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
