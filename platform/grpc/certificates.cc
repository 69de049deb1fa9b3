#include "platform/grpc/certificates.h"

#include <fcntl.h>
#include <grpcpp/security/tls_credentials_options.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "platform/types/status_macros.h"
#include "platform/types/strings.h"

namespace waybill::grpc {
namespace {

constexpr unsigned kProviderSeconds = 1;

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

Certificates::Certificates(tls::TlsConfig config, metrics::Registry* registry)
    : config_(config),
      files_(
          std::move(config), [this](const tls::CertificateTexts& texts) { return Use(texts); },
          registry) {}

Certificates::~Certificates() { files_.Stop(); }

absl::Status Certificates::Use(const tls::CertificateTexts& texts) {
  RETURN_IF_ERROR(key_.Write(texts.key));
  RETURN_IF_ERROR(certificate_.Write(texts.certificate));
  return client_ca_.Write(texts.client_ca);
}

absl::Status Certificates::Start() {
  RETURN_IF_ERROR(files_.Start());
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
