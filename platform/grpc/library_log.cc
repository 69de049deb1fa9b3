#include "platform/grpc/library_log.h"

#include <grpc/support/log.h>

#include <string_view>

#include "platform/log/log.h"

namespace waybill::grpc {
namespace {

log::Level LevelOf(const gpr_log_func_args& entry) {
  // How a listener notices that it has been shut down (StopListening).
  if (std::string_view(entry.message) == "Failed accept4: Invalid argument") {
    return log::Level::kDebug;
  }
  return entry.severity == GPR_LOG_SEVERITY_ERROR ? log::Level::kWarn : log::Level::kDebug;
}

void Write(gpr_log_func_args* entry) {
  log::Write(LevelOf(*entry), "gRPC reports", {{"error", entry->message}});
}

}  // namespace

void LogWhatGrpcLogs() { gpr_set_log_function(&Write); }

}  // namespace waybill::grpc
