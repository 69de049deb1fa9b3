// Exit codes say why a process has ended (<sysexits.h>).
#pragma once

#include "absl/status/status.h"

namespace waybill {

inline constexpr int kExitOk = 0;
// A bug, or something the machine lacks.
inline constexpr int kExitSoftware = 70;
// A server that is needed at the start can't be reached.
inline constexpr int kExitUnavailable = 69;
// The configuration is wrong; a restart won't help.
inline constexpr int kExitConfig = 78;

// kInvalidArgument, kNotFound, kFailedPrecondition and kPermissionDenied are the configuration's
// fault, kUnavailable and kDeadlineExceeded a server's; everything else is ours.
int ExitCodeFor(const absl::Status& status);

}  // namespace waybill
