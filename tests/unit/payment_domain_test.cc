#include "payment_svc/domain/payment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <vector>

#include "tests/unit/payment_model_provider.h"

namespace waybill::payment_svc {
namespace {

using test::ModelProvider;
using test::Turn;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

Charge SomeCharge() { return {UserId("ann"), "pm_card_visa", {1999, "EUR"}}; }

Payment Placed() {
  Payment payment = NewPayment(OrderId::New(), PaymentId::New());
  Place(payment, SomeCharge());
  return payment;
}

Answer Stands(Standing standing) {
  Answer answer;
  answer.kind = Answer::Kind::kStands;
  answer.standing = standing;
  answer.provider_reference = "pi_1";
  return answer;
}

Answer Of(Answer::Kind kind, std::string reason = "") {
  Answer answer;
  answer.kind = kind;
  answer.reason = std::move(reason);
  return answer;
}

Effect Answered(Payment& payment, const Answer& answer) {
  BeginStep(payment, kNow);
  return ApplyAnswer(payment, answer);
}

std::vector<PaymentEvent::Kind> KindsOf(const Effect& effect) {
  std::vector<PaymentEvent::Kind> kinds;
  for (const PaymentEvent& event : effect.events) kinds.push_back(event.kind);
  return kinds;
}

Payment Authorized() {
  Payment payment = Placed();
  Answered(payment, Stands(Standing::kHeld));
  return payment;
}

Payment Captured() {
  Payment payment = Authorized();
  Raise(payment, Wanted::kCapture);
  Answered(payment, Stands(Standing::kCaptured));
  return payment;
}

TEST(PaymentTest, WhatIsWantedOnlyRises) {
  Payment payment = Placed();
  Raise(payment, Wanted::kRelease);
  Raise(payment, Wanted::kCapture);
  Raise(payment, Wanted::kAuthorize);
  EXPECT_EQ(payment.wanted, Wanted::kRelease);
}

TEST(PaymentTest, TheFirstChargeStays) {
  Payment payment = Placed();
  Place(payment, {UserId("eve"), "pm_other", {1, "USD"}});
  EXPECT_EQ(payment.charge, SomeCharge());
}

TEST(PaymentTest, NothingBeginsBeforeTheChargeIsKnown) {
  for (const Wanted wanted : {Wanted::kAuthorize, Wanted::kCapture, Wanted::kRelease}) {
    Payment payment = NewPayment(OrderId::New(), PaymentId::New());
    Raise(payment, wanted);
    EXPECT_EQ(NextStep(payment), std::nullopt);
  }
}

TEST(PaymentTest, ReleasedBeforeItsAuthorisationNobodyIsCalled) {
  Payment payment = Placed();
  Raise(payment, Wanted::kRelease);
  EXPECT_EQ(NextStep(payment), std::nullopt);
}

TEST(PaymentTest, TheNextStepFollowsFromWhatIsAndWhatIsWanted) {
  struct Case {
    State state;
    Wanted wanted;
    std::optional<Step> next;
  };
  const std::vector<Case> cases{
      {State::kNone, Wanted::kAuthorize, Step::kAuthorize},
      {State::kNone, Wanted::kCapture, Step::kAuthorize},
      {State::kNone, Wanted::kRelease, std::nullopt},
      {State::kAuthorized, Wanted::kAuthorize, std::nullopt},
      {State::kAuthorized, Wanted::kCapture, Step::kCapture},
      {State::kAuthorized, Wanted::kRelease, Step::kVoid},
      {State::kCaptured, Wanted::kAuthorize, std::nullopt},
      {State::kCaptured, Wanted::kCapture, std::nullopt},
      {State::kCaptured, Wanted::kRelease, Step::kRefund},
      {State::kDeclined, Wanted::kRelease, std::nullopt},
      {State::kVoided, Wanted::kRelease, std::nullopt},
      {State::kRefunded, Wanted::kRelease, std::nullopt},
  };
  for (const Case& one : cases) {
    Payment payment = Placed();
    payment.state = one.state;
    payment.wanted = one.wanted;
    EXPECT_EQ(NextStep(payment), one.next) << NameOf(one.state) << " " << NameOf(one.wanted);
  }
}

TEST(PaymentTest, AStartedStepIsResolvedBeforeAnythingElse) {
  Payment payment = Placed();
  const Call first = BeginStep(payment, kNow);
  Raise(payment, Wanted::kRelease);
  EXPECT_EQ(NextStep(payment), Step::kAuthorize);
  const Call second = BeginStep(payment, kNow + absl::Seconds(9));
  EXPECT_EQ(second.attempt, first.attempt) << "the retry used another idempotency key";
  EXPECT_FALSE(second.lookup);
  EXPECT_THAT(KindsOf(ApplyAnswer(payment, Stands(Standing::kHeld))), IsEmpty());
  EXPECT_EQ(NextStep(payment), Step::kVoid);
}

TEST(PaymentTest, AfterAServerErrorTheStepIsLookedUp) {
  Payment payment = Placed();
  const Effect effect = Answered(payment, Of(Answer::Kind::kServerError));
  EXPECT_TRUE(effect.back_off);
  EXPECT_TRUE(BeginStep(payment, kNow).lookup);
}

TEST(PaymentTest, AKeyThatMayHaveExpiredIsNotUsedAgain) {
  Payment payment = Placed();
  BeginStep(payment, kNow);
  EXPECT_FALSE(BeginStep(payment, kNow + absl::Hours(23)).lookup);
  EXPECT_TRUE(BeginStep(payment, kNow + absl::Hours(23) + absl::Seconds(1)).lookup);
}

TEST(PaymentTest, ALookUpThatReplacesAnExpiringKeyWaitsForTheProvidersSearch) {
  const absl::Duration lag = absl::Minutes(1);
  Payment payment = Placed();
  BeginStep(payment, kNow);
  const absl::Time late = kNow + kKeyTrustedFor - absl::Seconds(10);
  EXPECT_EQ(WaitBeforeNextCall(payment, late, absl::Seconds(5), lag), absl::Seconds(5));
  EXPECT_FALSE(payment.started->lookup);
  EXPECT_EQ(WaitBeforeNextCall(payment, late, absl::Seconds(11), lag), lag);
  EXPECT_TRUE(payment.started->lookup);

  Payment held = Authorized();
  Raise(held, Wanted::kCapture);
  BeginStep(held, kNow);
  EXPECT_EQ(WaitBeforeNextCall(held, late, absl::Seconds(11), lag), absl::Seconds(11));
  EXPECT_TRUE(held.started->lookup);
}

TEST(PaymentTest, AStepFoundUndoneBeginsAgainUnderANewKey) {
  Payment payment = Placed();
  Answered(payment, Of(Answer::Kind::kServerError));
  Answered(payment, Stands(Standing::kAbsent));
  EXPECT_FALSE(payment.started);
  const Call again = BeginStep(payment, kNow);
  EXPECT_EQ(again.attempt, 1);
  EXPECT_FALSE(again.lookup);
}

TEST(PaymentTest, AStepFoundUndoneIsNotBegunAgainWhenItIsNoLongerWanted) {
  Payment payment = Placed();
  Answered(payment, Of(Answer::Kind::kServerError));
  Raise(payment, Wanted::kRelease);
  Answered(payment, Stands(Standing::kAbsent));
  EXPECT_EQ(NextStep(payment), std::nullopt);
  EXPECT_EQ(payment.state, State::kNone);
}

TEST(PaymentTest, NoAnswerOrABusyOneMeansTheSameKeyAgain) {
  for (const Answer::Kind kind : {Answer::Kind::kUnknown, Answer::Kind::kBusy}) {
    Payment payment = Placed();
    EXPECT_TRUE(Answered(payment, Of(kind)).back_off);
    const Call again = BeginStep(payment, kNow);
    EXPECT_EQ(again.attempt, 0);
    EXPECT_FALSE(again.lookup);
  }
}

TEST(PaymentTest, EachOutcomeIsTold) {
  Payment payment = Placed();
  EXPECT_THAT(KindsOf(Answered(payment, Stands(Standing::kHeld))),
              ElementsAre(PaymentEvent::Kind::kConfirmed));
  Raise(payment, Wanted::kCapture);
  EXPECT_THAT(KindsOf(Answered(payment, Stands(Standing::kCaptured))),
              ElementsAre(PaymentEvent::Kind::kCaptured));
  Raise(payment, Wanted::kRelease);
  const Effect refunded = Answered(payment, Stands(Standing::kRefunded));
  EXPECT_THAT(KindsOf(refunded), ElementsAre(PaymentEvent::Kind::kRefunded));
  EXPECT_EQ(refunded.events.front().sequence, 3);

  Payment voided = Authorized();
  Raise(voided, Wanted::kRelease);
  EXPECT_THAT(KindsOf(Answered(voided, Stands(Standing::kVoided))),
              ElementsAre(PaymentEvent::Kind::kVoided));
}

TEST(PaymentTest, ADeclineOrARefusedAuthorisationIsFinal) {
  Answer declined = Stands(Standing::kDeclined);
  declined.reason = "insufficient_funds";
  for (const Answer& answer : {declined, Of(Answer::Kind::kRefused, "insufficient_funds")}) {
    Payment payment = Placed();
    const Effect effect = Answered(payment, answer);
    EXPECT_THAT(KindsOf(effect), ElementsAre(PaymentEvent::Kind::kDeclined));
    EXPECT_EQ(effect.events.front().reason, "insufficient_funds");
    Raise(payment, Wanted::kRelease);
    EXPECT_EQ(NextStep(payment), std::nullopt);
  }
}

TEST(PaymentTest, ARefusedCaptureFailsThePaymentAndGivesTheHoldBack) {
  Payment payment = Authorized();
  Raise(payment, Wanted::kCapture);
  EXPECT_THAT(KindsOf(Answered(payment, Of(Answer::Kind::kRefused, "expired_card"))),
              ElementsAre(PaymentEvent::Kind::kFailed));
  EXPECT_EQ(NextStep(payment), Step::kVoid);
}

TEST(PaymentTest, ACaptureOfAHoldThatIsGoneFailsThePayment) {
  Payment payment = Authorized();
  Raise(payment, Wanted::kCapture);
  EXPECT_THAT(KindsOf(Answered(payment, Stands(Standing::kVoided))),
              ElementsAre(PaymentEvent::Kind::kFailed, PaymentEvent::Kind::kVoided));
  EXPECT_EQ(payment.state, State::kVoided);
}

TEST(PaymentTest, ARefusedRefundIsTriedAgainUnderANewKey) {
  Payment payment = Captured();
  Raise(payment, Wanted::kRelease);
  EXPECT_TRUE(Answered(payment, Of(Answer::Kind::kRefused, "insufficient_balance")).back_off);
  EXPECT_EQ(NextStep(payment), Step::kRefund);
  EXPECT_EQ(payment.attempt, 1);
}

TEST(PaymentTest, OnlyTheLastCallsAnswerCounts) {
  Payment payment = Placed();
  const Call stale = BeginStep(payment, kNow);
  const Call current = BeginStep(payment, kNow);
  EXPECT_FALSE(Awaits(payment, stale));
  EXPECT_TRUE(Awaits(payment, current));
  ApplyAnswer(payment, Stands(Standing::kHeld));
  EXPECT_FALSE(Awaits(payment, current));
}

TEST(PaymentTest, NamesAreReadBackAsTheyAreWritten) {
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(*Parse<Wanted>(NameOf(static_cast<Wanted>(i))), static_cast<Wanted>(i));
  }
  for (int i = 0; i < 6; ++i) {
    EXPECT_EQ(*Parse<State>(NameOf(static_cast<State>(i))), static_cast<State>(i));
  }
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(*Parse<Step>(NameOf(static_cast<Step>(i))), static_cast<Step>(i));
  }
  EXPECT_FALSE(Parse<State>("paid").ok());
}

