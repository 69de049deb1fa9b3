// Refunds of a part of a payment.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "payment_svc/domain/payment.h"
#include "tests/unit/payment_steps.h"

namespace waybill::payment_svc {
namespace {

using namespace test;  // NOLINT: the words of these tests
using ::testing::ElementsAre;

Refund Part(std::int64_t amount) { return {.id = RefundId::New(), .amount = {amount, "EUR"}}; }

TEST(PaymentRefundTest, PartsAreGivenBackOneAfterTheOtherAndThenTheRest) {
  Payment payment = Captured();
  const Refund first = Part(500);
  const Refund second = Part(99);
  AddRefund(payment, first);
  AddRefund(payment, second);
  AddRefund(payment, first);
  ASSERT_EQ(payment.refunds.size(), 2u) << "a repeated request adds nothing";
  Raise(payment, Wanted::kRelease);

  EXPECT_EQ(NextStep(payment), Step::kRefundPart);
  EXPECT_EQ(PartOf(payment, Step::kRefundPart), (RefundPart{first.id, {500, "EUR"}}));
  const Effect done = Answered(payment, Stands(Standing::kRefunded));
  EXPECT_THAT(KindsOf(done), ElementsAre(PaymentEvent::Kind::kPartRefunded));
  EXPECT_EQ(done.events.front().refund, first.id);
  EXPECT_EQ(payment.state, State::kCaptured);

  EXPECT_EQ(PartOf(payment, Step::kRefundPart), (RefundPart{second.id, {99, "EUR"}}));
  Answered(payment, Stands(Standing::kRefunded));
  EXPECT_EQ(RefundedOf(payment), (Money{599, "EUR"}));

  EXPECT_EQ(NextStep(payment), Step::kRefund);
  EXPECT_EQ(PartOf(payment, Step::kRefund), (RefundPart{std::nullopt, {1400, "EUR"}}));
  EXPECT_THAT(KindsOf(Answered(payment, Stands(Standing::kRefunded))),
              ElementsAre(PaymentEvent::Kind::kRefunded));
  EXPECT_EQ(payment.state, State::kRefunded);
  EXPECT_EQ(NextStep(payment), std::nullopt);
}

TEST(PaymentRefundTest, AWholeRefundNamesNoAmount) {
  EXPECT_EQ(PartOf(Captured(), Step::kRefund), std::nullopt);
}

TEST(PaymentRefundTest, NoPartIsGivenBackOfWhatIsNotCaptured) {
  Payment payment = Authorized();
  AddRefund(payment, Part(500));
  EXPECT_EQ(NextStep(payment), std::nullopt);
  Raise(payment, Wanted::kRelease);
  EXPECT_EQ(NextStep(payment), Step::kVoid);
}

TEST(PaymentRefundTest, WhenNothingIsLeftTheReleaseIsOnlyLookedUp) {
  Payment payment = Captured();
  AddRefund(payment, Part(1999));
  Answered(payment, Stands(Standing::kRefunded));
  Raise(payment, Wanted::kRelease);
  const Call call = BeginStep(payment, kNow);
  EXPECT_EQ(call.step, Step::kRefund);
  EXPECT_TRUE(call.lookup);
  ApplyAnswer(payment, call, Stands(Standing::kRefunded), kNow, kSearchCompleteAfter);
  EXPECT_EQ(payment.state, State::kRefunded);
}

TEST(PaymentRefundTest, ARefusedPartHasFailedAndTheNextOneIsTried) {
  Payment payment = Captured();
  const Refund second = Part(99);
  AddRefund(payment, Part(500));
  AddRefund(payment, second);
  const Effect failed = Answered(payment, Of(Answer::Kind::kRefused, "expired_or_canceled_card"));
  EXPECT_THAT(KindsOf(failed), ElementsAre(PaymentEvent::Kind::kPartFailed));
  EXPECT_EQ(failed.events.front().reason, "expired_or_canceled_card");
  EXPECT_EQ(payment.refunds.front().state, RefundState::kFailed);
  EXPECT_EQ(PartOf(payment, *NextStep(payment))->id, second.id);
  Answered(payment, Stands(Standing::kRefunded));
  EXPECT_EQ(NextStep(payment), std::nullopt);
  EXPECT_EQ(RefundedOf(payment), (Money{99, "EUR"}));
}

TEST(PaymentRefundTest, APartThatMayHaveBeenMadeIsLookedUpBeforeItGetsANewKey) {
  Payment payment = Captured();
  AddRefund(payment, Part(500));
  Answered(payment, Of(Answer::Kind::kServerError));
  const Call lookup = BeginStep(payment, kNow);
  EXPECT_TRUE(lookup.lookup);
  ApplyAnswer(payment, lookup, Stands(Standing::kAbsent), kNow, kSearchCompleteAfter);
  const absl::Time later = kNow + absl::Seconds(1);
  const Call again = BeginStep(payment, later);
  EXPECT_FALSE(again.lookup);
  EXPECT_EQ(again.attempt, lookup.attempt) << "the same key: it can't refund twice";
  ApplyAnswer(payment, again, Of(Answer::Kind::kServerError), later, kSearchCompleteAfter);
  EXPECT_TRUE(Answered(payment, Stands(Standing::kAbsent), later).back_off);
  EXPECT_TRUE(payment.started) << "an executed call may still show";
  Answered(payment, Stands(Standing::kAbsent), later + kSearchCompleteAfter);
  EXPECT_FALSE(payment.started);
  EXPECT_EQ(payment.attempt, lookup.attempt + 1);
}

}  // namespace
}  // namespace waybill::payment_svc
