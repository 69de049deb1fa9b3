// TlsConfig says how a server speaks TLS, and whether it has to.
#pragma once

#include <string>
#include <string_view>

#include "platform/config/config_reader.h"

namespace waybill::tls {

// The section [NAME.tls] of a server.
struct TlsConfig {
  // The section's full name, such as "grpc.tls", for error messages.
  std::string section = "tls";
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

// Whether only this machine reaches the address: 127.0.0.0/8, [::1], localhost, a Unix socket.
bool IsLoopback(std::string_view listen);

// Reads certificate, key and client_ca of [SERVER.tls]; the caller reads require_client_certificate.
// Mistakes are recorded with reader.AddError.
TlsConfig ReadTlsConfig(ConfigReader& reader, const std::string& server);

// Reads and returns SERVER.insecure: whether something else protects the server. If it is false and TLS
// is off, a `listen` that other machines can reach is recorded with reader.AddError.
bool ReadInsecure(ConfigReader& reader, const std::string& server, const std::string& listen,
                  const TlsConfig& tls);

}  // namespace waybill::tls
