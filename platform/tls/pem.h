// What OpenSSL's readers of PEM need.
#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <string>

#include "platform/types/openssl_ptr.h"

namespace waybill::tls {

using Bio = OpenSslPtr<BIO, BIO_free_all>;
using Certificate = OpenSslPtr<X509, X509_free>;
using Key = OpenSslPtr<EVP_PKEY, EVP_PKEY_free>;

// Reads `text`, which outlives it.
inline Bio Memory(const std::string& text) {
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

}  // namespace waybill::tls
