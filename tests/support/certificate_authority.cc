#include "tests/support/certificate_authority.h"

#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <functional>

namespace waybill::test {
namespace {

std::string PemOf(const std::function<void(BIO*)>& write) {
  BIO* bio = BIO_new(BIO_s_mem());
  write(bio);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  std::string pem(data, static_cast<std::size_t>(size));
  BIO_free_all(bio);
  return pem;
}

std::string PemOf(X509* certificate) {
  return PemOf([&](BIO* bio) { PEM_write_bio_X509(bio, certificate); });
}

void AddExtension(X509* certificate, X509* issuer, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

// Without its issuer and signature.
std::shared_ptr<X509> MakeCertificate(EVP_PKEY* key, const Issue& issue) {
  std::shared_ptr<X509> certificate(X509_new(), X509_free);
  X509_set_version(certificate.get(), X509_VERSION_3);
  std::uint32_t serial = 0;
  RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof(serial));
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), serial >> 1);
  const long end = static_cast<long>(absl::ToInt64Seconds(issue.valid_for));
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), (end < 0 ? end : 0) - 3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), end);
  X509_set_pubkey(certificate.get(), key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(issue.name.c_str()), -1, -1, 0);
  return certificate;
}

// Servers at localhost are found by their address as well.
std::string AlternativeNames(const std::string& name) {
  return "DNS:" + name + (name == "localhost" ? ",IP:127.0.0.1" : "");
}

}  // namespace

CertificateAuthority::CertificateAuthority(const std::string& name)
    : key_(EVP_EC_gen("P-256"), EVP_PKEY_free),
      certificate_(MakeCertificate(key_.get(), {.name = name})) {
  X509* const own = certificate_.get();
  X509_set_issuer_name(own, X509_get_subject_name(own));
  AddExtension(own, own, NID_basic_constraints, "critical,CA:TRUE");
  AddExtension(own, own, NID_key_usage, "critical,keyCertSign,cRLSign");
  X509_sign(own, key_.get(), EVP_sha256());
  pem_ = PemOf(own);
}

IssuedCertificate CertificateAuthority::Make(const Issue& issue) const {
  const std::shared_ptr<EVP_PKEY> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  const std::shared_ptr<X509> made = MakeCertificate(key.get(), issue);
  X509_set_issuer_name(made.get(), X509_get_subject_name(certificate_.get()));
  AddExtension(made.get(), certificate_.get(), NID_basic_constraints, "critical,CA:FALSE");
  AddExtension(made.get(), certificate_.get(), NID_ext_key_usage, "serverAuth,clientAuth");
  AddExtension(made.get(), certificate_.get(), NID_subject_alt_name,
               AlternativeNames(issue.name).c_str());
  X509_sign(made.get(), key_.get(), EVP_sha256());
  return {PemOf(made.get()), PemOf([&](BIO* bio) {
            PEM_write_bio_PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
          })};
}

}  // namespace waybill::test
