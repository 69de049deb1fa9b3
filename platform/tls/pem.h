// OpenSSL's types for certificates and keys, with ownership, and a BIO over a text in memory.
#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "platform/types/openssl_ptr.h"

namespace waybill::tls {

using Bio = OpenSslPtr<BIO, BIO_free_all>;
using Certificate = OpenSslPtr<X509, X509_free>;
using Key = OpenSslPtr<EVP_PKEY, EVP_PKEY_free>;

// Returns a BIO that reads `text`, which must outlive it.
inline Bio Memory(const std::string& text) {
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// Returns all certificates of `pem`, at least one, in their order. kInvalidArgument: there is none, or what
// follows one isn't PEM; the message begins with `key`, the setting that names the file.
absl::StatusOr<std::vector<Certificate>> ParseCertificates(const std::string& key,
                                                           const std::string& pem);

}  // namespace waybill::tls
