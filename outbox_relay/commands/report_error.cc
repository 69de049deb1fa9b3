#include "outbox_relay/commands/report_error.h"

#include <cstdio>

#include "outbox_relay/base/printable.h"
#include "platform/config/exit_code.h"
#include "platform/types/strings.h"

namespace waybill::outbox_relay {

int ReportError(const absl::Status& status) {
  std::fprintf(stderr, "outbox_relay: %s\n", Printable(ToStd(status.message())).c_str());
  return ExitCodeFor(status);
}

}  // namespace waybill::outbox_relay
