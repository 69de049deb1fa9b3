#include "platform/grpc/library_log.h"

#include <grpc/support/log.h>

#include <atomic>
#include <cstdint>
#include <string_view>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "platform/log/log.h"
#include "platform/shutdown/signals.h"

namespace waybill::grpc {
namespace {

constexpr std::string_view kAcceptFailed = "Failed accept4: ";
// How a listener notices that it has been shut down (StopListening).
constexpr std::string_view kShutDown = "Invalid argument";

// Any client that reaches a port can make gRPC report errors, for example by failing handshakes.
constexpr int kErrorsPerSecond = 10;

// Whether the error is one of the first of its second. Threads that see different seconds may each
// reset the count, so that a few more errors are logged.
bool IsAmongTheFirst() {
  static std::atomic<std::int64_t> second = 0;
  static std::atomic<int> errors = 0;
  const std::int64_t now = absl::ToUnixSeconds(absl::Now());
  if (second.exchange(now) == now) return ++errors <= kErrorsPerSecond;
  if (const int left_out = errors.exchange(1) - kErrorsPerSecond; left_out > 0) {
    log::Warn("gRPC reported further errors, which are logged at level debug",
              {{"errors", left_out}});
  }
  return true;
}

void Write(gpr_log_func_args* entry) {
  const std::string_view message = entry->message;
  const bool accept_failed = message.starts_with(kAcceptFailed);
  const bool is_shut_down = accept_failed && message.ends_with(kShutDown);
  if (accept_failed && !is_shut_down) {
    // gRPC 1.51 never uses a listener again whose accept has failed, as without a descriptor left
    // (https://github.com/grpc/grpc/issues/20418).
    log::Error("the server can accept no more connections; the program ends, to be started again",
               {{"error", entry->message}});
    shutdown::Request();
    return;
  }
  const bool is_error =
      entry->severity == GPR_LOG_SEVERITY_ERROR && !is_shut_down && IsAmongTheFirst();
  log::Write(is_error ? log::Level::kWarn : log::Level::kDebug, "gRPC reports",
             {{"error", entry->message}});
}

}  // namespace

void LogWhatGrpcLogs() { gpr_set_log_function(&Write); }

}  // namespace waybill::grpc
