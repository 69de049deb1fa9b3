// Issues certificates for tests.
#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string>

#include "absl/time/time.h"

namespace waybill::test {

// PEM texts.
struct IssuedCertificate {
  std::string certificate;
  std::string key;
};

// How a certificate differs from a good one.
struct Issue {
  // Its common name and DNS name.
  std::string name = "localhost";
  absl::Duration valid_for = absl::Hours(24);
};

// A new authority with a key of its own.
class CertificateAuthority {
 public:
  explicit CertificateAuthority(const std::string& name);

  // The authority's own certificate.
  const std::string& pem() const { return pem_; }
  // A certificate for servers and clients. `valid_for` below zero makes one that has expired.
  IssuedCertificate Make(const Issue& issue = {}) const;

 private:
  std::shared_ptr<EVP_PKEY> key_;
  std::shared_ptr<X509> certificate_;
  std::string pem_;
};

}  // namespace waybill::test