// One order's path: events and calls in any order, each call with any outcome.
class Way {
 public:
  explicit Way(bool card_works) : provider_(card_works) {
    payment_ = NewPayment(OrderId::New(), PaymentId::New());
  }

  void Hear(int event) {
    if (event == 0) Place(payment_, SomeCharge());
    Raise(payment_, static_cast<Wanted>(event));
  }

  // Makes one call, if there is one to make.
  void Work(Turn turn) {
    if (!NextStep(payment_)) return;
    const Call call = BeginStep(payment_, kNow);
    const Effect effect = ApplyAnswer(payment_, provider_.Serve(payment_, call, turn));
    for (const PaymentEvent& event : effect.events) {
      EXPECT_EQ(event.sequence, static_cast<std::int64_t>(events_.size()) + 1);
      events_.push_back(event.kind);
    }
    EXPECT_LE(provider_.held() + provider_.captures() - provider_.refunds(), 1);
  }

  // Makes calls until there is nothing to do.
  void Rest() {
    for (int i = 0; i < 20 && NextStep(payment_); ++i) Work(Turn::kAnswered);
    EXPECT_EQ(NextStep(payment_), std::nullopt);
  }

  int Told(PaymentEvent::Kind kind) const {
    return static_cast<int>(std::count(events_.begin(), events_.end(), kind));
  }

