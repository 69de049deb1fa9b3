#include "platform/tls/certificate_files.h"

#include <openssl/pem.h>
#include <openssl/x509.h>

#include <utility>

#include "platform/log/log.h"
#include "platform/tls/pem.h"
#include "platform/types/read_file.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"

namespace waybill::tls {
namespace {

absl::StatusOr<Certificate> ParseCertificate(const std::string& key, const std::string& pem) {
  Certificate certificate(PEM_read_bio_X509(Memory(pem).get(), nullptr, nullptr, nullptr));
  if (certificate == nullptr) {
    return absl::InvalidArgumentError(StrCat(key, ": holds no certificate in PEM"));
  }
  if (X509_cmp_current_time(X509_get0_notAfter(certificate.get())) < 0) {
    return absl::InvalidArgumentError(StrCat(key, ": the certificate has expired"));
  }
  return certificate;
}

// Asks nobody for a passphrase.
int NoPassphrase(char*, int, int, void*) { return 0; }

}  // namespace

CertificateFiles::CertificateFiles(TlsConfig config, Use use)
    : config_(std::move(config)),
      use_(std::move(use)),
      reloader_("certificates", "the new certificate is refused; the old one stays in use",
                [this] { return Reload(); }) {}

absl::StatusOr<std::string> CertificateFiles::ReadPem(const char* key,
                                                      const std::string& path) const {
  absl::StatusOr<std::string> pem = ReadFile(path);
  if (pem.ok()) return pem;
  return absl::InvalidArgumentError(
      StrCat(config_.section, ".", key, ": ", ToStd(pem.status().message())));
}

absl::StatusOr<CertificateTexts> CertificateFiles::Read() const {
  CertificateTexts texts;
  ASSIGN_OR_RETURN(texts.certificate, ReadPem("certificate", config_.certificate));
  ASSIGN_OR_RETURN(texts.key, ReadPem("key", config_.key));
  if (!config_.client_ca.empty()) {
    ASSIGN_OR_RETURN(texts.client_ca, ReadPem("client_ca", config_.client_ca));
  }
  return texts;
}

absl::Status CertificateFiles::Check(const CertificateTexts& texts) const {
  const std::string& section = config_.section;
  ASSIGN_OR_RETURN(const Certificate certificate,
                   ParseCertificate(StrCat(section, ".certificate"), texts.certificate));
  const Key key(PEM_read_bio_PrivateKey(Memory(texts.key).get(), nullptr, &NoPassphrase, nullptr));
  if (key == nullptr) {
    return absl::InvalidArgumentError(
        StrCat(section, ".key: holds no private key in PEM, or one with a passphrase"));
  }
  if (X509_check_private_key(certificate.get(), key.get()) != 1) {
    return absl::InvalidArgumentError(
        StrCat(section, ".key: is not the key of ", section, ".certificate"));
  }
  if (config_.client_ca.empty()) return absl::OkStatus();
  return ParseCertificate(StrCat(section, ".client_ca"), texts.client_ca).status();
}

absl::Status CertificateFiles::Reload() {
  ASSIGN_OR_RETURN(CertificateTexts texts, Read());
  if (texts == in_use_) return absl::OkStatus();
  RETURN_IF_ERROR(Check(texts));
  RETURN_IF_ERROR(use_(texts));
  in_use_ = std::move(texts);
  log::Info("the certificate is read", {{"file", config_.certificate}});
  return absl::OkStatus();
}

absl::Status CertificateFiles::Start() { return reloader_.Start(); }

void CertificateFiles::Stop() { reloader_.Stop(); }

}  // namespace waybill::tls
