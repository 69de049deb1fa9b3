#include "payment_svc/app.h"

#include <memory>

#include "payment_svc/storage/payment_polls.h"
#include "payment_svc/transport/events.h"
#include "platform/events/topics.h"
#include "platform/inbox/event_handler.h"
#include "platform/types/status_macros.h"

namespace waybill::payment_svc {

App::App(const Config& config)
    : Host("payment_svc", config),
      unit_of_work_(pool(), &Encode),
      provider_(config.provider, ProviderMetrics(registry())),
      drive_payments_(unit_of_work_, provider_, config.drive, TransitionReport(registry())),
      apply_events_(drive_payments_),
      get_payment_(unit_of_work_),
      payment_handlers_(door(), get_payment_) {
  Serve(payment_handlers_);
  Consume(events::kPaymentDlqTopic, [this] {
    return std::make_unique<inbox::EventHandler<Stores, ApplyEvents>>(Topics(), EventDecoders(),
                                                                      unit_of_work_, apply_events_);
  });
  Work(drive_payments_.worker(), [this] { drive_payments_.Drain(); });
  AddPaymentPolls(poller(), registry(), metrics_pool());
}

absl::Status App::Reconfigure(const Config& config) {
  RETURN_IF_ERROR(Host::Reconfigure(config));
  provider_.UseApiKey(config.provider.api_key);
  return absl::OkStatus();
}

}  // namespace waybill::payment_svc
