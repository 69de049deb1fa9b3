// payment_svc's worker, run by the test itself against real PostgreSQL and a real sandbox.
#pragma once

#include <memory>
#include <string>

#include "payment_svc/application/drive_payments.h"
#include "payment_svc/application/raise_wanted.h"
#include "payment_svc/gateway/stripe_provider.h"
#include "payment_svc/storage/unit_of_work.h"
#include "platform/executor/periodic_worker.h"
#include "platform/postgres/pool.h"
#include "tests/integration/payment_sandbox_process.h"
#include "tests/support/test_database.h"

namespace waybill::payment_svc::test {

struct DriverOptions {
  DriveOptions drive{
      .max_in_flight = 16,
      .call_timeout = absl::Seconds(2),
      .lease_margin = absl::Seconds(1),
      .search_lag = absl::ZeroDuration(),
      .poll_every = absl::Milliseconds(50),
      .backoff = {.initial = absl::Milliseconds(20), .max = absl::Milliseconds(300)}};
};

// One worker. Not thread-safe, but for what the worker does by itself.
class Driver {
 public:
  Driver(waybill::test::TestDatabase& payments, const waybill::test::SandboxProcess& sandbox,
         DriverOptions options = {});
  // Stops the worker.
  ~Driver();

  void Start();
  // As the consumer would: in one transaction, then wake the worker.
  void Raise(const WantedChange& change);
  void Place(const OrderId& order, const std::string& method = "pm_card_visa");
  void Reserve(const OrderId& order);
  void Cancel(const OrderId& order);

  DrivePayments& drive() { return *drive_; }

 private:
  postgres::Pool pool_;
  PostgresUnitOfWork work_;
  std::unique_ptr<StripeProvider> stripe_;
  std::unique_ptr<DrivePayments> drive_;
  std::unique_ptr<PeriodicWorker> worker_;
};

inline constexpr std::int64_t kAmount = 500;

WantedChange Change(const OrderId& order, Wanted wanted);
WantedChange Placed(const OrderId& order, const std::string& method);

}  // namespace waybill::payment_svc::test
