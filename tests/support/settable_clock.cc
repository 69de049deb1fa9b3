#include "tests/support/settable_clock.h"

#include <cstdint>
#include <fstream>
#include <stdexcept>

#include "tests/support/test_stack.h"

namespace waybill::test {

SettableClock::SettableClock()
    : file_(folder_.Write("clock", std::string(sizeof(std::int64_t), '\0'))) {}

bool SettableClock::IsSupported() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return false;
#else
  return true;
#endif
}

std::map<std::string, std::string> SettableClock::env() const {
  return {{"LD_PRELOAD", BinaryPath("libsettable_clock.so")}, {"SETTABLE_CLOCK", file_}};
}

void SettableClock::Set(absl::Duration ahead) {
  const std::int64_t nanos = absl::ToInt64Nanoseconds(ahead);
  // In place: the process has mapped the file.
  std::fstream file(file_, std::ios::binary | std::ios::in | std::ios::out);
  file.write(reinterpret_cast<const char*>(&nanos), sizeof nanos);
  file.close();
  if (!file) throw std::runtime_error("can't write " + file_);
}

}  // namespace waybill::test
