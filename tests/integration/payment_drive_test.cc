#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "tests/integration/payment_drive_fixture.h"
#include "tests/integration/payment_driver.h"
#include "tests/support/wait.h"

namespace waybill::payment_svc::test {
namespace {

using waybill::test::Eventually;
using waybill::test::SandboxProcess;
using Totals = SandboxProcess::Totals;

TEST_F(PaymentDriveTest, AConfirmedOrdersMoneyIsHeldAndThenTaken) {
  Driver driver(payments_, sandbox_);
  driver.Start();
  const OrderId order = OrderId::New();
  driver.Place(order);
  ASSERT_TRUE(Reaches(order, "authorized"));
  EXPECT_EQ(sandbox_.Ledger(), (Totals{kAmount, 0, 0, 1}));
  driver.Reserve(order);
  ASSERT_TRUE(Reaches(order, "captured"));
  EXPECT_EQ(sandbox_.Ledger(), (Totals{0, kAmount, 0, 1}));
  EXPECT_EQ(Told(order), "1 PaymentProcessed confirmed, 2 PaymentCaptured");
}

TEST_F(PaymentDriveTest, AnEventsTraceIsCarriedOn) {
  Driver driver(payments_, sandbox_);
  driver.Start();
  const WantedChange placed = Placed(OrderId::New(), "pm_card_visa");
  driver.Raise(placed);
  ASSERT_TRUE(Reaches(placed.order, "authorized"));
  EXPECT_EQ(payments_.QueryText("SELECT split_part(headers ->> 'traceparent', '-', 2) FROM outbox"),
            placed.trace.trace_id());
}

TEST_F(PaymentDriveTest, ADeclinedCardTakesNoMoney) {
  Driver driver(payments_, sandbox_);
  driver.Start();
  const OrderId order = OrderId::New();
  driver.Place(order, "pm_card_visa_chargeDeclinedInsufficientFunds");
  ASSERT_TRUE(Reaches(order, "declined"));
  EXPECT_EQ(payments_.QueryText("SELECT decline_reason FROM payments"), "insufficient_funds");
  driver.Cancel(order);
  ASSERT_TRUE(Rests());
  EXPECT_EQ(sandbox_.Ledger(), (Totals{0, 0, 0, 1}));
  EXPECT_EQ(Told(order), "1 PaymentProcessed declined");
}

TEST_F(PaymentDriveTest, AnUnknownCardIsDeclined) {
  Driver driver(payments_, sandbox_);
  driver.Start();
  const OrderId order = OrderId::New();
  driver.Place(order, "pm_card_unheard_of");
  ASSERT_TRUE(Reaches(order, "declined"));
  EXPECT_EQ(Told(order), "1 PaymentProcessed declined");
}

TEST_F(PaymentDriveTest, ACancelledOrdersMoneyGoesBackFromEveryState) {
  Driver driver(payments_, sandbox_);
  driver.Start();
  const OrderId held = OrderId::New();
  driver.Place(held);
  ASSERT_TRUE(Reaches(held, "authorized"));
  driver.Cancel(held);
  ASSERT_TRUE(Reaches(held, "voided"));
  EXPECT_EQ(Told(held), "1 PaymentProcessed confirmed, 2 PaymentReleased voided");

  const OrderId captured = OrderId::New();
  driver.Place(captured);
  driver.Reserve(captured);
  ASSERT_TRUE(Reaches(captured, "captured"));
  driver.Cancel(captured);
  ASSERT_TRUE(Reaches(captured, "refunded"));
  EXPECT_EQ(Told(captured),
            "1 PaymentProcessed confirmed, 2 PaymentCaptured, 3 PaymentReleased refunded");
  EXPECT_EQ(sandbox_.Ledger(), (Totals{0, kAmount, kAmount, 2}));
}

TEST_F(PaymentDriveTest, CancelledBeforeItsAuthorisationItIsLookedUpAndNothingIsHeld) {
  Driver driver(payments_, sandbox_);
  const OrderId order = OrderId::New();
  driver.Place(order);
  driver.Cancel(order);
  driver.Start();
  const OrderId later = OrderId::New();
  driver.Place(later);
  ASSERT_TRUE(Reaches(later, "authorized"));
  ASSERT_TRUE(Rests());
  EXPECT_EQ(StateOf(order), "none");
  EXPECT_EQ(sandbox_.Ledger().intents, 1);
  EXPECT_EQ(Told(order), "");
}

TEST_F(PaymentDriveTest, MoneyOfAPaymentThatTheRestoredDatabaseDoesntKnowGoesBack) {
  const OrderId held = OrderId::New();
  const OrderId captured = OrderId::New();
  {
    Driver driver(payments_, sandbox_);
    driver.Start();
    driver.Place(held);
    driver.Place(captured);
    driver.Reserve(captured);
    ASSERT_TRUE(Reaches(held, "authorized"));
    ASSERT_TRUE(Reaches(captured, "captured"));
  }
  // The dump is from before both orders.
  payments_.Exec("TRUNCATE payments, payment_refunds");
  Driver driver(payments_, sandbox_);
  driver.Start();
  driver.Cancel(held);
  driver.Cancel(captured);
  ASSERT_TRUE(Reaches(held, "voided"));
  ASSERT_TRUE(Reaches(captured, "refunded"));
  EXPECT_EQ(sandbox_.Ledger(), (Totals{0, kAmount, kAmount, 2}));
}

TEST_F(PaymentDriveTest, AHangingAuthorisationOfACancelledOrderIsFoundAndVoided) {
  DriverOptions options;
  options.drive.call_timeout = absl::Milliseconds(300);
  Driver driver(payments_, sandbox_, options);
  driver.Start();
  sandbox_.OrderFault(R"({"mode":"late","operation":"authorize","delay_ms":600000})");
  const OrderId order = OrderId::New();
  driver.Place(order);
  ASSERT_TRUE(Eventually(
      [&] {
        return payments_.QueryInt("SELECT step_tries FROM payments WHERE step = 'authorize'") > 1;
      },
      "an authorisation without an answer"));
  driver.Cancel(order);
  EXPECT_EQ(sandbox_.Ledger().intents, 0);
  // Now the provider gets round to it.
  sandbox_.OrderFault(R"({"mode":"none"})");
  ASSERT_TRUE(Reaches(order, "voided"));
  EXPECT_EQ(sandbox_.Ledger(), (Totals{0, 0, 0, 1}));
  EXPECT_EQ(Told(order), "1 PaymentReleased voided");
}

TEST_F(PaymentDriveTest, NoCardIsAuthorisedAfterTheCancelBecauseTheProviderWasBusy) {
  Driver driver(payments_, sandbox_);
  driver.Start();
  sandbox_.OrderFault(R"({"mode":"busy","operation":"authorize","count":100000})");
  const OrderId order = OrderId::New();
  driver.Place(order);
  ASSERT_TRUE(Tries(2));
  driver.Cancel(order);
  sandbox_.OrderFault(R"({"mode":"none"})");
  ASSERT_TRUE(Rests());
  EXPECT_EQ(StateOf(order), "none");
  EXPECT_EQ(Told(order), "");
  EXPECT_EQ(sandbox_.Ledger().intents, 0);
}

TEST_F(PaymentDriveTest, NoCardIsAuthorisedAfterTheCancelBecauseTheProviderWasDown) {
  Driver driver(payments_, sandbox_);
  driver.Start();
  sandbox_.process().Kill();
  const OrderId order = OrderId::New();
  driver.Place(order);
  ASSERT_TRUE(Tries(2));
  driver.Cancel(order);
  sandbox_.Start();
  ASSERT_TRUE(Rests());
  EXPECT_EQ(StateOf(order), "none");
  EXPECT_EQ(Told(order), "");
  EXPECT_EQ(sandbox_.Ledger().intents, 0);
}

TEST_F(PaymentDriveTest, NothingIsCapturedAfterTheCancelBecauseTheProviderWasBusy) {
  Driver driver(payments_, sandbox_);
  driver.Start();
  const OrderId order = OrderId::New();
  driver.Place(order);
  ASSERT_TRUE(Reaches(order, "authorized"));
  sandbox_.OrderFault(R"({"mode":"busy","operation":"capture","count":100000})");
  driver.Reserve(order);
  ASSERT_TRUE(Tries(2));
  driver.Cancel(order);
  ASSERT_TRUE(Reaches(order, "voided"));
  EXPECT_EQ(sandbox_.Ledger(), (Totals{0, 0, 0, 1}));
}

TEST_F(PaymentDriveTest, AnAmountThatCannotBeChargedIsDeclined) {
  Driver driver(payments_, sandbox_);
  driver.Start();
  // An order from before such a sum was refused.
  WantedChange placed = Placed(OrderId::New(), "pm_card_visa");
  placed.charge->amount = {1234, "KWD"};
  driver.Raise(placed);
  ASSERT_TRUE(Reaches(placed.order, "declined"));
  EXPECT_EQ(payments_.QueryText("SELECT decline_reason FROM payments"), "amount_not_chargeable");
  EXPECT_EQ(Told(placed.order), "1 PaymentProcessed declined");
}

TEST_F(PaymentDriveTest, AnAmountIsChargedInTheProvidersUnits) {
  Driver driver(payments_, sandbox_);
  driver.Start();
  for (const auto& [amount, units] :
       std::vector<std::pair<Money, std::string>>{{{38'000, "UGX"}, "3800000 ugx"},
                                                  {{1999, "ISK"}, "199900 isk"},
                                                  {{5000, "MGA"}, "50 mga"},
                                                  {{1230, "KWD"}, "1230 kwd"}}) {
    WantedChange placed = Placed(OrderId::New(), "pm_card_visa");
    placed.charge->amount = amount;
    driver.Raise(placed);
    driver.Reserve(placed.order);
    ASSERT_TRUE(Reaches(placed.order, "captured"));
    EXPECT_EQ(sandbox_.database().QueryText(
                  "SELECT amount_captured || ' ' || currency FROM payment_intents "
                  "WHERE metadata ->> 'order_id' = '" +
                  placed.order.ToString() + "'"),
              units);
    driver.Cancel(placed.order);
    ASSERT_TRUE(Reaches(placed.order, "refunded"));
  }
}

TEST_F(PaymentDriveTest, AStoredFiveHundredIsLookedUpNotRepeated) {
  DriverOptions options;
  options.drive.search_complete_after = absl::ZeroDuration();
  Driver driver(payments_, sandbox_, options);
  driver.Start();
  for (const std::string effect : {"true", "false"}) {
    const OrderId order = OrderId::New();
    const auto fault = [&](const std::string& operation) {
      sandbox_.OrderFault(R"({"mode":"error","operation":")" + operation + R"(","after_effect":)" +
                          effect + "}");
    };
    for (const std::string operation : {"authorize", "capture", "refund"}) fault(operation);
    driver.Place(order);
    ASSERT_TRUE(Reaches(order, "authorized"));
    driver.Reserve(order);
    ASSERT_TRUE(Reaches(order, "captured"));
    driver.Cancel(order);
    ASSERT_TRUE(Reaches(order, "refunded"));
    // A step that had happened was not called for again; one that had not was, under a new key
    // each.
    EXPECT_EQ(payments_.QueryInt("SELECT step_attempt FROM payments WHERE order_id = '" +
                                 order.ToString() + "'"),
              effect == "true" ? 0 : 3);
  }
  EXPECT_EQ(sandbox_.Ledger(), (Totals{0, 2 * kAmount, 2 * kAmount, 2}));
}

TEST_F(PaymentDriveTest, AVoidIsLookedUpToo) {
  Driver driver(payments_, sandbox_);
  driver.Start();
  for (const std::string effect : {"true", "false"}) {
    sandbox_.OrderFault(R"({"mode":"error","operation":"cancel","after_effect":)" + effect + "}");
    const OrderId order = OrderId::New();
    driver.Place(order);
    ASSERT_TRUE(Reaches(order, "authorized"));
    driver.Cancel(order);
    ASSERT_TRUE(Reaches(order, "voided"));
  }
  EXPECT_EQ(sandbox_.Ledger(), (Totals{0, 0, 0, 2}));
}

TEST_F(PaymentDriveTest, ACutConnectionIsFollowedByTheSameKey) {
  Driver driver(payments_, sandbox_);
  driver.Start();
  sandbox_.OrderFault(R"({"mode":"reset","operation":"authorize","after_effect":true})");
  sandbox_.OrderFault(R"({"mode":"reset","operation":"capture","after_effect":false,"count":3})");
  const OrderId order = OrderId::New();
  driver.Place(order);
  driver.Reserve(order);
  ASSERT_TRUE(Reaches(order, "captured"));
  EXPECT_EQ(sandbox_.Ledger(), (Totals{0, kAmount, 0, 1}));
}

TEST_F(PaymentDriveTest, ADeadProviderIsWaitedFor) {
  Driver driver(payments_, sandbox_);
  driver.Start();
  sandbox_.process().Kill();
  const OrderId order = OrderId::New();
  driver.Place(order);
  ASSERT_TRUE(Eventually([&] { return payments_.QueryInt("SELECT step_tries FROM payments") > 2; },
                         "calls in vain"));
  EXPECT_EQ(Told(order), "");
  sandbox_.Start();
  ASSERT_TRUE(Reaches(order, "authorized"));
  EXPECT_EQ(sandbox_.Ledger(), (Totals{kAmount, 0, 0, 1}));
}

TEST_F(PaymentDriveTest, AnAnswerThatTheDatabaseRefusesIsKeptUntilItTakesIt) {
  payments_.Exec("CREATE SEQUENCE refusals");
  payments_.Exec(
      "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS "
      "$$ BEGIN PERFORM nextval('refusals'); RAISE EXCEPTION 'refused'; END $$");
  payments_.Exec(
      "CREATE TRIGGER refuse BEFORE UPDATE ON payments FOR EACH ROW "
      "WHEN (NEW.state <> OLD.state) EXECUTE FUNCTION refuse()");
  DriverOptions options;
  // Longer than this test: an answer that was lost would not be asked for again in it.
  options.drive.lease_margin = absl::Minutes(10);
  Driver driver(payments_, sandbox_, options);
  driver.Start();
  const OrderId order = OrderId::New();
  driver.Place(order);
  ASSERT_TRUE(Eventually([&] { return payments_.QueryInt("SELECT last_value FROM refusals") > 1; },
                         "an answer refused twice"));
  EXPECT_EQ(StateOf(order), "none");
  EXPECT_EQ(Told(order), "");
  payments_.Exec("DROP TRIGGER refuse ON payments");
  ASSERT_TRUE(Reaches(order, "authorized"));
  EXPECT_EQ(Told(order), "1 PaymentProcessed confirmed");
}

TEST_F(PaymentDriveTest, AKeyThatMayHaveExpiredIsLookedUpFirst) {
  const OrderId order = OrderId::New();
  DriverOptions options;
  options.drive.call_timeout = absl::Milliseconds(300);
  {
    Driver driver(payments_, sandbox_, options);
    driver.Start();
    sandbox_.OrderFault(R"({"mode":"reset","operation":"authorize","after_effect":true})");
    driver.Place(order);
    ASSERT_TRUE(Eventually([&] { return sandbox_.Ledger().intents == 1; }, "a hold"));
  }
  // A day later, whatever the worker knew: the provider has forgotten the key, a second call would
  // hold twice.
  payments_.Exec(
      "UPDATE payments SET state = 'none', provider_reference = NULL, step = 'authorize', "
      "step_started_at = now() - interval '25 hours', due_at = now(), leased_until = NULL");
  sandbox_.database().Exec("DELETE FROM idempotency_keys");
  Driver driver(payments_, sandbox_, options);
  driver.Start();
  ASSERT_TRUE(Reaches(order, "authorized"));
  EXPECT_EQ(sandbox_.Ledger(), (Totals{kAmount, 0, 0, 1}));
}

TEST_F(PaymentDriveTest, ACaptureOfAVanishedHoldFailsThePayment) {
  Driver driver(payments_, sandbox_);
  driver.Start();
  const OrderId order = OrderId::New();
  driver.Place(order);
  ASSERT_TRUE(Reaches(order, "authorized"));
  sandbox_.database().Exec("UPDATE payment_intents SET status = 'canceled'");
  driver.Reserve(order);
  ASSERT_TRUE(Reaches(order, "voided"));
  EXPECT_EQ(Told(order), "1 PaymentProcessed confirmed, 2 PaymentFailed, 3 PaymentReleased voided");
}

TEST_F(PaymentDriveTest, EveryOrderOfArrivalEndsInTheSameBooks) {
  Driver driver(payments_, sandbox_);
  driver.Start();
  const auto tell = [&](const OrderId& order, Wanted wanted) {
    driver.Raise(wanted == Wanted::kAuthorize ? Placed(order, "pm_card_visa")
                                              : Change(order, wanted));
  };
  int captured = 0;
  for (std::vector<Wanted> events : {std::vector<Wanted>{Wanted::kAuthorize, Wanted::kCapture},
                                     {Wanted::kAuthorize, Wanted::kRelease},
                                     {Wanted::kAuthorize, Wanted::kCapture, Wanted::kRelease}}) {
    do {
      const OrderId order = OrderId::New();
      for (const Wanted wanted : events) tell(order, wanted);
      const bool released = std::count(events.begin(), events.end(), Wanted::kRelease) > 0;
      captured += released ? 0 : 1;
    } while (std::next_permutation(events.begin(), events.end()));
  }
  ASSERT_TRUE(Rests());
  const Totals ledger = sandbox_.Ledger();
  EXPECT_EQ(ledger.held, 0);
  EXPECT_EQ(ledger.captured - ledger.refunded, captured * kAmount);
  EXPECT_EQ(payments_.QueryInt("SELECT count(*) FROM payments WHERE state = 'captured'"), captured);
  EXPECT_EQ(
      payments_.QueryInt("SELECT count(*) FROM payments WHERE wanted = 'release' AND state IN "
                         "('authorized', 'captured')"),
      0);
}

TEST_F(PaymentDriveTest, WhatIsWantedIsRaisedForAWholeBatchAtOnce) {
  Driver driver(payments_, sandbox_);
  const OrderId known = OrderId::New();
  driver.Reserve(known);
  EXPECT_EQ(payments_.QueryInt("SELECT count(*) FROM payments WHERE due_at IS NOT NULL"), 0)
      << "nothing can be done before the amount is known";
  driver.Place(known);
  driver.Place(known, "pm_card_other");
  EXPECT_EQ(payments_.QueryText("SELECT payment_method FROM payments"), "pm_card_visa");
  EXPECT_EQ(payments_.QueryText("SELECT wanted FROM payments"), "capture");
  EXPECT_EQ(payments_.QueryInt("SELECT count(*) FROM payments WHERE due_at IS NOT NULL"), 1);
}

}  // namespace
}  // namespace waybill::payment_svc::test
