// Use case: drives payments from what they are to what is wanted of them.
//
// A round writes the answers that have come in, with their events, in one transaction. It claims as
// many due payments as there is room for calls, writes their steps as begun and commits; only then
// it makes the calls. No call runs inside a transaction. A process that dies at any line leaves a
// begun step with a lease that expires; then any worker continues it with the same idempotency key,
// or looks its outcome up when the key can't be trusted.
//
// Several workers may share a database: a lease, longer than any call takes, keeps a payment to one
// of them, and an answer counts only while its very call is still the payment's last.
#pragma once

#include <atomic>
#include <optional>
#include <vector>

#include "absl/random/random.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "payment_svc/application/payment_provider.h"
#include "payment_svc/application/transition_report.h"
#include "payment_svc/storage/stores.h"
#include "platform/executor/backoff.h"
#include "platform/executor/periodic_worker.h"

namespace waybill::payment_svc {

struct DriveOptions {
  // Calls under way at once.
  int max_in_flight = 64;
  // The longest a call takes.
  absl::Duration call_timeout = absl::Seconds(5);
  // How much longer than a call a lease is: for the time between claim and call, and for writing
  // the answer.
  absl::Duration lease_margin = absl::Seconds(5);
  // The provider's search may not show a payment before this long after its creation.
  absl::Duration search_lag = absl::Minutes(1);
  // From this long after a payment's creation on, the provider's search shows it for certain, also
  // when the call that created it was executed after it had timed out here.
  absl::Duration search_complete_after = absl::Hours(1);
  // How often the table is polled without a wake-up: for retries and the payments that other
  // instances have left.
  absl::Duration poll_every = absl::Milliseconds(200);
  BackoffOptions backoff{.initial = absl::Milliseconds(100), .max = absl::Seconds(30)};
};

// Run and Drain are called by one thread at a time; Wake by any. Borrows unit of work and provider.
class DrivePayments {
 public:
  DrivePayments(const UnitOfWork& unit_of_work, PaymentProvider& provider, DriveOptions options,
                TransitionReport report = {});

  // Runs round after round, to be started. It is woken by Wake, below.
  PeriodicWorker& worker() { return worker_; }

  // One round. Waits for answers and for Wake, for at most poll_every, besides its two transactions
  // of 5 s at most. The error is the database's; answers that could not be written are kept for the
  // next round.
  absl::StatusOr<RoundResult> Run();
  // There may be due payments. Thread-safe, never blocks.
  void Wake();
  // When the worker has ended: takes no new payment, and writes the answers of the calls under way.
  // Blocks for call_timeout plus 5 s, and a transaction of 5 s, at most. A call that takes
  // longer is continued when its lease has expired.
  void Drain();

 private:
  void Collect(absl::Duration max_wait);
  absl::Status StoreAnswers();
  std::vector<AppliedAnswer> Apply(PaymentStore& store);
  // When the payment is due next.
  std::optional<absl::Duration> NextLook(Payment& payment, const Effect& effect,
                                         const Answer& answer);
  absl::Status ClaimAndCall();
  std::vector<StartedCall> Claim(PaymentStore& store, int room);
  // How many more calls may be made.
  int Room() const;

  const UnitOfWork& unit_of_work_;
  PaymentProvider& provider_;
  const DriveOptions options_;
  const TransitionReport report_;
  std::atomic<bool> woken_{true};
  absl::Time next_poll_ = absl::InfinitePast();
  // Calls submitted whose answers have not been collected.
  int in_flight_ = 0;
  // Collected, not yet written: at most max_in_flight, since they count against it.
  std::vector<ProviderAnswer> answers_;
  absl::BitGen random_;
  // Last: its thread uses all of the above.
  PeriodicWorker worker_;
};

}  // namespace waybill::payment_svc