  const Payment& payment() const { return payment_; }
  const ModelProvider& provider() const { return provider_; }

 private:
  Payment payment_;
  ModelProvider provider_;
  std::vector<PaymentEvent::Kind> events_;
};

void ExpectBooksAgree(const Way& way, bool card_works, bool captured, bool released) {
  const int taken = way.provider().captures() - way.provider().refunds();
  EXPECT_EQ(taken, captured && card_works && !released ? 1 : 0);
  EXPECT_EQ(way.provider().held(), card_works && !captured && !released ? 1 : 0);
  for (int kind = 0; kind < 6; ++kind)
    EXPECT_LE(way.Told(static_cast<PaymentEvent::Kind>(kind)), 1);
  const State state = way.payment().state;
  if (released) {
    EXPECT_TRUE(state == State::kNone || state == State::kDeclined || state == State::kVoided ||
                state == State::kRefunded)
        << NameOf(state);
    EXPECT_EQ(way.Told(PaymentEvent::Kind::kVoided), state == State::kVoided ? 1 : 0);
    EXPECT_EQ(way.Told(PaymentEvent::Kind::kRefunded), state == State::kRefunded ? 1 : 0);
  } else {
    EXPECT_EQ(state, !card_works ? State::kDeclined
                     : captured  ? State::kCaptured
                                 : State::kAuthorized);
    EXPECT_EQ(way.Told(PaymentEvent::Kind::kConfirmed), card_works ? 1 : 0);
    EXPECT_EQ(way.Told(PaymentEvent::Kind::kCaptured), card_works && captured ? 1 : 0);
    EXPECT_EQ(way.Told(PaymentEvent::Kind::kDeclined), card_works ? 0 : 1);
  }
}

