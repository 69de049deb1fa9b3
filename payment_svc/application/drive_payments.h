// Use case: drives payments from what they are to what is wanted of them.
//
// Whoever changes what is wanted begins the steps in the same transaction, as far as there is room for
// calls (CallPlaces), and submits the calls after the commit. A round makes them, and writes the
// answers that have come in, with their events, in one transaction. What is due otherwise (retries,
// payments that were left for want of room or by other instances) it claims: it writes their steps as
// begun, commits, and only then makes the calls. No call runs inside a transaction. A process that dies at any line leaves a
// begun step with a lease that expires; then any worker continues it with the same idempotency key,
// or looks its outcome up when the key can't be trusted.
//
// Several workers may share a database: a lease, longer than any call takes, keeps a payment to one
// of them, and an answer counts only while its very call is still the payment's last.
#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "absl/random/random.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "payment_svc/application/payment_provider.h"
#include "payment_svc/application/transition_report.h"
#include "payment_svc/storage/stores.h"
#include "platform/executor/backoff.h"
#include "platform/executor/periodic_worker.h"
#include "platform/executor/rest.h"

namespace waybill::payment_svc {

struct DriveOptions {
  // Calls under way at once. As many again may be begun and wait for their turn, or be answered and
  // wait to be written.
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

// Places for calls that are to be begun. Those that are not used are given back at the end. Movable.
class CallPlaces {
 public:
  CallPlaces() = default;
  // `taken`, which counts all places taken, has been raised by `count`.
  CallPlaces(std::shared_ptr<std::atomic<int>> taken, int count)
      : taken_(std::move(taken)), count_(count) {}
  CallPlaces(CallPlaces&& other) noexcept
      : taken_(std::move(other.taken_)), count_(std::exchange(other.count_, 0)) {}
  CallPlaces& operator=(CallPlaces&& other) noexcept {
    std::swap(taken_, other.taken_);
    std::swap(count_, other.count_);
    return *this;
  }
  ~CallPlaces() {
    if (count_ > 0) *taken_ -= count_;
  }

  int count() const { return count_; }
  // The calls are made; each gives its place back when its answer is written.
  void Use(std::size_t calls) { count_ -= static_cast<int>(calls); }

 private:
  std::shared_ptr<std::atomic<int>> taken_;
  int count_ = 0;
};

// Run and Drain are called by one thread at a time; the others by any. Borrows unit of work and
// provider.
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
  // Up to `wanted` places for calls: fewer when the others are under way, none unless the worker runs.
  // Thread-safe, never blocks.
  CallPlaces Reserve(int wanted);
  // Begins the next step of a payment that has one, within a transaction that is to write it with a
  // lease(). A place must have been taken.
  StartedCall Begin(TracedPayment& traced) const;
  // How long a payment whose step was begun belongs to this worker.
  absl::Duration lease() const { return options_.call_timeout + options_.lease_margin; }
  // Makes the calls, which were begun and committed. Gives the places of calls back that were begun
  // too long ago. Thread-safe, never blocks.
  void Submit(std::vector<StartedCall> calls);
  // When the worker has ended: takes no new payment, and writes the answers of the calls under way.
  // Blocks for call_timeout plus 5 s, and a transaction of 5 s, at most. A call that takes
  // longer is continued when its lease has expired.
  void Drain();

 private:
  void MakeSubmittedCalls();
  void Collect(absl::Duration max_wait);
  absl::Status StoreAnswers();
  std::vector<AppliedAnswer> Apply(PaymentStore& store);
  // When the payment is due next.
  std::optional<absl::Duration> NextLook(Payment& payment, const Effect& effect,
                                         const Answer& answer);
  absl::Status ClaimAndCall();
  std::vector<StartedCall> Claim(PaymentStore& store, int room);
  int Places() const { return 2 * options_.max_in_flight; }
  // How many more calls may be begun.
  int Room() const;

  const UnitOfWork& unit_of_work_;
  PaymentProvider& provider_;
  const DriveOptions options_;
  const TransitionReport report_;
  std::atomic<bool> woken_{true};
  absl::Time next_poll_ = absl::InfinitePast();
  Rest rest_;
  std::atomic<bool> accepting_{false};
  // Places taken: calls to be made, calls under way, and answers to be written.
  const std::shared_ptr<std::atomic<int>> in_flight_ = std::make_shared<std::atomic<int>>(0);
  // Calls made whose answers have not been collected.
  int under_way_ = 0;
  std::mutex mutex_;
  // Guarded by mutex_.
  std::deque<StartedCall> submitted_;
  // Collected, not yet written: at most max_in_flight, since they count against it.
  std::vector<ProviderAnswer> answers_;
  absl::BitGen random_;
  // Last: its thread uses all of the above.
  PeriodicWorker worker_;
};

}  // namespace waybill::payment_svc
