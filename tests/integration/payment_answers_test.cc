// Answers of the provider that must not be believed.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "tests/integration/payment_altered_provider.h"
#include "tests/integration/payment_drive_fixture.h"
#include "tests/integration/payment_driver.h"

namespace waybill::payment_svc::test {
namespace {

using nlohmann::json;
using waybill::test::AlteredProvider;
using waybill::test::HttpAnswer;
using Totals = waybill::test::SandboxProcess::Totals;

class PaymentAnswersTest : public PaymentDriveTest {
 protected:
  PaymentAnswersTest() : driver_(payments_, sandbox_, OptionsWith(provider_.url())) {
    driver_.Start();
  }

  static DriverOptions OptionsWith(const std::string& url) {
    DriverOptions options;
    options.url = url;
    return options;
  }

  // Lets every answer about a payment have that member instead.
  void AlterMember(const std::string& name, const json& value) {
    provider_.SetAlter([=](const std::string&, HttpAnswer& answer) {
      json body = answer.json();
      const auto alter = [&](json& payment) {
        if (payment.contains("amount")) payment[name] = value;
      };
      alter(body);
      if (body.contains("data")) {
        for (json& payment : body["data"]) alter(payment);
      }
      answer.body = body.dump();
    });
  }

  std::string MismatchOf(const OrderId& order) {
    return payments_.QueryText(
        "SELECT coalesce(step_mismatch, '') FROM payments WHERE order_id = '" + order.ToString() +
        "'");
  }

  OrderId Authorized() {
    const OrderId order = OrderId::New();
    driver_.Place(order);
    EXPECT_TRUE(Reaches(order, "authorized"));
    return order;
  }

