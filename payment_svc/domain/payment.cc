#include "payment_svc/domain/payment.h"

#include <algorithm>
#include <utility>

namespace waybill::payment_svc {
namespace {

void Emit(Payment& payment, Effect& effect, PaymentEvent::Kind kind, std::string reason = "") {
  effect.events.push_back({kind, ++payment.event_sequence, std::move(reason)});
}

void Reach(Payment& payment, State state) {
  payment.state = state;
  payment.started.reset();
  payment.tries = 0;
}

// The step has not happened, and its key won't make it happen: the next one gets a new key.
void Withdraw(Payment& payment, Effect& effect) {
  payment.started.reset();
  ++payment.attempt;
  effect.back_off = true;
}

void Decline(Payment& payment, Effect& effect, const std::string& reason) {
  Reach(payment, State::kDeclined);
  payment.decline_reason = reason;
  Emit(payment, effect, PaymentEvent::Kind::kDeclined, reason);
}

void EndAuthorize(Payment& payment, const Answer& answer, Effect& effect) {
  switch (answer.standing) {
    case Standing::kAbsent:  // Proven by now.
      payment.nothing_held = payment.wanted == Wanted::kRelease;
      return Withdraw(payment, effect);
    case Standing::kHeld:
    case Standing::kCaptured:  // By hand, at the provider: the next step will find it so.
      Reach(payment, State::kAuthorized);
      if (payment.wanted != Wanted::kRelease) Emit(payment, effect, PaymentEvent::Kind::kConfirmed);
      return;
    case Standing::kDeclined:
      return Decline(payment, effect, answer.reason);
    case Standing::kVoided:
    case Standing::kRefunded:
      return Decline(payment, effect, "canceled");
  }
}

void EndReleased(Payment& payment, State state, Effect& effect) {
  Reach(payment, state);
  Emit(payment, effect,
       state == State::kRefunded ? PaymentEvent::Kind::kRefunded : PaymentEvent::Kind::kVoided);
}

void EndCapture(Payment& payment, const Answer& answer, Effect& effect) {
  switch (answer.standing) {
    case Standing::kAbsent:
    case Standing::kHeld:
      return Withdraw(payment, effect);
    case Standing::kCaptured:
      Reach(payment, State::kCaptured);
      return Emit(payment, effect, PaymentEvent::Kind::kCaptured);
    case Standing::kDeclined:
    case Standing::kVoided:
    case Standing::kRefunded:
      Emit(payment, effect, PaymentEvent::Kind::kFailed, "hold_gone");
      return EndReleased(payment,
                         answer.standing == Standing::kRefunded ? State::kRefunded : State::kVoided,
                         effect);
  }
}

void EndVoid(Payment& payment, const Answer& answer, Effect& effect) {
  switch (answer.standing) {
    case Standing::kAbsent:
    case Standing::kHeld:
      return Withdraw(payment, effect);
    case Standing::kCaptured:
      Reach(payment, State::kCaptured);
      return Emit(payment, effect, PaymentEvent::Kind::kCaptured);
    case Standing::kRefunded:
      return EndReleased(payment, State::kRefunded, effect);
    case Standing::kDeclined:
    case Standing::kVoided:
      return EndReleased(payment, State::kVoided, effect);
  }
}

void EndRefund(Payment& payment, const Answer& answer, Effect& effect) {
  if (answer.standing == Standing::kRefunded) {
    return EndReleased(payment, State::kRefunded, effect);
  }
  Withdraw(payment, effect);
}

Refund& RefundUnderWay(Payment& payment) {
  return *std::ranges::find(payment.refunds, RefundState::kRequested, &Refund::state);
}

void EndPart(Payment& payment, RefundState state, const std::string& reason, Effect& effect) {
  Refund& refund = RefundUnderWay(payment);
  refund.state = state;
  refund.reason = reason;
  payment.started.reset();
  payment.tries = 0;
  Emit(payment, effect,
       state == RefundState::kRefunded ? PaymentEvent::Kind::kPartRefunded
                                       : PaymentEvent::Kind::kPartFailed,
       reason);
  effect.events.back().refund = refund.id;
}

void EndRefundPart(Payment& payment, const Answer& answer, Effect& effect) {
  if (answer.standing == Standing::kRefunded) {
    return EndPart(payment, RefundState::kRefunded, "", effect);
  }
  Withdraw(payment, effect);
}

void End(Payment& payment, const Answer& answer, Effect& effect) {
  switch (payment.started->step) {
    case Step::kAuthorize:
      return EndAuthorize(payment, answer, effect);
    case Step::kCapture:
      return EndCapture(payment, answer, effect);
    case Step::kVoid:
      return EndVoid(payment, answer, effect);
    case Step::kRefund:
      return EndRefund(payment, answer, effect);
    case Step::kRefundPart:
      return EndRefundPart(payment, answer, effect);
  }
}

void Refuse(Payment& payment, const Answer& answer, Effect& effect) {
  switch (payment.started->step) {
    case Step::kAuthorize:
      return Decline(payment, effect, answer.reason);
    case Step::kCapture:
      Withdraw(payment, effect);
      payment.tries = 0;
      effect.back_off = false;
      payment.wanted = Wanted::kRelease;
      return Emit(payment, effect, PaymentEvent::Kind::kFailed, answer.reason);
    case Step::kVoid:
    case Step::kRefund:
      // The money isn't ours: tried for ever, and every refusal is in the log.
      return Withdraw(payment, effect);
    case Step::kRefundPart:
      return EndPart(payment, RefundState::kFailed, answer.reason, effect);
  }
}

// A search has found nothing, which proves nothing yet.
void SeekOn(StartedStep& started) {
  const bool called_once = started.called_at == started.started_at;
  if (called_once) started.lookup = false;
}

// The provider has not executed the call.
void TakeBack(Payment& payment, const Call& call) {
  if (call.first && call.step == Step::kAuthorize) payment.started.reset();
}

bool HasRequestedRefund(const Payment& payment) {
  return std::ranges::find(payment.refunds, RefundState::kRequested, &Refund::state) !=
         payment.refunds.end();
}

// Whether a look-up has to come before the step's first call.
bool IsOfLongAgo(const Payment& payment, Step step, absl::Time now) {
  if (payment.tries > 0) return false;
  // Ids are made when the order is placed, or the refund requested.
  const Uuid long_ago = Uuid::LowestV7(now - kKeyTrustedFor);
  if (step == Step::kAuthorize) return payment.order.uuid() < long_ago;
  return step == Step::kRefundPart && PartOf(payment, step)->id->uuid() < long_ago;
}

void NoteMismatch(StartedStep& started, const std::string& mismatch) {
  started.lookup = true;
  started.mismatch = mismatch;
}

}  // namespace

Payment NewPayment(const OrderId& order, const PaymentId& id) {
  Payment payment;
  payment.order = order;
  payment.id = id;
  return payment;
}

void Place(Payment& payment, Charge charge) {
  if (!payment.charge || !payment.charge->user) payment.charge = std::move(charge);
}

void Raise(Payment& payment, Wanted wanted) { payment.wanted = std::max(payment.wanted, wanted); }

void AddRefund(Payment& payment, Refund refund) {
  if (std::ranges::find(payment.refunds, refund.id, &Refund::id) != payment.refunds.end()) return;
  payment.refunds.push_back(std::move(refund));
}

Money RefundedOf(const Payment& payment) {
  Money refunded{0, payment.charge->amount.currency};
  for (const Refund& refund : payment.refunds) {
    if (refund.state == RefundState::kRefunded) refunded.minor_units += refund.amount.minor_units;
  }
  return refunded;
}

Money RestOf(const Payment& payment) {
  Money rest = payment.charge->amount;
  rest.minor_units -= RefundedOf(payment).minor_units;
  return rest;
}

std::optional<RefundPart> PartOf(const Payment& payment, Step step) {
  if (step == Step::kRefundPart) {
    const auto refund = std::ranges::find(payment.refunds, RefundState::kRequested, &Refund::state);
    return RefundPart{refund->id, refund->amount};
  }
  if (step != Step::kRefund || RefundedOf(payment).minor_units == 0) return std::nullopt;
  return RefundPart{std::nullopt, RestOf(payment)};
}

std::optional<Step> NextStep(const Payment& payment) {
  if (payment.started) return payment.started->step;
  switch (payment.state) {
    case State::kNone:
      if (payment.wanted == Wanted::kRelease ? payment.nothing_held : !payment.charge) {
        return std::nullopt;
      }
      return Step::kAuthorize;
    case State::kAuthorized:
      if (payment.wanted == Wanted::kCapture) return Step::kCapture;
      if (payment.wanted == Wanted::kRelease) return Step::kVoid;
      return std::nullopt;
    case State::kCaptured:
      if (HasRequestedRefund(payment)) return Step::kRefundPart;
      if (payment.wanted == Wanted::kRelease) return Step::kRefund;
      return std::nullopt;
    case State::kDeclined:
    case State::kVoided:
    case State::kRefunded:
      return std::nullopt;
  }
  return std::nullopt;
}

Call BeginStep(Payment& payment, absl::Time now) {
  const bool first = !payment.started;
  if (first) {
    const Step step = *NextStep(payment);
    payment.started = StartedStep{.step = step,
                                  .started_at = now,
                                  .lookup = IsOfLongAgo(payment, step, now),
                                  .called_at = absl::UnixEpoch()};
  }
  StartedStep& started = *payment.started;
  const bool unwanted = payment.wanted == Wanted::kRelease &&
                        (started.step == Step::kAuthorize || started.step == Step::kCapture);
  const bool nothing_left = started.step == Step::kRefund && RestOf(payment).minor_units == 0;
  if (unwanted || nothing_left || now - started.started_at > kKeyTrustedFor) started.lookup = true;
  if (!started.lookup) started.called_at = now;
  ++payment.tries;
  return {started.step, payment.attempt, payment.tries, started.lookup, first};
}

absl::Duration WaitBeforeNextCall(Payment& payment, absl::Time now, absl::Duration wait,
                                  absl::Duration search_lag) {
  if (!payment.started) return wait;
  StartedStep& started = *payment.started;
  if (now + wait - started.started_at > kKeyTrustedFor) started.lookup = true;
  // The others are looked up by their id.
  const bool by_search = started.lookup && started.step == Step::kAuthorize;
  return by_search ? std::max(wait, search_lag) : wait;
}

bool Awaits(const Payment& payment, const Call& call) {
  return payment.started && payment.started->step == call.step && payment.attempt == call.attempt &&
         payment.tries == call.tries;
}

Effect ApplyAnswer(Payment& payment, const Call& call, const Answer& answer, absl::Time now,
                   absl::Duration search_complete_after) {
  Effect effect;
  effect.back_off = answer.kind != Answer::Kind::kStands && answer.kind != Answer::Kind::kRefused;
  if (!answer.provider_reference.empty()) payment.provider_reference = answer.provider_reference;
  if (!payment.charge && answer.amount) {
    payment.charge = Charge{.user = std::nullopt, .payment_method = "", .amount = *answer.amount};
  }
  switch (answer.kind) {
    case Answer::Kind::kStands:
      if (answer.standing == Standing::kAbsent &&
          now - payment.started->called_at < search_complete_after) {
        SeekOn(*payment.started);
        effect.back_off = true;
      } else {
        End(payment, answer, effect);
      }
      break;
    case Answer::Kind::kRefused:
      Refuse(payment, answer, effect);
      break;
    case Answer::Kind::kServerError:
      payment.started->lookup = true;
      break;
    case Answer::Kind::kMismatch:
      NoteMismatch(*payment.started, answer.reason);
      break;
    case Answer::Kind::kBusy:
    case Answer::Kind::kUnreachable:
      TakeBack(payment, call);
      break;
    case Answer::Kind::kUnknown:
      break;
  }
  return effect;
}

}  // namespace waybill::payment_svc
