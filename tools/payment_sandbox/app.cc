#include "tools/payment_sandbox/app.h"

#include <utility>

#include "platform/types/status_macros.h"

namespace waybill::payment_sandbox {

App::App(const Config& config)
    : monitor_(config.metrics),
      pool_(config.postgres, "payment_sandbox", postgres::PoolMetrics(monitor_.registry)),
      api_(pool_),
      cleaner_("forget_old_replies", absl::Hours(1),
               [this]() -> absl::StatusOr<RoundResult> {
                 RETURN_IF_ERROR(api_.ForgetOldReplies());
                 return RoundResult::kIdle;
               }),
      server_(config.http, api_, ReplyMetrics(monitor_.registry)) {}

absl::Status App::Start() {
  RETURN_IF_ERROR(monitor_.endpoint.Start());
  RETURN_IF_ERROR(pool_.WaitUntilReachable());
  RETURN_IF_ERROR(server_.Start());
  cleaner_.Start();
  monitor_.readiness.MarkStarted();
  return absl::OkStatus();
}

void App::Shutdown() {
  if (std::exchange(is_shut_down_, true)) return;
  monitor_.readiness.MarkShuttingDown();
  api_.Interrupt();
  server_.Stop();
  cleaner_.Stop();
  monitor_.endpoint.Stop();
}

}  // namespace waybill::payment_sandbox
