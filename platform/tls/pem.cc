#include "platform/tls/pem.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <utility>

#include "platform/types/strings.h"

namespace waybill::tls {

absl::StatusOr<std::vector<Certificate>> ParseCertificates(const std::string& key,
                                                           const std::string& pem) {
  const Bio bio = Memory(pem);
  std::vector<Certificate> certificates;
  while (Certificate next{PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)}) {
    certificates.push_back(std::move(next));
  }
  const bool is_at_its_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  if (certificates.empty()) {
    return absl::InvalidArgumentError(StrCat(key, ": holds no certificate in PEM"));
  }
  if (!is_at_its_end) {
    return absl::InvalidArgumentError(
        StrCat(key, ": what follows certificate ", certificates.size(), " is not PEM"));
  }
  return certificates;
}

}  // namespace waybill::tls
