#include "platform/tls/certificate_files.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <cstdint>
#include <ctime>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "platform/log/log.h"
#include "platform/tls/pem.h"
#include "platform/types/read_file.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"

namespace waybill::tls {
namespace {

absl::Time EndOf(const X509* certificate) {
  std::tm end{};
  ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &end);
  return absl::FromTM(end, absl::UTCTimeZone());
}

absl::Status CheckEnds(const std::string& key, const std::vector<Certificate>& certificates) {
  const absl::Time now = absl::Now();
  if (EndOf(certificates.front().get()) < now) {
    return absl::InvalidArgumentError(StrCat(key, ": the certificate has expired"));
  }
  for (std::size_t i = 1; i < certificates.size(); ++i) {
    if (EndOf(certificates[i].get()) < now) {
      log::Warn("a certificate that follows the server's own in its file has expired",
                {{"key", key}, {"number", static_cast<std::int64_t>(i + 1)}});
    }
  }
  return absl::OkStatus();
}

// Asks nobody for a passphrase.
int NoPassphrase(char*, int, int, void*) { return 0; }

}  // namespace

CertificateFiles::CertificateFiles(TlsConfig config, Use use, metrics::Registry* registry)
    : config_(std::move(config)),
      use_(std::move(use)),
      end_(registry == nullptr || !config_.is_on()
               ? metrics::Gauge()
               : registry->AddGauge(
                     "waybill_certificate_end_timestamp_seconds",
                     "When the server's certificate ends",
                     {{"server", config_.section.substr(0, config_.section.find('.'))}})),
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

absl::StatusOr<absl::Time> CertificateFiles::Check(const CertificateTexts& texts) const {
  const std::string& section = config_.section;
  const std::string name = StrCat(section, ".certificate");
  ASSIGN_OR_RETURN(const std::vector<Certificate> chain,
                   ParseCertificates(name, texts.certificate));
  RETURN_IF_ERROR(CheckEnds(name, chain));
  const Key key(PEM_read_bio_PrivateKey(Memory(texts.key).get(), nullptr, &NoPassphrase, nullptr));
  ERR_clear_error();
  if (key == nullptr) {
    return absl::InvalidArgumentError(
        StrCat(section, ".key: holds no private key in PEM, or one with a passphrase"));
  }
  if (X509_check_private_key(chain.front().get(), key.get()) != 1) {
    ERR_clear_error();
    return absl::InvalidArgumentError(
        StrCat(section, ".key: is not the key of ", section, ".certificate"));
  }
  if (!config_.client_ca.empty()) {
    RETURN_IF_ERROR(ParseCertificates(StrCat(section, ".client_ca"), texts.client_ca).status());
  }
  return EndOf(chain.front().get());
}

absl::Status CertificateFiles::Reload() {
  ASSIGN_OR_RETURN(CertificateTexts texts, Read());
  if (texts == in_use_) return absl::OkStatus();
  ASSIGN_OR_RETURN(const absl::Time end, Check(texts));
  RETURN_IF_ERROR(use_(texts));
  end_.Set(absl::ToDoubleSeconds(end - absl::UnixEpoch()));
  in_use_ = std::move(texts);
  log::Info("the certificate was read", {{"file", config_.certificate}});
  return absl::OkStatus();
}

absl::Status CertificateFiles::Start() { return reloader_.Start(); }

void CertificateFiles::Stop() { reloader_.Stop(); }

}  // namespace waybill::tls
