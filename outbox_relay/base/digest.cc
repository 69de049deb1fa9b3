#include "outbox_relay/base/digest.h"

#include <openssl/evp.h>

#include <memory>

#include "outbox_relay/base/big_endian.h"

namespace waybill::outbox_relay {

std::string Digest(const std::vector<std::string_view>& parts) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                        EVP_MD_CTX_free);
  EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr);
  for (const std::string_view part : parts) {
    char size[8];
    WriteBig64(size, part.size());
    EVP_DigestUpdate(context.get(), size, sizeof size);
    EVP_DigestUpdate(context.get(), part.data(), part.size());
  }
  std::string digest(32, '\0');
  EVP_DigestFinal_ex(context.get(), reinterpret_cast<unsigned char*>(digest.data()), nullptr);
  return digest;
}

}  // namespace waybill::outbox_relay
