#include "platform/faults/fault_point.h"

#ifdef WAYBILL_FAULTS

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"

namespace waybill::faults {
namespace {

struct Armed {
  std::string name;
  std::atomic<int> passes_left{0};
};

Armed* FromEnvironment() {
  const char* text = std::getenv("WAYBILL_DIE_AT");
  if (text == nullptr) return nullptr;
  const std::pair<std::string, std::string> parts = absl::StrSplit(text, absl::MaxSplits(':', 1));
  auto* armed = new Armed;
  armed->name = parts.first;
  int passes = 1;
  if (!parts.second.empty() && !absl::SimpleAtoi(parts.second, &passes)) passes = 1;
  armed->passes_left = passes;
  return armed;
}

}  // namespace

void Point(std::string_view name) {
  static Armed* const armed = FromEnvironment();
  if (armed == nullptr || armed->name != name) return;
  if (armed->passes_left.fetch_sub(1) == 1) kill(getpid(), SIGKILL);
}

}  // namespace waybill::faults

#endif
