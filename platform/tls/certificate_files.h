// CertificateFiles are a server's certificate, key and client CA: read from files, checked, and read
// again when the files change.
#pragma once

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "platform/executor/reloader.h"
#include "platform/metrics/registry.h"
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
  // Applies the texts. Runs on the thread of Start first, then on a thread of CertificateFiles. After
  // an error it is called again with the same texts a second later, unless Start has failed.
  using Use = std::function<absl::Status(const CertificateTexts&)>;

  // With a registry, waybill_certificate_end_timestamp_seconds shows when the certificate that is in use
  // ends; its label `server` is the part of the section before the dot.
  CertificateFiles(TlsConfig config, Use use, metrics::Registry* registry = nullptr);

  // Reads the files, and reads them again within 2 s after they have changed. If they are wrong then, or
  // don't match, the error is logged, and the previous ones stay in use. kInvalidArgument: a file can't be
  // read or isn't PEM throughout, the key isn't the certificate's, the certificate has expired. An
  // intermediate that has expired is logged only: clients may not need it. Errors of `use`.
  absl::Status Start();
  // Blocks while `use` runs. May be called twice, or without Start.
  void Stop();

 private:
  absl::StatusOr<std::string> ReadPem(const char* key, const std::string& path) const;
  absl::StatusOr<CertificateTexts> Read() const;
  // Returns when the certificate ends.
  absl::StatusOr<absl::Time> Check(const CertificateTexts& texts) const;
  absl::Status Reload();

  const TlsConfig config_;
  const Use use_;
  metrics::Gauge end_;
  CertificateTexts in_use_;
  Reloader reloader_;
};

}  // namespace waybill::tls
