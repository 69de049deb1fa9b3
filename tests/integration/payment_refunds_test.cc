// Refunds of a part, driven against a real sandbox.
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "tests/integration/payment_drive_fixture.h"
#include "tests/integration/payment_driver.h"
#include "tests/support/wait.h"

namespace waybill::payment_svc::test {
namespace {

using waybill::test::Eventually;
using Totals = waybill::test::SandboxProcess::Totals;

class PaymentRefundsTest : public PaymentDriveTest {
 protected:
  // A captured payment.
  OrderId Captured(Driver& driver) {
    const OrderId order = OrderId::New();
    driver.Place(order);
    driver.Reserve(order);
    EXPECT_TRUE(Reaches(order, "captured"));
    return order;
  }
  ::testing::AssertionResult Ends(const RefundId& refund, const std::string& state) {
    return Eventually(
        [&] {
          return payments_.QueryText("SELECT state FROM payment_refunds WHERE refund_id = '" +
                                     refund.ToString() + "'") == state;
        },
        "refund " + state);
  }
  // How often the provider has made the refund.
  std::int64_t TimesMade(const RefundId& refund) {
    return sandbox_.database().QueryInt(
        "SELECT count(*) FROM refunds WHERE metadata ->> 'refund_id' = '" + refund.ToString() +
        "'");
  }
};

TEST_F(PaymentRefundsTest, PartsAreGivenBackAndACancelGivesBackTheRest) {
  Driver driver(payments_, sandbox_);
  driver.Start();
  const OrderId order = Captured(driver);
  const RefundId first = RefundId::New();
  const RefundId second = RefundId::New();
  driver.Refund(order, 200, first);
  driver.Refund(order, 50, second);
  driver.Refund(order, 50, second);
  ASSERT_TRUE(Ends(second, "refunded"));
  EXPECT_EQ(sandbox_.Ledger(), (Totals{0, kAmount, 250, 1}));
  EXPECT_EQ(StateOf(order), "captured");
  driver.Cancel(order);
  ASSERT_TRUE(Reaches(order, "refunded"));
  EXPECT_EQ(sandbox_.Ledger(), (Totals{0, kAmount, kAmount, 1}));
  EXPECT_EQ(Told(order),
            "1 PaymentProcessed confirmed, 2 PaymentCaptured, 3 PaymentRefunded, "
            "4 PaymentRefunded, 5 PaymentReleased refunded");
  EXPECT_EQ(payments_.QueryText("SELECT convert_from(payload, 'UTF8')::json ->> 'amountMinor' "
                                "FROM outbox WHERE sequence = 5"),
            "250");
  EXPECT_EQ(payments_.QueryText("SELECT convert_from(payload, 'UTF8')::json ->> 'refundedMinor' "
                                "FROM outbox WHERE sequence = 4"),
            "250");
  EXPECT_EQ(TimesMade(second), 1);
}

TEST_F(PaymentRefundsTest, ARefundThatIsStillOnItsWayIsMadeBeforeTheRestIs) {
  Driver driver(payments_, sandbox_);
  const OrderId order = OrderId::New();
  driver.Start();
  driver.Place(order);
  driver.Reserve(order);
  ASSERT_TRUE(Reaches(order, "captured"));
  sandbox_.OrderFault(R"({"mode":"busy","operation":"refund","count":3})");
  const RefundId refund = RefundId::New();
  driver.Refund(order, 200, refund);
  driver.Cancel(order);
  ASSERT_TRUE(Reaches(order, "refunded"));
  ASSERT_TRUE(Ends(refund, "refunded"));
  EXPECT_EQ(sandbox_.Ledger(), (Totals{0, kAmount, kAmount, 1}));
  EXPECT_EQ(TimesMade(refund), 1);
}

TEST_F(PaymentRefundsTest, EverythingRefundedInPartsIsReleasedWithoutAnotherRefund) {
  Driver driver(payments_, sandbox_);
  driver.Start();
  const OrderId order = Captured(driver);
  const RefundId refund = RefundId::New();
  driver.Refund(order, kAmount, refund);
  ASSERT_TRUE(Ends(refund, "refunded"));
  driver.Cancel(order);
  ASSERT_TRUE(Reaches(order, "refunded"));
  EXPECT_EQ(sandbox_.Ledger(), (Totals{0, kAmount, kAmount, 1}));
  EXPECT_EQ(sandbox_.database().QueryInt("SELECT count(*) FROM refunds"), 1);
}

TEST_F(PaymentRefundsTest, NoFaultOfTheProviderRefundsTwice) {
  for (const char* fault :
       {R"({"mode":"error","operation":"refund","after_effect":true})",
        R"({"mode":"reset","operation":"refund","after_effect":true})",
        R"({"mode":"reset","operation":"refund"})", R"({"mode":"busy","operation":"refund"})",
        R"({"mode":"hang","operation":"refund","delay_ms":3000})",
        R"({"mode":"late","operation":"refund","delay_ms":3000})"}) {
    Driver driver(payments_, sandbox_);
    driver.Start();
    const OrderId order = Captured(driver);
    const Totals before = sandbox_.Ledger();
    sandbox_.OrderFault(fault);
    const RefundId refund = RefundId::New();
    driver.Refund(order, 200, refund);
    ASSERT_TRUE(Ends(refund, "refunded")) << fault;
    sandbox_.OrderFault(R"({"mode":"none"})");
    EXPECT_EQ(TimesMade(refund), 1) << fault;
    EXPECT_EQ(sandbox_.Ledger().refunded, before.refunded + 200) << fault;
    driver.drive().worker().Stop();
  }
}

TEST_F(PaymentRefundsTest, AServerErrorWithoutAnEffectIsLookedUpAndThenRepeatedUnderANewKey) {
  DriverOptions options;
  options.drive.search_complete_after = absl::Milliseconds(300);
  Driver driver(payments_, sandbox_, options);
  driver.Start();
  const OrderId order = Captured(driver);
  sandbox_.OrderFault(R"({"mode":"error","operation":"refund"})");
  const RefundId refund = RefundId::New();
  driver.Refund(order, 200, refund);
  ASSERT_TRUE(Ends(refund, "refunded"));
  EXPECT_EQ(TimesMade(refund), 1);
  EXPECT_GT(payments_.QueryInt("SELECT step_attempt FROM payments"), 0);
}

TEST_F(PaymentRefundsTest, ARefundWhoseWorkerDiedIsTakenOverAndMadeOnce) {
  const RefundId refund = RefundId::New();
  OrderId order;
  {
    Driver driver(payments_, sandbox_);
    driver.Start();
    order = Captured(driver);
    driver.drive().worker().Stop();
  }
  {
    // It calls, and never stores the answer.
    Driver dead(payments_, sandbox_);
    dead.Refund(order, 200, refund);
    ASSERT_TRUE(dead.drive().Run().ok());
    EXPECT_EQ(payments_.QueryText("SELECT step FROM payments"), "refund_part");
  }
  Driver next(payments_, sandbox_);
  next.Start();
  ASSERT_TRUE(Ends(refund, "refunded"));
  EXPECT_EQ(TimesMade(refund), 1);
  EXPECT_EQ(sandbox_.Ledger(), (Totals{0, kAmount, 200, 1}));
}

TEST_F(PaymentRefundsTest, WhatTheProviderHasNotLeftIsAFailedRefund) {
  Driver driver(payments_, sandbox_);
  driver.Start();
  const OrderId order = Captured(driver);
  // By hand, at the provider.
  const std::string intent = payments_.QueryText("SELECT provider_reference FROM payments");
  sandbox_.Post("/v1/refunds", {{"payment_intent", intent}, {"amount", "400"}});
  const RefundId refund = RefundId::New();
  driver.Refund(order, 200, refund);
  ASSERT_TRUE(Ends(refund, "failed"));
  EXPECT_EQ(payments_.QueryText("SELECT reason FROM payment_refunds"), "invalid_request_error");
  EXPECT_EQ(StateOf(order), "captured");
  ASSERT_TRUE(Rests());
  EXPECT_EQ(Told(order), "1 PaymentProcessed confirmed, 2 PaymentCaptured, 3 PaymentRefundFailed");
  EXPECT_EQ(sandbox_.Ledger().refunded, 400);
}

}  // namespace
}  // namespace waybill::payment_svc::test
