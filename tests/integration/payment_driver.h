// payment_svc's worker, run by the test itself against real PostgreSQL and a real sandbox.
#pragma once

#include <string>

#include "payment_svc/application/apply_events.h"
#include "payment_svc/application/drive_payments.h"
#include "payment_svc/gateway/stripe_provider.h"
#include "payment_svc/storage/stores.h"
#include "platform/postgres/pool.h"
#include "tests/integration/payment_sandbox_process.h"
#include "tests/support/test_database.h"

namespace waybill::payment_svc::test {

struct DriverOptions {
  // The provider's; "" for the sandbox's.
  std::string url;
  DriveOptions drive{
      .max_in_flight = 16,
      .call_timeout = absl::Seconds(2),
      .lease_margin = absl::Seconds(1),
      .search_lag = absl::ZeroDuration(),
      .search_complete_after = absl::Hours(1),
      .poll_every = absl::Milliseconds(50),
      .backoff = {.initial = absl::Milliseconds(20), .max = absl::Milliseconds(300)}};
};

// One worker. Not thread-safe, but for what the worker does by itself.
class Driver {
 public:
  Driver(waybill::test::TestDatabase& payments, const waybill::test::SandboxProcess& sandbox,
         DriverOptions options = {});

  void Start();
  // As the consumer does: in one transaction; then the worker is woken.
  void Raise(const WantedChange& change);
  void Place(const OrderId& order, const std::string& method = "pm_card_visa");
  void Reserve(const OrderId& order);
  void Cancel(const OrderId& order);
  void Refund(const OrderId& order, std::int64_t amount, const RefundId& id = RefundId::New());

  DrivePayments& drive() { return drive_; }

 private:
  postgres::Pool pool_;
  const UnitOfWork unit_of_work_;
  StripeProvider stripe_;
  DrivePayments drive_;
  ApplyEvents apply_events_;
};

inline constexpr std::int64_t kAmount = 500;

StripeOptions StripeAt(const std::string& url, const DriveOptions& drive);
// Runs the use case in a transaction of its own; throws std::runtime_error when that fails.
void ApplyInTransaction(const UnitOfWork& unit_of_work, ApplyEvents& apply_events,
                        absl::Span<const WantedChange> changes);

WantedChange Change(const OrderId& order, Wanted wanted);
WantedChange Placed(const OrderId& order, const std::string& method);

}  // namespace waybill::payment_svc::test