// The events are 0 OrderPlaced, 1 InventoryUpdated and 2 OrderCancelled; after each of them the
// worker may or may not run before the next one.
TEST(PaymentArrivalTest, EveryOrderOfArrivalEndsTheSame) {
  for (const std::vector<int>& heard :
       std::vector<std::vector<int>>{{0}, {0, 1}, {0, 2}, {0, 1, 2}}) {
    for (const bool card_works : {true, false}) {
      std::vector<int> events = heard;
      do {
        for (int rests = 0; rests < (1 << events.size()); ++rests) {
          Way way(card_works);
          for (std::size_t i = 0; i < events.size(); ++i) {
            way.Hear(events[i]);
            if ((rests >> i) & 1) way.Rest();
          }
          way.Rest();
          const auto has = [&](int event) {
            return std::find(events.begin(), events.end(), event) != events.end();
          };
          ExpectBooksAgree(way, card_works, has(1), has(2));
        }
      } while (std::next_permutation(events.begin(), events.end()));
    }
  }
}

// 0 to 2 are events (see above); the others are outcomes of one call each.
TEST(PaymentArrivalTest, NoTurnOfAnyCallLosesOrDoublesMoney) {
  EXPECT_TRUE(rc::check([](bool card_works, bool captured, bool released) {
    const auto moves = *rc::gen::container<std::vector<int>>(*rc::gen::inRange(0, 40),
                                                             rc::gen::inRange(0, 3 + test::kTurns));
    Way way(card_works);
    for (const int move : moves) {
      if (move >= 3) {
        way.Work(static_cast<Turn>(move - 3));
      } else if (move == 0 || (move == 1 && captured) || (move == 2 && released)) {
        way.Hear(move);
      }
    }
    // The events that had not arrived by then arrive now.
    way.Hear(0);
    if (captured) way.Hear(1);
    if (released) way.Hear(2);
    way.Rest();
    ExpectBooksAgree(way, card_works, captured, released);
    RC_ASSERT(!::testing::Test::HasFailure());
  }));
}

}  // namespace
}  // namespace waybill::payment_svc
