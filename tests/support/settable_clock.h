// SettableClock is a wall clock for one child process, which a test can set.
#pragma once

#include <map>
#include <string>

#include "absl/time/time.h"
#include "tests/support/temp_folder.h"

namespace waybill::test {

// Works on programs that are linked with the C library dynamically, and not with the sanitizers'
// builds: IsSupported says so. Not thread-safe.
class SettableClock {
 public:
  SettableClock();

  static bool IsSupported();
  // The variables that make a child process read this clock.
  std::map<std::string, std::string> env() const;
  // From now on the clock is that much ahead of the real one, or behind it.
  void Set(absl::Duration ahead);

 private:
  const TempFolder folder_;
  const std::string file_;
};

}  // namespace waybill::test
