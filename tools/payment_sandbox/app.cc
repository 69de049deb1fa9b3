#include "tools/payment_sandbox/app.h"

#include <utility>

#include "platform/log/log.h"

namespace waybill::payment_sandbox {

App::App(Config config) : config_(std::move(config)), monitor_(config_.metrics) {}

App::~App() { Shutdown(); }

void App::Wire() {
  pool_ = std::make_unique<postgres::Pool>(config_.postgres, "payment_sandbox",
                                           postgres::PoolMetrics(monitor_.registry));
  api_ = std::make_unique<Api>(*pool_);
  cleaner_ = std::make_unique<PeriodicWorker>(
      "forget_old_replies", absl::Hours(1), [this]() -> absl::StatusOr<RoundResult> {
        if (absl::Status status = api_->ForgetOldReplies(); !status.ok()) return status;
        return RoundResult::kIdle;
      });
  server_ = std::make_unique<HttpServer>(config_.http, *api_, ReplyMetrics(monitor_.registry));
}

absl::Status App::Start() {
  if (absl::Status status = monitor_.endpoint.Start(); !status.ok()) return status;
  if (absl::Status status = pool_->WaitUntilReachable(); !status.ok()) return status;
  if (absl::Status status = server_->Start(); !status.ok()) return status;
  started_ = true;
  cleaner_->Start();
  monitor_.readiness.MarkStarted();
  log::Info("serving", {{"port", server_->port()}});
  return absl::OkStatus();
}

void App::Shutdown() {
  if (!std::exchange(started_, false)) return;
  monitor_.readiness.MarkShuttingDown();
  api_->Interrupt();
  server_->Stop();
  cleaner_->Stop();
  monitor_.endpoint.Stop();
  log::Info("stopped");
}

}  // namespace waybill::payment_sandbox
