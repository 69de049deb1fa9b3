// CertificateFiles are a server's certificate, key and client CA: read from files, checked, and read
// again when the files change.
#pragma once

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "platform/executor/reloader.h"
#include "platform/tls/config.h"

namespace waybill::tls {

// What the files hold, in PEM; client_ca is "" if the configuration names none.
struct CertificateTexts {
  std::string certificate;
  std::string key;
  std::string client_ca;
  friend bool operator==(const CertificateTexts&, const CertificateTexts&) = default;
};

// Not thread-safe.
class CertificateFiles {
 public:
  // Takes the texts over; runs on one thread at a time. After an error the texts count as not taken.
  using Use = std::function<absl::Status(const CertificateTexts&)>;

  CertificateFiles(TlsConfig config, Use use);

  // Reads the files, and from then on within two seconds after they have changed. Files that are then
  // wrong, or don't fit each other, are logged, and the ones before go on.
  // kInvalidArgument: a file can't be read or isn't PEM, the key isn't the certificate's, the
  // certificate has expired. Errors of `use`.
  absl::Status Start();
  // Blocks while `use` runs. May be called twice, or without Start.
  void Stop();

 private:
  absl::StatusOr<std::string> ReadPem(const char* key, const std::string& path) const;
  absl::StatusOr<CertificateTexts> Read() const;
  absl::Status Check(const CertificateTexts& texts) const;
  absl::Status Reload();

  const TlsConfig config_;
  const Use use_;
  CertificateTexts in_use_;
  Reloader reloader_;
};

}  // namespace waybill::tls
