// Use case: drives payments from their current state to what is wanted of them.
//
// The use case that changes what is wanted begins the steps in the same transaction, as far as
// there is room for calls (CallPlaces), and submits the calls after the commit. A round makes these
// calls, and writes the answers that have arrived, with their events, in one transaction. A round
// also claims the other payments that are due (retries, and payments for which there was no room or
// which other instances have left): it records their steps as begun, commits, and only then makes
// the calls. No call runs inside a transaction. A process that dies at any point leaves a begun
// step with a lease that expires; then any worker continues the step with the same idempotency key,
// or looks its outcome up when the key can't be trusted.
//
// Several workers may share a database: a lease, which lasts longer than any call, reserves a
// payment for one of them, and an answer counts only if its call is still the payment's last.
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
  // The most calls under way at once. As many more may have begun and wait to be made, or be
  // answered and wait to be written.
  int max_in_flight = 64;
  // How long a call takes at most.
  absl::Duration call_timeout = absl::Seconds(5);
  // How much longer a lease lasts than a call: for the time between claim and call, and for writing
  // the answer.
  absl::Duration lease_margin = absl::Seconds(5);
  // How long after its creation the provider's search may still not show a payment.
  absl::Duration search_lag = absl::Minutes(1);
  // How long after the last call the provider's search is certain to show a payment, even if the
  // provider executed that call after it had timed out here.
  absl::Duration search_complete_after = absl::Hours(1);
  // How often the table is polled without a wake-up: for retries and the payments that other
  // instances have left.
  absl::Duration poll_every = absl::Milliseconds(200);
  BackoffOptions backoff{.initial = absl::Milliseconds(100), .max = absl::Seconds(30)};
};

// Reserved places for calls that are to begin. The destructor releases those that were not used.
// Movable; not thread-safe.
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
  // Passes `calls` places on to calls, each of which releases its place when its answer is written.
  void Use(std::size_t calls) { count_ -= static_cast<int>(calls); }

 private:
  std::shared_ptr<std::atomic<int>> taken_;
  int count_ = 0;
};

// One thread at a time calls Run and Drain; the other methods are thread-safe. Borrows unit of work
// and provider.
class DrivePayments {
 public:
  DrivePayments(const UnitOfWork& unit_of_work, PaymentProvider& provider, DriveOptions options,
                TransitionReport report = {});

  // Calls Run in a loop; the owner starts it. Wake, below, wakes it.
  PeriodicWorker& worker() { return worker_; }

  // Runs one round. Blocks for at most poll_every, waiting for answers or Wake, and for two
  // transactions of at most 5 s. Errors: UnitOfWork's; answers that could not be written are kept
  // for the next round.
  absl::StatusOr<RoundResult> Run();
  // Makes the next round look for due payments. Thread-safe, never blocks.
  void Wake();
  // Reserves up to `wanted` places for calls: fewer when too many calls are under way, none unless
  // the worker runs. Thread-safe, never blocks.
  CallPlaces Reserve(int wanted);
  // Begins the next step of a payment, which must have one, within a transaction that then writes
  // the payment with a lease of lease(). The caller must have reserved a place.
  StartedCall Begin(TracedPayment& traced) const;
  // How long this worker owns a payment whose step it has begun.
  absl::Duration lease() const { return options_.call_timeout + options_.lease_margin; }
  // Queues calls whose steps are committed as begun; the worker makes them, except those that began
  // too long ago, whose places it releases. Thread-safe, never blocks.
  void Submit(std::vector<StartedCall> calls);
  // Call it after the worker has ended: claims no payment, and writes the answers of the calls
  // under way. Blocks for at most call_timeout plus 5 s, and a transaction of 5 s. A call that
  // takes longer is continued when its lease has expired.
  void Drain();

 private:
  void MakeSubmittedCalls();
  void Collect(absl::Duration max_wait);
  absl::Status StoreAnswers();
  std::vector<AppliedAnswer> Apply(PaymentStore& store);
  // In how long the payment is due next.
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
