#include "platform/grpc/certificates.h"

#include <fcntl.h>
#include <grpcpp/security/tls_credentials_options.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "absl/status/statusor.h"
#include "platform/auth/openssl_ptr.h"
#include "platform/log/log.h"
#include "platform/types/read_file.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"

namespace waybill::grpc {
namespace {

constexpr unsigned kProviderSeconds = 1;

using Bio = auth::OpenSslPtr<BIO, BIO_free_all>;
using Certificate = auth::OpenSslPtr<X509, X509_free>;
using Key = auth::OpenSslPtr<EVP_PKEY, EVP_PKEY_free>;

absl::StatusOr<std::string> ReadPem(const char* key, const std::string& path) {
  absl::StatusOr<std::string> pem = ReadFile(path);
  if (pem.ok()) return pem;
  return absl::InvalidArgumentError(StrCat("grpc.tls.", key, ": ", ToStd(pem.status().message())));
}

Bio Memory(const std::string& text) {
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

absl::StatusOr<Certificate> ParseCertificate(const char* key, const std::string& pem) {
  Certificate certificate(PEM_read_bio_X509(Memory(pem).get(), nullptr, nullptr, nullptr));
  if (certificate == nullptr) {
    return absl::InvalidArgumentError(StrCat("grpc.tls.", key, ": holds no certificate in PEM"));
  }
  if (X509_cmp_current_time(X509_get0_notAfter(certificate.get())) < 0) {
    return absl::InvalidArgumentError(StrCat("grpc.tls.", key, ": the certificate has expired"));
  }
  return certificate;
}

// Asks nobody for a passphrase.
int NoPassphrase(char*, int, int, void*) { return 0; }

absl::Status CheckKey(const std::string& pem, X509* certificate) {
  const Key key(PEM_read_bio_PrivateKey(Memory(pem).get(), nullptr, &NoPassphrase, nullptr));
  if (key == nullptr) {
    return absl::InvalidArgumentError(
        "grpc.tls.key: holds no private key in PEM, or one with a passphrase");
  }
  if (X509_check_private_key(certificate, key.get()) != 1) {
    return absl::InvalidArgumentError("grpc.tls.key: is not the key of grpc.tls.certificate");
  }
  return absl::OkStatus();
}

}  // namespace

Certificates::Copy::~Copy() {
  if (descriptor_ >= 0) close(descriptor_);
}

absl::Status Certificates::Copy::Write(const std::string& content) {
  const int made = memfd_create("waybill-tls", MFD_CLOEXEC);
  const bool written = made >= 0 && write(made, content.data(), content.size()) ==
                                        static_cast<ssize_t>(content.size());
  if (!written) {
    const int error = errno;
    if (made >= 0) close(made);
    return absl::InternalError(
        StrCat("can't keep a certificate in memory: ", std::generic_category().message(error)));
  }
  if (descriptor_ < 0) {
    descriptor_ = made;
  } else {
    // The path now leads to the new file; who has the old one open reads it to its end.
    dup3(made, descriptor_, O_CLOEXEC);
    close(made);
  }
  return absl::OkStatus();
}

std::string Certificates::Copy::path() const { return StrCat("/proc/self/fd/", descriptor_); }

Certificates::Certificates(TlsConfig config)
    : config_(std::move(config)),
      reloader_("certificates", "the new certificate is refused; the old one stays in use",
                [this] { return Reload(); }) {}

Certificates::~Certificates() { reloader_.Stop(); }

absl::StatusOr<Certificates::Contents> Certificates::Read() const {
  Contents contents;
  ASSIGN_OR_RETURN(contents.certificate, ReadPem("certificate", config_.certificate));
  ASSIGN_OR_RETURN(contents.key, ReadPem("key", config_.key));
  if (!config_.client_ca.empty()) {
    ASSIGN_OR_RETURN(contents.client_ca, ReadPem("client_ca", config_.client_ca));
  }
  return contents;
}

absl::Status Certificates::Reload() {
  ASSIGN_OR_RETURN(Contents contents, Read());
  if (contents == contents_) return absl::OkStatus();
  ASSIGN_OR_RETURN(const Certificate certificate,
                   ParseCertificate("certificate", contents.certificate));
  RETURN_IF_ERROR(CheckKey(contents.key, certificate.get()));
  if (!config_.client_ca.empty()) {
    RETURN_IF_ERROR(ParseCertificate("client_ca", contents.client_ca).status());
  }
  RETURN_IF_ERROR(key_.Write(contents.key));
  RETURN_IF_ERROR(certificate_.Write(contents.certificate));
  RETURN_IF_ERROR(client_ca_.Write(contents.client_ca));
  contents_ = std::move(contents);
  log::Info("the certificate is read", {{"file", config_.certificate}});
  return absl::OkStatus();
}

absl::Status Certificates::Start() {
  RETURN_IF_ERROR(reloader_.Start());
  provider_ = std::make_shared<::grpc::experimental::FileWatcherCertificateProvider>(
      key_.path(), certificate_.path(), config_.client_ca.empty() ? "" : client_ca_.path(),
      kProviderSeconds);
  return absl::OkStatus();
}

std::shared_ptr<::grpc::ServerCredentials> Certificates::Credentials() const {
  ::grpc::experimental::TlsServerCredentialsOptions options(provider_);
  options.watch_identity_key_cert_pairs();
  if (!config_.client_ca.empty()) {
    options.watch_root_certs();
    options.set_cert_request_type(config_.require_client_certificate
                                      ? GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY
                                      : GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_AND_VERIFY);
  }
  return ::grpc::experimental::TlsServerCredentials(options);
}

}  // namespace waybill::grpc
