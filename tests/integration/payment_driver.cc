#include "tests/integration/payment_driver.h"

#include <stdexcept>
#include <utility>

#include "absl/time/clock.h"
#include "payment_svc/transport/events.h"
#include "platform/types/status_macros.h"

namespace waybill::payment_svc::test {

StripeOptions StripeAt(const std::string& url, const DriveOptions& drive) {
  return {.url = url,
          .api_key = waybill::test::kSandboxApiKey,
          .call_timeout = drive.call_timeout,
          .max_in_flight = drive.max_in_flight};
}

void ApplyInTransaction(const UnitOfWork& unit_of_work, ApplyEvents& apply_events,
                        absl::Span<const WantedChange> changes) {
  ApplyEvents::Outcome changed;
  const absl::Status status = unit_of_work.Run(
      "apply_events", absl::Now() + absl::Seconds(10), [&](Stores& stores) -> absl::Status {
        ASSIGN_OR_RETURN(changed, apply_events.Run(stores, changes));
        return absl::OkStatus();
      });
  if (!status.ok()) throw std::runtime_error(status.ToString());
  apply_events.OnCommitted(std::move(changed));
}

Driver::Driver(waybill::test::TestDatabase& payments, const waybill::test::SandboxProcess& sandbox,
               DriverOptions options)
    : pool_({.conninfo = payments.Conninfo("payment_svc"), .pool_size = 4}, "payment_test"),
      unit_of_work_(pool_, &Encode),
      stripe_(StripeAt(options.url.empty() ? sandbox.url() : options.url, options.drive)),
      drive_(unit_of_work_, stripe_, options.drive),
      apply_events_(drive_) {}

void Driver::Start() { drive_.worker().Start(); }

void Driver::Raise(const WantedChange& change) {
  ApplyInTransaction(unit_of_work_, apply_events_, {&change, 1});
}

void Driver::Place(const OrderId& order, const std::string& method) {
  Raise(Placed(order, method));
}
void Driver::Reserve(const OrderId& order) { Raise(Change(order, Wanted::kCapture)); }
void Driver::Cancel(const OrderId& order) { Raise(Change(order, Wanted::kRelease)); }

void Driver::Refund(const OrderId& order, std::int64_t amount, const RefundId& id) {
  WantedChange change = Change(order, Wanted::kAuthorize);
  change.refund = payment_svc::Refund{.id = id, .amount = {amount, "EUR"}};
  Raise(change);
}

WantedChange Change(const OrderId& order, Wanted wanted) {
  return {order, wanted, std::nullopt, TraceContext::NewRoot()};
}

WantedChange Placed(const OrderId& order, const std::string& method) {
  return {order, Wanted::kAuthorize, Charge{UserId("ann"), method, {kAmount, "EUR"}},
          TraceContext::NewRoot()};
}

}  // namespace waybill::payment_svc::test
