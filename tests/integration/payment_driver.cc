#include "tests/integration/payment_driver.h"

#include <stdexcept>

#include "absl/time/clock.h"
#include "payment_svc/transport/event_codec.h"

namespace waybill::payment_svc::test {

Driver::Driver(waybill::test::TestDatabase& payments, const waybill::test::SandboxProcess& sandbox,
               DriverOptions options)
    : pool_({.conninfo = payments.Conninfo("payment_svc"), .pool_size = 4}, "payment_test"),
      work_(pool_, &EncodeEvent) {
  auto stripe = StripeProvider::Make({.url = sandbox.url(),
                                      .api_key = waybill::test::kSandboxApiKey,
                                      .call_timeout = options.drive.call_timeout,
                                      .max_in_flight = options.drive.max_in_flight});
  if (!stripe.ok()) throw std::runtime_error(stripe.status().ToString());
  stripe_ = *std::move(stripe);
  drive_ = std::make_unique<DrivePayments>(options.drive, work_, *stripe_);
  worker_ = std::make_unique<PeriodicWorker>("drive_payments", absl::ZeroDuration(),
                                             [this] { return drive_->Round(); });
}

Driver::~Driver() { worker_->Stop(); }

void Driver::Start() { worker_->Start(); }

void Driver::Raise(const WantedChange& change) {
  const absl::Status status =
      work_.Run("raise", absl::Now() + absl::Seconds(10), [&](PaymentStore& store) {
        RaiseWanted(store, {change});
        return absl::OkStatus();
      });
  if (!status.ok()) throw std::runtime_error(status.ToString());
  drive_->Wake();
}

void Driver::Place(const OrderId& order, const std::string& method) {
  Raise(Placed(order, method));
}
void Driver::Reserve(const OrderId& order) { Raise(Change(order, Wanted::kCapture)); }
void Driver::Cancel(const OrderId& order) { Raise(Change(order, Wanted::kRelease)); }

WantedChange Change(const OrderId& order, Wanted wanted) {
  return {order, wanted, std::nullopt, TraceContext::NewRoot()};
}

WantedChange Placed(const OrderId& order, const std::string& method) {
  return {order, Wanted::kAuthorize, Charge{UserId("ann"), method, {kAmount, "EUR"}},
          TraceContext::NewRoot()};
}

}  // namespace waybill::payment_svc::test