  AlteredProvider provider_{sandbox_};
  Driver driver_;
};

constexpr char kMissing[] =
    R"({"error":{"type":"invalid_request_error","code":"resource_missing"}})";

TEST_F(PaymentAnswersTest, AHoldOfAnotherAmountCurrencyOrOrderConfirmsNothing) {
  for (const auto& [name, value] : std::vector<std::pair<std::string, json>>{
           {"amount", 100}, {"currency", "usd"}, {"metadata", {{"order_id", "another"}}}}) {
    AlterMember(name, value);
    const OrderId order = OrderId::New();
    driver_.Place(order);
    ASSERT_TRUE(Tries(4));
    EXPECT_EQ(StateOf(order), "none") << name;
    EXPECT_EQ(Told(order), "") << name;
    EXPECT_NE(MismatchOf(order).find(name), std::string::npos) << MismatchOf(order);
    provider_.SetAlter(nullptr);
    ASSERT_TRUE(Reaches(order, "authorized"));
    EXPECT_EQ(MismatchOf(order), "");
  }
  EXPECT_EQ(sandbox_.Ledger(), (Totals{3 * kAmount, 0, 0, 3}));
}

TEST_F(PaymentAnswersTest, ACaptureOfAnotherAmountCapturesNothingInOurBooks) {
  const OrderId order = Authorized();
  AlterMember("amount_received", 100);
  driver_.Reserve(order);
  ASSERT_TRUE(Tries(4));
  EXPECT_EQ(StateOf(order), "authorized");
  EXPECT_EQ(Told(order), "1 PaymentProcessed confirmed");
  EXPECT_EQ(MismatchOf(order), "amount_received is 100 instead of 500");
  provider_.SetAlter(nullptr);
  ASSERT_TRUE(Reaches(order, "captured"));
}

TEST_F(PaymentAnswersTest, ARefundOfAnotherAmountIsLookedUp) {
  const OrderId order = Authorized();
  driver_.Reserve(order);
  ASSERT_TRUE(Reaches(order, "captured"));
  AlterMember("amount", 100);
  driver_.Cancel(order);
  ASSERT_TRUE(Tries(4));
  EXPECT_EQ(StateOf(order), "captured");
  provider_.SetAlter(nullptr);
  ASSERT_TRUE(Reaches(order, "refunded"));
  EXPECT_EQ(sandbox_.Ledger(), (Totals{0, kAmount, kAmount, 1}));
}

TEST_F(PaymentAnswersTest, AnExecutedCaptureIsNotGivenUpBecauseALookUpFindsNothing) {
  const OrderId order = Authorized();
  provider_.SetAlter([](const std::string& call, HttpAnswer& answer) {
    answer = call.starts_with("GET") ? HttpAnswer{404, kMissing} : HttpAnswer{500, "{}"};
  });
  driver_.Reserve(order);
  ASSERT_TRUE(Tries(4));
  driver_.Cancel(order);
  ASSERT_TRUE(Tries(2));
  EXPECT_EQ(StateOf(order), "authorized");
  EXPECT_EQ(Told(order), "1 PaymentProcessed confirmed");
  provider_.SetAlter(nullptr);
  ASSERT_TRUE(Reaches(order, "refunded"));
  EXPECT_EQ(sandbox_.Ledger(), (Totals{0, kAmount, kAmount, 1}));
}

TEST_F(PaymentAnswersTest, AnExecutedAuthorisationIsNotRepeatedBecauseALookUpFindsNothing) {
  for (const HttpAnswer& nothing :
       {HttpAnswer{404, kMissing}, HttpAnswer{200, R"({"data":[],"has_more":false})"}}) {
    for (const bool cancelled : {false, true}) {
      const std::int64_t intents = sandbox_.Ledger().intents;
      provider_.SetAlter([=](const std::string& call, HttpAnswer& answer) {
        answer = call.starts_with("GET") ? nothing : HttpAnswer{500, "{}"};
      });
      const OrderId order = OrderId::New();
      driver_.Place(order);
      ASSERT_TRUE(Tries(4));
      if (cancelled) driver_.Cancel(order);
      ASSERT_TRUE(Tries(3));
      EXPECT_EQ(StateOf(order), "none");
      EXPECT_EQ(Told(order), "");
      provider_.SetAlter(nullptr);
      ASSERT_TRUE(Reaches(order, cancelled ? "voided" : "authorized"));
      EXPECT_EQ(sandbox_.Ledger().intents, intents + 1) << "one order, one hold";
    }
  }
  EXPECT_EQ(sandbox_.Ledger().held, 2 * kAmount);
}

TEST_F(PaymentAnswersTest, AHoldThatTheProviderNoLongerFindsIsWaitedFor) {
  // As if the key of another account or mode had been deployed.
  const OrderId captured = Authorized();
  const OrderId voided = Authorized();
  provider_.SetAlter([](const std::string&, HttpAnswer& answer) { answer = {404, kMissing}; });
  // No call reaches this account either.
  sandbox_.OrderFault(R"({"mode":"error","operation":"capture","count":1})");
  sandbox_.OrderFault(R"({"mode":"error","operation":"cancel","count":1})");
  driver_.Reserve(captured);
  driver_.Cancel(voided);
  ASSERT_TRUE(Tries(6));
  EXPECT_EQ(StateOf(captured), "authorized");
  EXPECT_EQ(StateOf(voided), "authorized");
  EXPECT_EQ(Told(captured), "1 PaymentProcessed confirmed");
  EXPECT_EQ(Told(voided), "1 PaymentProcessed confirmed");
  EXPECT_EQ(
      payments_.QueryInt("SELECT count(*) FROM payments WHERE step_mismatch = 'resource_missing'"),
      2);
  provider_.SetAlter(nullptr);
  ASSERT_TRUE(Reaches(captured, "captured"));
  ASSERT_TRUE(Reaches(voided, "voided"));
  EXPECT_EQ(sandbox_.Ledger(), (Totals{0, kAmount, 0, 2}));
}

TEST_F(PaymentAnswersTest, AnIdIsKeptWholeAndEncoded) {
  for (const auto& [suffix, encoded] : std::vector<std::pair<std::string, std::string>>{
           {std::string(101 - 35, 'x'), std::string(101 - 35, 'x')},
           {std::string(255 - 35, 'y'), std::string(255 - 35, 'y')},
           {" a/b?c", "%20a%2Fb%3Fc"}}) {
    provider_.SetIdSuffix(suffix, encoded);
    const OrderId taken = Authorized();
    driver_.Reserve(taken);
    ASSERT_TRUE(Reaches(taken, "captured"));
    driver_.Cancel(taken);
    ASSERT_TRUE(Reaches(taken, "refunded"));
    const OrderId held = Authorized();
    EXPECT_TRUE(payments_
                    .QueryText("SELECT provider_reference FROM payments WHERE order_id = '" +
                               held.ToString() + "'")
                    .ends_with(suffix));
    driver_.Cancel(held);
    ASSERT_TRUE(Reaches(held, "voided"));
  }
  EXPECT_EQ(sandbox_.Ledger().held, 0);
}

TEST_F(PaymentAnswersTest, WhatCannotBeAnIdIsNotUnderstood) {
  for (const std::string& suffix : {std::string(256 - 35, 'x'), std::string("\\nx")}) {
    provider_.SetIdSuffix(suffix, "none");
    const OrderId order = OrderId::New();
    driver_.Place(order);
    ASSERT_TRUE(Tries(4));
    driver_.Cancel(order);
    ASSERT_TRUE(Tries(2));
    EXPECT_EQ(StateOf(order), "none");
    EXPECT_EQ(Told(order), "");
    EXPECT_EQ(sandbox_.Ledger().held, kAmount);
    provider_.SetIdSuffix("", "");
    ASSERT_TRUE(Reaches(order, "voided"));
  }
  EXPECT_EQ(sandbox_.Ledger(), (Totals{0, 0, 0, 2}));
}

}  // namespace
}  // namespace waybill::payment_svc::test
