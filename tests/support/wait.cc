#include "tests/support/wait.h"

#include <algorithm>
#include <stdexcept>

#include "absl/time/clock.h"

namespace waybill::test {

::testing::AssertionResult Eventually(const std::function<bool()>& condition,
                                      const std::string& what, absl::Duration patience) {
  const absl::Time deadline = absl::Now() + patience;
  absl::Duration pause = absl::Milliseconds(10);
  std::string error;
  while (true) {
    try {
      if (condition()) return ::testing::AssertionSuccess();
      error.clear();
    } catch (const std::exception& e) {
      error = e.what();
    }
    if (absl::Now() >= deadline) break;
    absl::SleepFor(pause);
    pause = std::min(pause * 1.3, absl::Milliseconds(50));
  }
  ::testing::AssertionResult failure = ::testing::AssertionFailure();
  failure << "timed out after " << absl::FormatDuration(patience) << " waiting for: " << what;
  if (!error.empty()) failure << " (last error: " << error << ")";
  return failure;
}

void WaitUntil(const std::function<bool()>& condition, const std::string& what,
               absl::Duration patience) {
  const ::testing::AssertionResult result = Eventually(condition, what, patience);
  if (!result) throw std::runtime_error(result.message());
}

void PaceUntil(absl::Time time) { absl::SleepFor(time - absl::Now()); }

}  // namespace waybill::test
