#include "platform/types/random.h"

#include <openssl/rand.h>

#include <cstdlib>

namespace waybill {

void FillWithRandom(std::span<std::uint8_t> bytes) {
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) std::abort();
}

std::string RandomBytes(std::size_t size) {
  std::string bytes(size, '\0');
  FillWithRandom({reinterpret_cast<std::uint8_t*>(bytes.data()), bytes.size()});
  return bytes;
}

}  // namespace waybill
