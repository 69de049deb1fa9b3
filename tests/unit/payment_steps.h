// Payments at each of their steps, and answers of the provider, for tests of the state machine.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "payment_svc/domain/payment.h"

namespace waybill::payment_svc::test {

// Orders that are made from now on aren't of long ago.
inline const absl::Time kNow = absl::Now();

inline Charge SomeCharge() { return {UserId("ann"), "pm_card_visa", {1999, "EUR"}}; }

inline Payment Placed() {
  Payment payment = NewPayment(OrderId::New(), PaymentId::New());
  Place(payment, SomeCharge());
  return payment;
}

inline Answer Stands(Standing standing) {
  Answer answer;
  answer.kind = Answer::Kind::kStands;
  answer.standing = standing;
  answer.provider_reference = "pi_1";
  return answer;
}

inline Answer Of(Answer::Kind kind, std::string reason = "") {
  Answer answer;
  answer.kind = kind;
  answer.reason = std::move(reason);
  return answer;
}

inline constexpr absl::Duration kSearchCompleteAfter = absl::Hours(1);

inline Effect Answered(Payment& payment, const Answer& answer, absl::Time now = kNow) {
  const Call call = BeginStep(payment, now);
  return ApplyAnswer(payment, call, answer, now, kSearchCompleteAfter);
}

inline std::vector<PaymentEvent::Kind> KindsOf(const Effect& effect) {
  std::vector<PaymentEvent::Kind> kinds;
  for (const PaymentEvent& event : effect.events) kinds.push_back(event.kind);
  return kinds;
}

inline Payment Authorized() {
  Payment payment = Placed();
  Answered(payment, Stands(Standing::kHeld));
  return payment;
}

inline Payment Captured() {
  Payment payment = Authorized();
  Raise(payment, Wanted::kCapture);
  Answered(payment, Stands(Standing::kCaptured));
  return payment;
}

}  // namespace waybill::payment_svc::test
