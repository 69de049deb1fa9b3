// The worker that drives what payments are towards what is wanted of them.
//
// A round: take the answers that have come in and write them, with their events, in one
// transaction; claim as many due payments as there is room for calls, write their steps as begun,
// commit; only then make the calls. No call runs inside a transaction. What a death at any line
// leaves behind is a begun step with a lease that runs out; then any worker continues it with the
// same idempotency key.
//
// Several workers may share a database: a lease, longer than any call takes, keeps a payment to one
// of them, and an answer counts only while its very call is still the payment's last.
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "absl/random/random.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "payment_svc/application/payment_metrics.h"
#include "payment_svc/application/ports.h"
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
  // How often the table is looked at without being woken: for retries and other instances'
  // leftovers.
  absl::Duration poll_every = absl::Milliseconds(200);
  BackoffOptions backoff{.initial = absl::Milliseconds(100), .max = absl::Seconds(30)};
};

// Round and Drain are called by one thread at a time; Wake by any. Borrows what it is given.
class DrivePayments {
 public:
  DrivePayments(DriveOptions options, UnitOfWork& work, PaymentProvider& provider,
                PaymentMetrics metrics = {});

  // For PeriodicWorker. Blocks for at most poll_every plus its transactions. The error is the
  // database's; answers that could not be written are kept for the next round.
  absl::StatusOr<RoundResult> Round();
  // There may be due payments. Never blocks.
  void Wake();
  // Before the end: takes no new payment, and writes the answers of the calls under way, for at
  // most `patience`. What doesn't make it is continued when its lease has run out.
  void Drain(absl::Duration patience);

 private:
  struct ClaimedCall {
    ProviderCall call;
    std::string trace_id;
  };
  struct Settled {
    const ProviderAnswer* answer;
    State state;
    // Into `state`, by this answer.
    bool moved;
    std::string trace_id;
    std::optional<absl::Duration> due_in;
  };

  void Collect(absl::Duration max_wait);
  absl::Status StoreAnswers();
  absl::Status ClaimAndCall();
  std::vector<ClaimedCall> Claim(PaymentStore& store, int room);
  std::vector<Settled> Settle(PaymentStore& store);
  std::optional<absl::Duration> NextLook(Payment& payment, const Effect& effect,
                                         const Answer& answer);

  const DriveOptions options_;
  UnitOfWork& work_;
  PaymentProvider& provider_;
  const PaymentMetrics metrics_;
  std::atomic<bool> woken_{true};
  absl::Time next_poll_ = absl::InfinitePast();
  // Calls submitted whose answers have not been collected.
  int in_flight_ = 0;
  // Collected, not yet written: at most max_in_flight, since they count against it.
  std::vector<ProviderAnswer> answers_;
  absl::BitGen random_;
};

}  // namespace waybill::payment_svc
