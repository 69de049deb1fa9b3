// The application payment_svc: creates its parts and connects them.
#pragma once

#include "payment_svc/application/apply_events.h"
#include "payment_svc/application/drive_payments.h"
#include "payment_svc/application/get_payment.h"
#include "payment_svc/config.h"
#include "payment_svc/gateway/stripe_provider.h"
#include "payment_svc/storage/stores.h"
#include "payment_svc/transport/payment_handlers.h"
#include "platform/service/host.h"

namespace waybill::payment_svc {

class App final : public service::Host {
 public:
  static Config ReadConfig(ConfigReader& reader) { return payment_svc::ReadConfig(reader); }

  // The provider's key, besides what every service takes over.
  absl::Status Reconfigure(const Config& config);

  explicit App(const Config& config);
  ~App() override { Shutdown(); }

 private:
  // In the order in which they are built, each after what it borrows.
  const UnitOfWork unit_of_work_;
  StripeProvider provider_;
  DrivePayments drive_payments_;
  ApplyEvents apply_events_;
  GetPayment get_payment_;
  PaymentHandlers payment_handlers_;
};

}  // namespace waybill::payment_svc
