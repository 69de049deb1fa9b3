#include "payment_svc/application/drive_payments.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include "absl/time/clock.h"
#include "platform/faults/fault_point.h"
#include "platform/log/log.h"
#include "platform/types/status_macros.h"

namespace waybill::payment_svc {
namespace {

constexpr absl::Duration kTransactionPatience = absl::Seconds(5);
// For the answers of calls that end with their time-out.
constexpr absl::Duration kDrainGrace = absl::Seconds(5);

std::optional<RefundState> RefundEndedBy(const Effect& effect) {
  for (const PaymentEvent& event : effect.events) {
    if (event.kind == PaymentEvent::Kind::kPartRefunded) return RefundState::kRefunded;
    if (event.kind == PaymentEvent::Kind::kPartFailed) return RefundState::kFailed;
  }
  return std::nullopt;
}

}  // namespace

// A round waits by itself, for answers as well as for work: none between two.
DrivePayments::DrivePayments(const UnitOfWork& unit_of_work, PaymentProvider& provider,
                             DriveOptions options, TransitionReport report)
    : unit_of_work_(unit_of_work),
      provider_(provider),
      options_(options),
      report_(std::move(report)),
      worker_("drive_payments", absl::ZeroDuration(), [this] { return Run(); }) {}

absl::StatusOr<RoundResult> DrivePayments::Run() {
  accepting_ = true;
  MakeSubmittedCalls();
  const absl::Duration until_poll =
      std::clamp(next_poll_ - absl::Now(), absl::ZeroDuration(), options_.poll_every);
  const absl::Duration rest = rest_.left();
  Collect(rest > absl::ZeroDuration() ? std::min(rest, until_poll)
          : woken_                    ? absl::ZeroDuration()
                                      : until_poll);
  // During a pause, more answers gather for the next transaction.
  MakeSubmittedCalls();
  if (rest_.left() > absl::ZeroDuration()) return RoundResult::kMoreWork;
  RETURN_IF_ERROR(StoreAnswers());
  const bool woken = woken_.exchange(false);
  if (woken || absl::Now() >= next_poll_) {
    if (absl::Status status = ClaimAndCall(); !status.ok()) {
      woken_ = true;
      return status;
    }
  }
  return RoundResult::kMoreWork;
}

void DrivePayments::Wake() {
  woken_ = true;
  provider_.Wake();
}

CallPlaces DrivePayments::Reserve(int wanted) {
  if (!accepting_) return {};
  const int taken_before = in_flight_->fetch_add(wanted);
  const int granted = std::clamp(Places() - taken_before, 0, wanted);
  *in_flight_ -= wanted - granted;
  return {in_flight_, granted};
}

StartedCall DrivePayments::Begin(TracedPayment& traced) const {
  Payment& payment = traced.payment;
  const absl::Time now = absl::Now();
  const Call call = BeginStep(payment, now);
  return {.call = {.order = payment.order,
                   .call = call,
                   .charge = payment.charge,
                   .provider_reference = payment.provider_reference,
                   .part = PartOf(payment, call.step)},
          .trace = traced.trace,
          .begun_at = now};
}

void DrivePayments::Submit(std::vector<StartedCall> calls) {
  if (calls.empty()) return;
  {
    const std::lock_guard lock(mutex_);
    std::ranges::move(calls, std::back_inserter(submitted_));
  }
  provider_.Wake();
}

void DrivePayments::MakeSubmittedCalls() {
  std::vector<StartedCall> calls;
  {
    const std::lock_guard lock(mutex_);
    while (!submitted_.empty() &&
           under_way_ + static_cast<int>(calls.size()) < options_.max_in_flight) {
      calls.push_back(std::move(submitted_.front()));
      submitted_.pop_front();
    }
  }
  if (calls.empty()) return;
  faults::Point("payment_svc.step_started");
  for (StartedCall& started : calls) {
    // If this process was suspended meanwhile, the lease may expire before the call ends.
    if (absl::Now() - started.begun_at > options_.lease_margin) {
      log::Warn(
          "the payment step began too long ago to be called; it continues when its lease expires",
          {{"order_id", started.call.order.ToString()}});
      --*in_flight_;
      continue;
    }
    report_.Started(started);
    provider_.Submit(std::move(started.call));
    ++under_way_;
  }
  faults::Point("payment_svc.step_submitted");
}

void DrivePayments::Drain() {
  accepting_ = false;
  MakeSubmittedCalls();
  const absl::Time deadline = absl::Now() + options_.call_timeout + kDrainGrace;
  do {
    if (under_way_ > 0) Collect(options_.poll_every);
    MakeSubmittedCalls();
    if (absl::Status status = StoreAnswers(); !status.ok()) {
      log::Warn("answers of the payment provider could not be stored; they will be asked for again",
                {{"error", status.ToString()}});
      return;
    }
  } while (under_way_ > 0 && absl::Now() < deadline);
}

void DrivePayments::Collect(absl::Duration max_wait) {
  std::vector<ProviderAnswer> answers = provider_.Collect(max_wait);
  under_way_ -= static_cast<int>(answers.size());
  std::ranges::move(answers, std::back_inserter(answers_));
}

absl::Status DrivePayments::StoreAnswers() {
  if (answers_.empty()) return absl::OkStatus();
  faults::Point("payment_svc.step_answered");
  rest_.BatchBegins();
  std::vector<AppliedAnswer> applied;
  RETURN_IF_ERROR(unit_of_work_.RunInBackground("store_payment_answers", kTransactionPatience,
                                                [&](Stores& stores) {
                                                  applied = Apply(stores.payments);
                                                  return absl::OkStatus();
                                                }));
  faults::Point("payment_svc.answer_stored");
  for (const AppliedAnswer& one : applied) {
    report_.Answered(one);
    if (one.due_in == absl::ZeroDuration()) woken_ = true;
  }
  // Due payments may have been left for want of room; now there is some.
  if (Room() <= 0) woken_ = true;
  rest_.BatchEnds(answers_.size());
  *in_flight_ -= static_cast<int>(answers_.size());
  answers_.clear();
  return absl::OkStatus();
}

std::vector<AppliedAnswer> DrivePayments::Apply(PaymentStore& store) {
  std::map<OrderId, const ProviderAnswer*> by_order;
  for (const ProviderAnswer& answer : answers_) by_order[answer.order] = &answer;
  std::vector<OrderId> orders;
  for (const auto& [order, unused] : by_order) orders.push_back(order);

  std::vector<AppliedAnswer> applied;
  std::vector<Progress> progress;
  for (TracedPayment& traced : store.Lock(orders)) {
    Payment& payment = traced.payment;
    const ProviderAnswer& answer = *by_order.at(payment.order);
    if (!Awaits(payment, answer.call)) {
      log::Warn("an answer of the payment provider came too late and was not used",
                {{"order_id", answer.order.ToString()}, {"trace_id", traced.trace.trace_id()}});
      continue;
    }
    const State before = payment.state;
    Effect effect = ApplyAnswer(payment, answer.call, answer.answer, absl::Now(),
                                options_.search_complete_after);
    const std::optional<absl::Duration> due_in = NextLook(payment, effect, answer.answer);
    applied.push_back({.answer = answer,
                       .trace = traced.trace,
                       .before = before,
                       .after = payment.state,
                       .refund = RefundEndedBy(effect),
                       .due_in = due_in});
    progress.push_back({.traced = std::move(traced),
                        .events = std::move(effect.events),
                        .due_in = due_in,
                        .lease = std::nullopt});
  }
  if (!progress.empty()) store.SaveProgress(progress);
  return applied;
}

std::optional<absl::Duration> DrivePayments::NextLook(Payment& payment, const Effect& effect,
                                                      const Answer& answer) {
  if (!NextStep(payment)) return std::nullopt;
  if (!effect.back_off) return absl::ZeroDuration();
  absl::Duration wait = Backoff::After(payment.tries, options_.backoff, random_);
  wait = std::max(wait, std::min(answer.retry_after, options_.backoff.max));
  return WaitBeforeNextCall(payment, absl::Now(), wait, options_.search_lag);
}

absl::Status DrivePayments::ClaimAndCall() {
  const int room = Room();
  // As soon as an answer makes room, StoreAnswers asks to claim again.
  if (room <= 0) return absl::OkStatus();
  CallPlaces places = Reserve(room);
  std::vector<StartedCall> claimed;
  RETURN_IF_ERROR(
      unit_of_work_.RunInBackground("claim_payments", kTransactionPatience, [&](Stores& stores) {
        claimed = Claim(stores.payments, places.count());
        return absl::OkStatus();
      }));
  next_poll_ = absl::Now() + options_.poll_every;
  if (static_cast<int>(claimed.size()) == places.count()) woken_ = true;
  places.Use(claimed.size());
  Submit(std::move(claimed));
  MakeSubmittedCalls();
  return absl::OkStatus();
}

std::vector<StartedCall> DrivePayments::Claim(PaymentStore& store, int room) {
  std::vector<StartedCall> claimed;
  std::vector<Progress> progress;
  for (TracedPayment& traced : store.ClaimDue(room)) {
    Progress& added = progress.emplace_back();
    if (NextStep(traced.payment)) {
      claimed.push_back(Begin(traced));
      // Due at once when the lease runs out, which it does only without an answer.
      added.due_in = absl::ZeroDuration();
      added.lease = lease();
    }
    added.traced = std::move(traced);
  }
  if (!progress.empty()) store.SaveProgress(progress);
  return claimed;
}

int DrivePayments::Room() const { return Places() - *in_flight_; }

}  // namespace waybill::payment_svc
