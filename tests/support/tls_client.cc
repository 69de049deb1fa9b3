#include "tests/support/tls_client.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>

#include "platform/tls/pem.h"

namespace waybill::test {
namespace {

constexpr int kPatience_s = 60;

tls::Certificate ReadCertificate(const std::string& pem) {
  return tls::Certificate(PEM_read_bio_X509(tls::Memory(pem).get(), nullptr, nullptr, nullptr));
}

void Show(SSL_CTX* context, const IssuedCertificate& own) {
  const tls::Key key(
      PEM_read_bio_PrivateKey(tls::Memory(own.key).get(), nullptr, nullptr, nullptr));
  SSL_CTX_use_certificate(context, ReadCertificate(own.certificate).get());
  SSL_CTX_use_PrivateKey(context, key.get());
}

SSL_CTX* MakeContext(const TlsOptions& options) {
  SSL_CTX* context = SSL_CTX_new(TLS_client_method());
  // Old versions need a level below the usual one.
  SSL_CTX_set_security_level(context, 0);
  SSL_CTX_set_min_proto_version(context, TLS1_VERSION);
  SSL_CTX_set_max_proto_version(context, options.max_version);
  if (!options.roots.empty()) {
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context), ReadCertificate(options.roots).get());
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  }
  if (!options.own.certificate.empty()) Show(context, options.own);
  return context;
}

}  // namespace

TlsClient::TlsClient(int port, const TlsOptions& options)
    : socket_(port),
      context_(MakeContext(options), &SSL_CTX_free),
      ssl_(SSL_new(context_.get()), &SSL_free) {
  SetPatience(kPatience_s);
  SSL_set_fd(ssl_.get(), socket_.fd());
  SSL_set_tlsext_host_name(ssl_.get(), "localhost");
  if (!options.roots.empty()) SSL_set1_host(ssl_.get(), "localhost");
  if (!options.protocol.empty()) {
    const std::string list = static_cast<char>(options.protocol.size()) + options.protocol;
    SSL_set_alpn_protos(ssl_.get(), reinterpret_cast<const unsigned char*>(list.data()),
                        static_cast<unsigned>(list.size()));
  }
}

void TlsClient::SetPatience(int seconds) {
  const timeval patience{.tv_sec = seconds, .tv_usec = 0};
  setsockopt(socket_.fd(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
}

TlsClient::~TlsClient() { ERR_clear_error(); }

bool TlsClient::Handshake() { return SSL_connect(ssl_.get()) == 1; }

bool TlsClient::Send(std::string_view text) {
  return SSL_write(ssl_.get(), text.data(), static_cast<int>(text.size())) > 0;
}

std::string TlsClient::ReadAll() {
  std::string text;
  char bytes[4096];
  int size = 0;
  while ((size = SSL_read(ssl_.get(), bytes, sizeof bytes)) > 0) {
    text.append(bytes, static_cast<std::size_t>(size));
  }
  return text;
}

int TlsClient::ReadSome() {
  char bytes[4096];
  return std::max(0, SSL_read(ssl_.get(), bytes, sizeof bytes));
}

Renegotiation TlsClient::Renegotiate() {
  ERR_clear_error();
  if (SSL_renegotiate(ssl_.get()) == 1 && SSL_do_handshake(ssl_.get()) == 1) {
    return Renegotiation::kDone;
  }
  const int reason = ERR_GET_REASON(ERR_peek_last_error());
  return reason == SSL_R_NO_RENEGOTIATION ? Renegotiation::kRefused : Renegotiation::kFailed;
}

bool TlsClient::SendKeyUpdate() {
  return SSL_key_update(ssl_.get(), SSL_KEY_UPDATE_NOT_REQUESTED) == 1 &&
         SSL_do_handshake(ssl_.get()) == 1;
}

std::string TlsClient::server_serial() const {
  const tls::Certificate certificate(SSL_get1_peer_certificate(ssl_.get()));
  if (certificate == nullptr) return "";
  const ASN1_INTEGER* serial = X509_get0_serialNumber(certificate.get());
  return std::string(reinterpret_cast<const char*>(ASN1_STRING_get0_data(serial)),
                     static_cast<std::size_t>(ASN1_STRING_length(serial)));
}

}  // namespace waybill::test
