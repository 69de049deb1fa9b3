#include "payment_svc/application/drive_payments.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/time/clock.h"
#include "platform/faults/fault_point.h"
#include "platform/log/log.h"

namespace waybill::payment_svc {
namespace {

constexpr absl::Duration kTransactionPatience = absl::Seconds(5);

std::string_view NameOf(Answer::Kind kind) {
  switch (kind) {
    case Answer::Kind::kStands:
      return "told";
    case Answer::Kind::kRefused:
      return "refused";
    case Answer::Kind::kServerError:
      return "server error";
    case Answer::Kind::kBusy:
      return "busy";
    case Answer::Kind::kUnknown:
      return "no answer";
  }
  return "";
}

bool IsExpected(Answer::Kind kind) { return kind == Answer::Kind::kStands; }

}  // namespace

DrivePayments::DrivePayments(DriveOptions options, UnitOfWork& work, PaymentProvider& provider,
                             PaymentMetrics metrics)
    : options_(std::move(options)),
      work_(work),
      provider_(provider),
      metrics_(std::move(metrics)) {}

void DrivePayments::Wake() {
  woken_ = true;
  provider_.Wake();
}

absl::StatusOr<RoundResult> DrivePayments::Round() {
  const absl::Duration until_poll =
      std::clamp(next_poll_ - absl::Now(), absl::ZeroDuration(), options_.poll_every);
  Collect(woken_ ? absl::ZeroDuration() : until_poll);
  if (absl::Status status = StoreAnswers(); !status.ok()) return status;
  const bool woken = woken_.exchange(false);
  if (woken || absl::Now() >= next_poll_) {
    if (absl::Status status = ClaimAndCall(); !status.ok()) {
      woken_ = true;
      return status;
    }
  }
  return RoundResult::kMoreWork;
}

void DrivePayments::Drain(absl::Duration patience) {
  const absl::Time deadline = absl::Now() + patience;
  do {
    if (in_flight_ > 0) Collect(options_.poll_every);
    if (absl::Status status = StoreAnswers(); !status.ok()) {
      log::Warn("answers of the payment provider not stored; they will be asked for again",
                {{"error", status.ToString()}});
      return;
    }
  } while (in_flight_ > 0 && absl::Now() < deadline);
}

void DrivePayments::Collect(absl::Duration max_wait) {
  std::vector<ProviderAnswer> answers = provider_.Collect(max_wait);
  in_flight_ -= static_cast<int>(answers.size());
  std::move(answers.begin(), answers.end(), std::back_inserter(answers_));
}

absl::Status DrivePayments::ClaimAndCall() {
  const int room = options_.max_in_flight - in_flight_ - static_cast<int>(answers_.size());
  // A full house claims again as soon as an answer makes room (StoreAnswers).
  if (room <= 0) return absl::OkStatus();
  const absl::Time begun_at = absl::Now();
  std::vector<ClaimedCall> claimed;
  const absl::Status status =
      work_.Run("claim_payments", begun_at + kTransactionPatience, [&](PaymentStore& store) {
        claimed = Claim(store, room);
        return absl::OkStatus();
      });
  if (!status.ok()) return status;
  next_poll_ = absl::Now() + options_.poll_every;
  if (claimed.empty()) return absl::OkStatus();
  faults::Point("payment_svc.step_started");
  if (static_cast<int>(claimed.size()) == room) woken_ = true;
  // A worker that was stopped in between may no longer have the lease when its call ends.
  if (absl::Now() - begun_at > options_.lease_margin) {
    log::Warn("claimed payments too slowly; their steps continue when the lease has run out",
              {{"payments", claimed.size()}});
    return absl::OkStatus();
  }
  for (ClaimedCall& one : claimed) {
    log::Info("payment step started", {{"order_id", one.call.order.ToString()},
                                       {"trace_id", one.trace_id},
                                       {"step", NameOf(one.call.call.step)},
                                       {"attempt", one.call.call.attempt},
                                       {"tries", one.call.call.tries},
                                       {"call", one.call.call.lookup ? "look-up" : "step"}});
    provider_.Submit(std::move(one.call));
    ++in_flight_;
  }
  faults::Point("payment_svc.step_submitted");
  return absl::OkStatus();
}

std::vector<DrivePayments::ClaimedCall> DrivePayments::Claim(PaymentStore& store, int room) {
  std::vector<ClaimedCall> claimed;
  std::vector<Progress> progress;
  for (PaymentRecord& record : store.ClaimDue(room)) {
    Payment& payment = record.payment;
    if (!NextStep(payment)) {
      progress.push_back({std::move(payment), std::nullopt});
      continue;
    }
    const Call call = BeginStep(payment, absl::Now());
    claimed.push_back({{payment.order, call, *payment.charge, payment.provider_reference},
                       record.trace.trace_id()});
    progress.push_back(
        {std::move(payment), absl::ZeroDuration(), options_.call_timeout + options_.lease_margin});
  }
  if (!progress.empty()) store.SaveProgress(progress);
  return claimed;
}

absl::Status DrivePayments::StoreAnswers() {
  if (answers_.empty()) return absl::OkStatus();
  faults::Point("payment_svc.step_answered");
  std::vector<Settled> settled;
  const absl::Status status = work_.Run("store_payment_answers", absl::Now() + kTransactionPatience,
                                        [&](PaymentStore& store) {
                                          settled = Settle(store);
                                          return absl::OkStatus();
                                        });
  if (!status.ok()) return status;
  faults::Point("payment_svc.answer_stored");
  for (const Settled& one : settled) {
    log::Write(IsExpected(one.answer->answer.kind) ? log::Level::kInfo : log::Level::kWarn,
               "payment step answered",
               {{"order_id", one.answer->order.ToString()},
                {"trace_id", one.trace_id},
                {"step", NameOf(one.answer->call.step)},
                {"attempt", one.answer->call.attempt},
                {"answer", NameOf(one.answer->answer.kind)},
                {"reason", one.answer->answer.reason},
                {"state", NameOf(one.state)},
                {"next_in_ms", one.due_in ? absl::ToInt64Milliseconds(*one.due_in) : -1}});
    if (one.moved) metrics_.Count(one.state);
    if (one.due_in == absl::ZeroDuration()) woken_ = true;
  }
  // There was no room for those; now there is.
  if (in_flight_ + static_cast<int>(answers_.size()) >= options_.max_in_flight) woken_ = true;
  answers_.clear();
  return absl::OkStatus();
}

std::vector<DrivePayments::Settled> DrivePayments::Settle(PaymentStore& store) {
  std::map<OrderId, const ProviderAnswer*> by_order;
  for (const ProviderAnswer& answer : answers_) by_order[answer.order] = &answer;
  std::vector<OrderId> orders;
  for (const auto& [order, unused] : by_order) orders.push_back(order);

  std::vector<Settled> settled;
  std::vector<Progress> progress;
  std::vector<EmittedEvent> events;
  for (PaymentRecord& record : store.Lock(orders)) {
    const ProviderAnswer& answer = *by_order.at(record.payment.order);
    if (!Awaits(record.payment, answer.call)) {
      log::Warn("an answer came too late and was not used",
                {{"order_id", answer.order.ToString()}, {"trace_id", record.trace.trace_id()}});
      continue;
    }
    const State before = record.payment.state;
    const Effect effect = ApplyAnswer(record.payment, answer.answer);
    const std::optional<absl::Duration> due_in = NextLook(record.payment, effect, answer.answer);
    for (const Event& event : effect.events) events.push_back({record, event});
    settled.push_back({&answer, record.payment.state, record.payment.state != before,
                       record.trace.trace_id(), due_in});
    progress.push_back({std::move(record.payment), due_in});
  }
  if (!progress.empty()) store.SaveProgress(progress);
  store.Append(events);
  return settled;
}

std::optional<absl::Duration> DrivePayments::NextLook(Payment& payment, const Effect& effect,
                                                      const Answer& answer) {
  if (!NextStep(payment)) return std::nullopt;
  if (!effect.back_off) return absl::ZeroDuration();
  absl::Duration wait = Backoff::After(payment.tries, options_.backoff, random_);
  wait = std::max(wait, std::min(answer.retry_after, options_.backoff.max));
  return WaitBeforeNextCall(payment, absl::Now(), wait, options_.search_lag);
}

}  // namespace waybill::payment_svc
