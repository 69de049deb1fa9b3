#include "payment_svc/domain/payment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "tests/unit/payment_steps.h"

namespace waybill::payment_svc {
namespace {

using namespace test;  // NOLINT: the words of these tests
using ::testing::ElementsAre;
using ::testing::IsEmpty;

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
  for (const Wanted wanted : {Wanted::kAuthorize, Wanted::kCapture}) {
    Payment payment = NewPayment(OrderId::New(), PaymentId::New());
    Raise(payment, wanted);
    EXPECT_EQ(NextStep(payment), std::nullopt);
  }
}

TEST(PaymentTest, ReleasedBeforeItsAuthorisationItIsLookedUpOnceAndNotAuthorised) {
  for (Payment payment : {Placed(), NewPayment(OrderId::New(), PaymentId::New())}) {
    Raise(payment, Wanted::kRelease);
    EXPECT_EQ(NextStep(payment), Step::kAuthorize);
    const Call call = BeginStep(payment, kNow);
    EXPECT_TRUE(call.lookup);
    const Effect effect =
        ApplyAnswer(payment, call, Stands(Standing::kAbsent), kNow, kSearchCompleteAfter);
    EXPECT_TRUE(effect.events.empty());
    EXPECT_EQ(payment.state, State::kNone);
    EXPECT_EQ(NextStep(payment), std::nullopt);
    Place(payment, SomeCharge());
    EXPECT_EQ(NextStep(payment), std::nullopt);
  }
}

// As after a restore of the database to a point before the order was placed.
TEST(PaymentTest, MoneyThatOnlyTheProviderKnowsOfIsGivenBack) {
  for (const Standing standing : {Standing::kHeld, Standing::kCaptured}) {
    Payment payment = NewPayment(OrderId::New(), PaymentId::New());
    Raise(payment, Wanted::kRelease);
    Answer found = Stands(standing);
    found.amount = Money{1999, "EUR"};
    EXPECT_TRUE(Answered(payment, found).events.empty());
    ASSERT_TRUE(payment.charge);
    EXPECT_EQ(payment.charge->amount, (Money{1999, "EUR"}));
    EXPECT_EQ(NextStep(payment), Step::kVoid);
    if (standing == Standing::kHeld) {
      Answered(payment, Stands(Standing::kVoided));
      EXPECT_EQ(payment.state, State::kVoided);
      continue;
    }
    Answered(payment, Stands(Standing::kCaptured));
    EXPECT_EQ(NextStep(payment), Step::kRefund);
    Answered(payment, Stands(Standing::kRefunded));
    EXPECT_EQ(payment.state, State::kRefunded);
    Place(payment, SomeCharge());
    EXPECT_EQ(payment.charge, SomeCharge());
  }
}

TEST(PaymentTest, WhatWasWantedLongAgoIsLookedUpBeforeItIsMade) {
  const absl::Time later = kNow + kKeyTrustedFor + absl::Minutes(1);
  Payment payment = Placed();
  Call call = BeginStep(payment, later);
  EXPECT_TRUE(call.lookup) << "it may have been authorised, and its key be forgotten";
  ApplyAnswer(payment, call, Stands(Standing::kAbsent), later, kSearchCompleteAfter);
  call = BeginStep(payment, later);
  EXPECT_FALSE(call.lookup) << "the provider has nothing";
  ApplyAnswer(payment, call, Stands(Standing::kHeld), later, kSearchCompleteAfter);

  Payment captured = Captured();
  AddRefund(captured, {.id = RefundId::New(), .amount = {500, "EUR"}});
  EXPECT_TRUE(BeginStep(captured, later).lookup);
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
      {State::kNone, Wanted::kRelease, Step::kAuthorize},
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
  EXPECT_TRUE(second.lookup) << "nobody wants it any more";
  EXPECT_THAT(KindsOf(Answered(payment, Stands(Standing::kHeld))), IsEmpty());
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

TEST(PaymentTest, AStepProvenUndoneBeginsAgainUnderANewKey) {
  Payment payment = Placed();
  Answered(payment, Of(Answer::Kind::kServerError));
  Answered(payment, Stands(Standing::kAbsent), kNow + kSearchCompleteAfter);
  EXPECT_FALSE(payment.started);
  const Call again = BeginStep(payment, kNow);
  EXPECT_EQ(again.attempt, 1);
  EXPECT_FALSE(again.lookup);
}

TEST(PaymentTest, AStepProvenUndoneIsNotBegunAgainWhenItIsNoLongerWanted) {
  Payment payment = Placed();
  Answered(payment, Of(Answer::Kind::kServerError));
  Raise(payment, Wanted::kRelease);
  Answered(payment, Stands(Standing::kAbsent), kNow + kSearchCompleteAfter);
  EXPECT_EQ(NextStep(payment), std::nullopt);
  EXPECT_EQ(payment.state, State::kNone);
}

TEST(PaymentTest, ALookUpThatFindsNothingEndsNothingWhileTheCallMayHaveBeenExecuted) {
  for (const Wanted wanted : {Wanted::kAuthorize, Wanted::kRelease}) {
    Payment payment = Placed();
    Answered(payment, Of(Answer::Kind::kServerError));
    Raise(payment, wanted);
    const absl::Time soon = kNow + absl::Minutes(1);
    EXPECT_TRUE(Answered(payment, Stands(Standing::kAbsent), soon).back_off);
    EXPECT_EQ(NextStep(payment), Step::kAuthorize);

    // What answered with the 5xx may not have been the provider: the same key asks once more, unless
    // nobody wants it any more.
    const absl::Time later = soon + absl::Minutes(1);
    const Call again = BeginStep(payment, later);
    EXPECT_EQ(again.attempt, 0) << "another key would make another hold";
    EXPECT_EQ(again.lookup, wanted == Wanted::kRelease);
    ApplyAnswer(payment, again, Of(Answer::Kind::kServerError), later, kSearchCompleteAfter);

    const absl::Time last_call = wanted == Wanted::kRelease ? kNow : later;
    const absl::Time almost = last_call + kSearchCompleteAfter - absl::Milliseconds(1);
    Answered(payment, Stands(Standing::kAbsent), almost);
    EXPECT_TRUE(BeginStep(payment, almost).lookup) << "it is asked once more only";
    EXPECT_EQ(payment.attempt, 0);
    Answered(payment, Stands(Standing::kHeld), almost);
    EXPECT_EQ(payment.state, State::kAuthorized);
  }
}

TEST(PaymentTest, NoAnswerMeansTheSameKeyAgain) {
  Payment payment = Placed();
  EXPECT_TRUE(Answered(payment, Of(Answer::Kind::kUnknown)).back_off);
  const Call again = BeginStep(payment, kNow);
  EXPECT_EQ(again.attempt, 0);
  EXPECT_FALSE(again.lookup);
  EXPECT_FALSE(again.first);
}

TEST(PaymentTest, AnAuthorisationThatWasNotExecutedIsNotMadeAfterTheCancel) {
  for (const Answer::Kind kind : {Answer::Kind::kBusy, Answer::Kind::kUnreachable}) {
    Payment payment = Placed();
    EXPECT_TRUE(Answered(payment, Of(kind)).back_off);
    EXPECT_TRUE(Answered(payment, Of(kind)).back_off);
    EXPECT_EQ(payment.tries, 2) << "the backoff grows";
    EXPECT_EQ(payment.attempt, 0) << "the key was never used";
    EXPECT_EQ(NextStep(payment), Step::kAuthorize);
    Raise(payment, Wanted::kRelease);
    EXPECT_TRUE(BeginStep(payment, kNow).lookup);
  }
}

TEST(PaymentTest, AnAuthorisationThatMayHaveBeenExecutedIsLookedUpAfterTheCancel) {
  Payment payment = Placed();
  Answered(payment, Of(Answer::Kind::kUnknown));
  Answered(payment, Of(Answer::Kind::kBusy));
  EXPECT_TRUE(payment.started) << "the first call may have been executed";
  Raise(payment, Wanted::kRelease);
  EXPECT_EQ(NextStep(payment), Step::kAuthorize);
  EXPECT_TRUE(BeginStep(payment, kNow).lookup);
}

TEST(PaymentTest, ACaptureIsLookedUpAfterTheCancelAndAnUnmadeOneIsNotMade) {
  Payment payment = Authorized();
  Raise(payment, Wanted::kCapture);
  Answered(payment, Of(Answer::Kind::kUnknown));
  Raise(payment, Wanted::kRelease);
  const Call lookup = BeginStep(payment, kNow);
  EXPECT_EQ(lookup.step, Step::kCapture);
  EXPECT_TRUE(lookup.lookup);
  ApplyAnswer(payment, lookup, Stands(Standing::kHeld), kNow, kSearchCompleteAfter);
  EXPECT_EQ(NextStep(payment), Step::kVoid);
}

TEST(PaymentTest, NothingMovesOnByAnAnswerThatContradictsTheCall) {
  const auto mismatched = [](Payment payment, Wanted wanted) {
    Raise(payment, wanted);
    const State before = payment.state;
    const std::optional<Step> step = NextStep(payment);
    for (int i = 0; i < 3; ++i) {
      const Effect effect = Answered(payment, Of(Answer::Kind::kMismatch, "amount is 1"));
      EXPECT_TRUE(effect.back_off);
      EXPECT_THAT(KindsOf(effect), IsEmpty());
      EXPECT_EQ(payment.state, before);
      EXPECT_EQ(NextStep(payment), step);
      EXPECT_EQ(payment.attempt, 0);
      EXPECT_EQ(payment.started->mismatch, "amount is 1");
      EXPECT_TRUE(BeginStep(payment, kNow).lookup);
    }
    return payment;
  };
  Payment payment = mismatched(Placed(), Wanted::kAuthorize);
  Answered(payment, Stands(Standing::kHeld));
  EXPECT_EQ(payment.state, State::kAuthorized) << "the provider has mended its answer";
  mismatched(Authorized(), Wanted::kCapture);
  mismatched(Authorized(), Wanted::kRelease);
  mismatched(Captured(), Wanted::kRelease);
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
  ApplyAnswer(payment, current, Stands(Standing::kHeld), kNow, kSearchCompleteAfter);
  EXPECT_FALSE(Awaits(payment, current));
}

TEST(PaymentTest, NamesAreReadBackAsTheyAreWritten) {
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(*Parse<Wanted>(NameOf(static_cast<Wanted>(i))), static_cast<Wanted>(i));
  }
  for (int i = 0; i < 6; ++i) {
    EXPECT_EQ(*Parse<State>(NameOf(static_cast<State>(i))), static_cast<State>(i));
  }
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(*Parse<Step>(NameOf(static_cast<Step>(i))), static_cast<Step>(i));
  }
  EXPECT_FALSE(Parse<State>("paid").ok());
}

}  // namespace
}  // namespace waybill::payment_svc
