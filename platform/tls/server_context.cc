#include "platform/tls/server_context.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <utility>

#include "platform/tls/pem.h"
#include "platform/types/strings.h"

namespace waybill::tls {
namespace {

// What CertificateFiles has checked is parsed once more; an error here is OpenSSL's.
bool UseCertificates(SSL_CTX* context, const CertificateTexts& texts) {
  const auto chain = ParseCertificates("certificate", texts.certificate);
  if (!chain.ok() || SSL_CTX_use_certificate(context, chain->front().get()) != 1) return false;
  for (std::size_t i = 1; i < chain->size(); ++i) {
    if (SSL_CTX_add1_chain_cert(context, (*chain)[i].get()) != 1) return false;
  }
  const Key key(PEM_read_bio_PrivateKey(Memory(texts.key).get(), nullptr, nullptr, nullptr));
  return key != nullptr && SSL_CTX_use_PrivateKey(context, key.get()) == 1;
}

bool UseAuthorities(SSL_CTX* context, const std::string& pem) {
  const auto authorities = ParseCertificates("client_ca", pem);
  if (!authorities.ok()) return false;
  X509_STORE* store = SSL_CTX_get_cert_store(context);
  for (const Certificate& one : *authorities) {
    if (X509_STORE_add_cert(store, one.get()) != 1 ||
        SSL_CTX_add_client_CA(context, one.get()) != 1) {
      return false;
    }
  }
  return true;
}

}  // namespace

ServerContext::ServerContext(TlsConfig config, metrics::Registry* registry)
    : asks_for_certificates_(!config.client_ca.empty()),
      requires_certificates_(config.require_client_certificate),
      files_(
          std::move(config), [this](const CertificateTexts& texts) { return Use(texts); },
          registry) {}

ServerContext::~ServerContext() { Stop(); }

absl::Status ServerContext::Start() { return files_.Start(); }

void ServerContext::Stop() { files_.Stop(); }

absl::Status ServerContext::Use(const CertificateTexts& texts) {
  std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()), &SSL_CTX_free);
  if (context == nullptr) return absl::ResourceExhaustedError("TLS: out of memory");
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  // Neither session resumption nor renegotiation: each connection has exactly one full handshake.
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET);
  SSL_CTX_set_num_tickets(context.get(), 0);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  // SSL_read would otherwise go on for as long as the client sends records without data.
  SSL_CTX_clear_mode(context.get(), SSL_MODE_AUTO_RETRY);
  SSL_CTX_set_mode(context.get(),
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  const bool usable = UseCertificates(context.get(), texts) &&
                      (!asks_for_certificates_ || UseAuthorities(context.get(), texts.client_ca));
  if (!usable) {
    char reason[256];
    ERR_error_string_n(ERR_get_error(), reason, sizeof reason);
    ERR_clear_error();
    return absl::InvalidArgumentError(
        StrCat("OpenSSL rejects the certificate, the key or client_ca: ", reason));
  }
  if (asks_for_certificates_) {
    SSL_CTX_set_verify(
        context.get(),
        SSL_VERIFY_PEER | (requires_certificates_ ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0), nullptr);
  }
  const std::lock_guard lock(mutex_);
  context_ = std::move(context);
  return absl::OkStatus();
}

SslPtr ServerContext::Accept(int socket) const {
  const std::lock_guard lock(mutex_);
  SslPtr ssl(SSL_new(context_.get()));
  if (ssl != nullptr) {
    SSL_set_fd(ssl.get(), socket);
    SSL_set_accept_state(ssl.get());
  }
  return ssl;
}

}  // namespace waybill::tls
