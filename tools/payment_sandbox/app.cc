#include "tools/payment_sandbox/app.h"

#include <utility>

#include "platform/types/status_macros.h"
#include "tools/payment_sandbox/ledger.h"

namespace waybill::payment_sandbox {
namespace {

// As long as an Idempotency-Key is answered again.
constexpr absl::Duration kAnswersKept = absl::Hours(24);

}  // namespace

App::App(const Config& config)
    : monitor_(config.metrics),
      pool_(config.postgres, "payment_sandbox", postgres::PoolMetrics(monitor_.registry)),
      api_(pool_),
      retirement_(pool_, config.retention, monitor_.registry),
      server_(config.http, api_, ReplyMetrics(monitor_.registry)) {
  retirement_.Add({.what = "provider_answers",
                   .period = kAnswersKept,
                   .retire = [](postgres::Transaction& tx, const retention::Batch& batch) {
                     return Ledger(tx).RetireReplies(batch);
                   }});
  retirement_.Add(
      {.what = "payment_intents",
       .period = config.intent_retention,
       .retire = [](postgres::Transaction& tx,
                    const retention::Batch& batch) { return Ledger(tx).RetireIntents(batch); },
       .leaves_mark = true});
}

absl::Status App::Start() {
  RETURN_IF_ERROR(monitor_.endpoint.Start());
  RETURN_IF_ERROR(pool_.WaitUntilReachable());
  RETURN_IF_ERROR(server_.Start());
  retirement_.Start();
  monitor_.readiness.MarkStarted();
  return absl::OkStatus();
}

void App::Shutdown() {
  if (std::exchange(is_shut_down_, true)) return;
  monitor_.readiness.MarkShuttingDown();
  api_.Interrupt();
  server_.Stop();
  retirement_.Stop();
  monitor_.endpoint.Stop();
}

}  // namespace waybill::payment_sandbox
