#include <gtest/gtest.h>

#include <future>

#include "tests/integration/payment_sandbox_process.h"
#include "tests/support/wait.h"

namespace waybill::test {
namespace {

using Form = std::map<std::string, std::string>;
using Totals = SandboxProcess::Totals;

Form Authorisation(const std::string& method = "pm_card_visa", const std::string& order = "o-1") {
  return {{"amount", "500"},          {"currency", "eur"},
          {"payment_method", method}, {"capture_method", "manual"},
          {"confirm", "true"},        {"metadata[order_id]", order}};
}

class PaymentSandboxTest : public ::testing::Test {
 protected:
  std::string Held(const std::string& order = "o-1") {
    const HttpAnswer answer =
        sandbox_.Post("/v1/payment_intents", Authorisation("pm_card_visa", order));
    EXPECT_EQ(answer.status, 200) << answer.body;
    return answer.json().at("id");
  }
  HttpAnswer Do(const std::string& id, const std::string& what, const std::string& key = "") {
    return sandbox_.Post("/v1/payment_intents/" + id + "/" + what, {}, key);
  }

  SandboxProcess sandbox_;
};

TEST_F(PaymentSandboxTest, MoneyIsHeldThenTakenThenGivenBack) {
  const std::string id = Held();
  EXPECT_EQ(sandbox_.Ledger(), (Totals{500, 0, 0, 1}));
  EXPECT_EQ(Do(id, "capture").json().at("status"), "succeeded");
  EXPECT_EQ(sandbox_.Ledger(), (Totals{0, 500, 0, 1}));
  EXPECT_EQ(sandbox_.Post("/v1/refunds", {{"payment_intent", id}}).json().at("status"),
            "succeeded");
  EXPECT_EQ(sandbox_.Ledger(), (Totals{0, 500, 500, 1}));
  const HttpAnswer again = sandbox_.Post("/v1/refunds", {{"payment_intent", id}});
  EXPECT_EQ(again.status, 400);
  EXPECT_EQ(again.json().at("error").at("code"), "charge_already_refunded");
}

TEST_F(PaymentSandboxTest, MoneyIsGivenBackInPartsAndNeverMoreThanWasTaken) {
  const std::string id = Held();
  Do(id, "capture");
  const auto refund = [&](const std::string& amount, const std::string& name) {
    return sandbox_.Post(
        "/v1/refunds", {{"payment_intent", id}, {"amount", amount}, {"metadata[refund_id]", name}});
  };
  EXPECT_EQ(refund("200", "a").json().at("amount"), 200);
  EXPECT_EQ(refund("100", "b").json().at("metadata").at("refund_id"), "b");
  EXPECT_EQ(sandbox_.Ledger(), (Totals{0, 500, 300, 1}));
  const HttpAnswer too_much = refund("201", "c");
  EXPECT_EQ(too_much.status, 400);
  EXPECT_EQ(too_much.json().at("error").at("type"), "invalid_request_error");
  EXPECT_EQ(refund("0", "c").status, 400);
  EXPECT_EQ(refund("x", "c").status, 400);

  const nlohmann::json two = sandbox_.Get("/v1/refunds?payment_intent=" + id).json();
  ASSERT_EQ(two.at("data").size(), 2u);
  EXPECT_EQ(two.at("has_more"), false);
  const nlohmann::json one = sandbox_.Get("/v1/refunds?limit=1&payment_intent=" + id).json();
  ASSERT_EQ(one.at("data").size(), 1u);
  EXPECT_EQ(one.at("has_more"), true);
  EXPECT_EQ(sandbox_.Get("/v1/refunds?limit=0&payment_intent=" + id).status, 400);
  EXPECT_EQ(sandbox_.Get("/v1/refunds?payment_intent=pi_nobody").status, 404);

  EXPECT_EQ(sandbox_.Post("/v1/refunds", {{"payment_intent", id}}).json().at("amount"), 200)
      << "without an amount, the rest is refunded";
  EXPECT_EQ(sandbox_.Ledger(), (Totals{0, 500, 500, 1}));
  EXPECT_EQ(refund("1", "d").json().at("error").at("code"), "charge_already_refunded");
}

TEST_F(PaymentSandboxTest, ACanceledHoldHoldsNothingAndIsNeverTaken) {
  const std::string id = Held();
  EXPECT_EQ(Do(id, "cancel").json().at("status"), "canceled");
  EXPECT_EQ(sandbox_.Ledger(), (Totals{0, 0, 0, 1}));
  const HttpAnswer capture = Do(id, "capture");
  EXPECT_EQ(capture.status, 400);
  EXPECT_EQ(capture.json().at("error").at("code"), "payment_intent_unexpected_state");
  EXPECT_EQ(capture.json().at("error").at("payment_intent").at("status"), "canceled");
}

TEST_F(PaymentSandboxTest, ADeclinedCardHoldsNothing) {
  const HttpAnswer answer = sandbox_.Post(
      "/v1/payment_intents", Authorisation("pm_card_visa_chargeDeclinedInsufficientFunds"));
  EXPECT_EQ(answer.status, 402);
  EXPECT_EQ(answer.json().at("error").at("code"), "card_declined");
  EXPECT_EQ(answer.json().at("error").at("decline_code"), "insufficient_funds");
  EXPECT_EQ(sandbox_.Post("/v1/payment_intents", Authorisation("pm_card_chargeDeclinedExpiredCard"))
                .json()
                .at("error")
                .at("code"),
            "expired_card");
  EXPECT_EQ(sandbox_.Ledger(), (Totals{0, 0, 0, 2}));
}

TEST_F(PaymentSandboxTest, WhatIsWrongIsSaidAndChangesNothing) {
  Form form = Authorisation("pm_card_unheard_of");
  const HttpAnswer unknown = sandbox_.Post("/v1/payment_intents", form);
  EXPECT_EQ(unknown.status, 400);
  EXPECT_EQ(unknown.json().at("error").at("code"), "resource_missing");
  for (const auto& [name, value] :
       Form{{"amount", "0"}, {"currency", "euro"}, {"confirm", "false"}, {"surprise", "1"}}) {
    form = Authorisation();
    form[name] = value;
    EXPECT_EQ(sandbox_.Post("/v1/payment_intents", form).status, 400) << name;
  }
  EXPECT_EQ(Do("pi_none", "capture").status, 404);
  EXPECT_EQ(sandbox_.Post("/v1/refunds", {}).status, 400);
  EXPECT_EQ(sandbox_.Get("/v1/payment_intents/search?query=amount%3E5").status, 400);
  EXPECT_EQ(sandbox_.Ledger(), (Totals{0, 0, 0, 0}));
}

TEST_F(PaymentSandboxTest, AnAmountIsTakenInTheProvidersUnitsOnly) {
  const auto status = [&](const std::string& amount, const std::string& currency) {
    Form form = Authorisation();
    form["amount"] = amount;
    form["currency"] = currency;
    return sandbox_.Post("/v1/payment_intents", form).status;
  };
  for (const auto& [amount, currency] :
       std::vector<std::pair<std::string, std::string>>{{"38050", "ugx"},
                                                        {"1999", "isk"},
                                                        {"1234", "kwd"},
                                                        {"5", "clf"},
                                                        {"1000", "iqd"},
                                                        {"5", "zzz"},
                                                        {"5", "xxx"},
                                                        {"100000000", "usd"}}) {
    EXPECT_EQ(status(amount, currency), 400) << amount << " " << currency;
  }
  EXPECT_EQ(sandbox_.Ledger().intents, 0);
  for (const auto& [amount, currency] :
       std::vector<std::pair<std::string, std::string>>{{"3800000", "ugx"},
                                                        {"199900", "isk"},
                                                        {"1230", "kwd"},
                                                        {"50", "mga"},
                                                        {"500", "jpy"},
                                                        {"99999999", "usd"},
                                                        {"999999999999", "idr"}}) {
    EXPECT_EQ(status(amount, currency), 200) << amount << " " << currency;
  }
}

TEST_F(PaymentSandboxTest, WithoutTheKeyNobodyGetsIn) {
  EXPECT_EQ(sandbox_.Post("/v1/payment_intents", Authorisation(), "", "sk_test_other").status, 401);
  EXPECT_EQ(sandbox_.Get("/v1/payment_intents/pi_1", "").status, 401);
}

TEST_F(PaymentSandboxTest, AnIntentIsFoundByItsOrder) {
  const std::string id = Held("o-7");
  Held("o-8");
  const HttpAnswer found =
      sandbox_.Get("/v1/payment_intents/search?query=metadata%5B%27order_id%27%5D%3A%27o-7%27");
  ASSERT_EQ(found.json().at("data").size(), 1u) << found.body;
  EXPECT_EQ(found.json().at("data").at(0).at("id"), id);
  EXPECT_EQ(sandbox_.Get("/v1/payment_intents/" + id).json().at("metadata").at("order_id"), "o-7");
}

TEST_F(PaymentSandboxTest, TheSameKeyGivesTheFirstAnswerAgainEvenAfterACrash) {
  const HttpAnswer first = sandbox_.Post("/v1/payment_intents", Authorisation(), "k-1");
  sandbox_.process().Kill();
  sandbox_.Start();
  const HttpAnswer second = sandbox_.Post("/v1/payment_intents", Authorisation(), "k-1");
  EXPECT_EQ(second.status, 200);
  EXPECT_EQ(second.body, first.body);
  EXPECT_EQ(sandbox_.Ledger(), (Totals{500, 0, 0, 1}));
}

TEST_F(PaymentSandboxTest, AKeyWithOtherParametersIsRefused) {
  sandbox_.Post("/v1/payment_intents", Authorisation(), "k-1");
  Form other = Authorisation();
  other["amount"] = "501";
  const HttpAnswer answer = sandbox_.Post("/v1/payment_intents", other, "k-1");
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.json().at("error").at("type"), "idempotency_error");
}

TEST_F(PaymentSandboxTest, AKeyIsForgottenAfterADay) {
  sandbox_.Post("/v1/payment_intents", Authorisation(), "k-1");
  sandbox_.database().Exec(
      "UPDATE idempotency_keys SET created_at = now() - interval '24 hours 1 second'");
  sandbox_.Post("/v1/payment_intents", Authorisation(), "k-1");
  EXPECT_EQ(sandbox_.Ledger().intents, 2);
}

TEST_F(PaymentSandboxTest, AKeyInUseIsAConflictUntilItsCallIsOver) {
  sandbox_.OrderFault(R"({"mode":"late","operation":"authorize","delay_ms":600000})");
  std::future<HttpAnswer> late = std::async(std::launch::async, [&] {
    return sandbox_.Post("/v1/payment_intents", Authorisation(), "k-1");
  });
  ASSERT_TRUE(Eventually([&] { return sandbox_.Get("/admin/faults").json().at("faults").empty(); },
                         "a late call"));
  EXPECT_TRUE(Eventually(
      [&] { return sandbox_.Post("/v1/payment_intents", Authorisation(), "k-1").status == 409; },
      "a conflict"));
  sandbox_.OrderFault(R"({"mode":"none"})");
  EXPECT_EQ(late.get().status, 200);
  EXPECT_EQ(sandbox_.Post("/v1/payment_intents", Authorisation(), "k-1").status, 200);
  EXPECT_EQ(sandbox_.Ledger().intents, 1);
}

TEST_F(PaymentSandboxTest, AServerErrorIsStoredWithOrWithoutItsEffect) {
  for (const bool effect : {false, true}) {
    const std::string key = effect ? "k-1" : "k-0";
    sandbox_.OrderFault(std::string(R"({"mode":"error","after_effect":)") +
                        (effect ? "true}" : "false}"));
    EXPECT_EQ(sandbox_.Post("/v1/payment_intents", Authorisation(), key).status, 500);
    EXPECT_EQ(sandbox_.Post("/v1/payment_intents", Authorisation(), key).status, 500);
    EXPECT_EQ(sandbox_.Ledger().intents, effect ? 1 : 0);
  }
}

TEST_F(PaymentSandboxTest, AHangHasNoEffectAndAResetHasWhatIsOrdered) {
  sandbox_.OrderFault(R"({"mode":"hang","delay_ms":50})");
  EXPECT_EQ(sandbox_.Post("/v1/payment_intents", Authorisation(), "k-1").status, 0);
  sandbox_.OrderFault(R"({"mode":"reset"})");
  EXPECT_EQ(sandbox_.Post("/v1/payment_intents", Authorisation(), "k-1").status, 0);
  EXPECT_EQ(sandbox_.Ledger().intents, 0);
  sandbox_.OrderFault(R"({"mode":"reset","after_effect":true})");
  EXPECT_EQ(sandbox_.Post("/v1/payment_intents", Authorisation(), "k-1").status, 0);
  EXPECT_EQ(sandbox_.Ledger().intents, 1);
  EXPECT_EQ(sandbox_.Post("/v1/payment_intents", Authorisation(), "k-1").status, 200);
  EXPECT_EQ(sandbox_.Ledger().intents, 1);
}

TEST_F(PaymentSandboxTest, AFaultMeetsTheOperationOrderAndNumberOfCallsItIsFor) {
  const std::string id = Held("o-1");
  sandbox_.OrderFault(R"({"mode":"error","operation":"cancel","order_id":"o-1","count":2})");
  const std::string other = Held("o-2");
  EXPECT_EQ(Do(other, "cancel").status, 200);
  EXPECT_EQ(Do(id, "cancel").status, 500);
  EXPECT_EQ(Do(id, "cancel").status, 500);
  EXPECT_EQ(Do(id, "cancel").status, 200);
  sandbox_.OrderFault(R"({"mode":"error","count":9})");
  sandbox_.OrderFault(R"({"mode":"none"})");
  EXPECT_EQ(sandbox_.Post("/v1/payment_intents", Authorisation()).status, 200);
  EXPECT_ANY_THROW(sandbox_.OrderFault(R"({"mode":"sulk"})"));
}

TEST_F(PaymentSandboxTest, ACrashBeforeTheCommitLeavesNothing) {
  sandbox_.process().Kill();
  sandbox_.Start({{"WAYBILL_DIE_AT", "payment_sandbox.effect"}});
  EXPECT_EQ(sandbox_.Post("/v1/payment_intents", Authorisation(), "k-1").status, 0);
  EXPECT_TRUE(sandbox_.process().Wait(kPatience));
  sandbox_.Start();
  EXPECT_EQ(sandbox_.Ledger(), (Totals{0, 0, 0, 0}));
  EXPECT_EQ(sandbox_.Post("/v1/payment_intents", Authorisation(), "k-1").status, 200);
}

TEST_F(PaymentSandboxTest, ItEndsQuicklyAndCleanly) {
  sandbox_.OrderFault(R"({"mode":"late","delay_ms":600000})");
  std::future<HttpAnswer> late = std::async(std::launch::async, [&] {
    return sandbox_.Post("/v1/payment_intents", Authorisation(), "k-1");
  });
  ASSERT_TRUE(Eventually([&] { return sandbox_.Get("/admin/faults").json().at("faults").empty(); },
                         "a late call"));
  EXPECT_EQ(sandbox_.process().Terminate(), 0);
  late.wait();
}

}  // namespace
}  // namespace waybill::test
