#include "payment_svc/gateway/stripe_wire.h"

#include <gtest/gtest.h>

namespace waybill::payment_svc {
namespace {

constexpr char kOrder[] = "0198c0de-0000-7000-8000-000000000001";

ProviderCall CallOf(Step step, bool lookup = false, std::string reference = "pi_1") {
  ProviderCall call;
  call.order = *OrderId::Parse(kOrder);
  call.call = {step, 2, 5, lookup};
  call.charge = {UserId("ann"), "pm_card_visa", {1999, "EUR"}};
  call.provider_reference = std::move(reference);
  return call;
}

Answer Map(const ProviderCall& call, long status, const std::string& body) {
  return AnswerOf(call, {status, body});
}

TEST(StripeWireTest, TheKeyIsMadeOfPaymentStepAndAttemptOnly) {
  ProviderCall call = CallOf(Step::kCapture);
  EXPECT_EQ(IdempotencyKey(call), std::string(kOrder) + ":capture:2");
  call.call.tries = 9;
  EXPECT_EQ(IdempotencyKey(call), std::string(kOrder) + ":capture:2");
}

TEST(StripeWireTest, AnAuthorisationHoldsTheAmountUnderTheOrdersId) {
  ProviderCall call = CallOf(Step::kAuthorize, false, "");
  call.charge.payment_method = "pm&evil=1";
  const HttpRequest request = RequestFor(call);
  EXPECT_TRUE(request.post);
  EXPECT_EQ(request.path, "/v1/payment_intents");
  EXPECT_EQ(request.body,
            "amount=1999&currency=eur&payment_method=pm%26evil%3D1&payment_method_types%5B%5D=card"
            "&capture_method=manual&confirm=true&error_on_requires_action=true"
            "&metadata%5Border_id%5D=0198c0de-0000-7000-8000-000000000001");
}

TEST(StripeWireTest, EachStepHasItsCall) {
  EXPECT_EQ(RequestFor(CallOf(Step::kCapture)).path, "/v1/payment_intents/pi_1/capture");
  EXPECT_EQ(RequestFor(CallOf(Step::kVoid)).path, "/v1/payment_intents/pi_1/cancel");
  EXPECT_EQ(RequestFor(CallOf(Step::kRefund)).path, "/v1/refunds");
  EXPECT_EQ(RequestFor(CallOf(Step::kRefund)).body, "payment_intent=pi_1");
}

TEST(StripeWireTest, ALookUpGoesByTheProvidersIdOrElseByTheOrders) {
  const HttpRequest by_id = RequestFor(CallOf(Step::kRefund, true));
  EXPECT_FALSE(by_id.post);
  EXPECT_EQ(by_id.path, "/v1/payment_intents/pi_1?expand%5B%5D=latest_charge");
  EXPECT_EQ(RequestFor(CallOf(Step::kAuthorize, true, "")).path,
            "/v1/payment_intents/search?query=metadata%5B%27order_id%27%5D%3A%27"
            "0198c0de-0000-7000-8000-000000000001%27&expand%5B%5D=data.latest_charge");
}

TEST(StripeWireTest, AnIntentStandsAsItsStatusSays) {
  const auto standing = [](const std::string& status, const std::string& more = "") {
    return Map(CallOf(Step::kCapture), 200,
               R"({"id":"pi_9","status":")" + status + "\"" + more + "}");
  };
  const Answer held = standing("requires_capture");
  EXPECT_EQ(held.kind, Answer::Kind::kStands);
  EXPECT_EQ(held.standing, Standing::kHeld);
  EXPECT_EQ(held.provider_reference, "pi_9");
  EXPECT_EQ(standing("canceled").standing, Standing::kVoided);
  EXPECT_EQ(standing("succeeded").standing, Standing::kCaptured);
  EXPECT_EQ(standing("succeeded", R"(,"amount_received":5,"latest_charge":{"amount_refunded":5})")
                .standing,
            Standing::kRefunded);
  EXPECT_EQ(standing("succeeded", R"(,"amount_received":5,"latest_charge":{"amount_refunded":4})")
                .standing,
            Standing::kCaptured);
  EXPECT_EQ(standing("requires_payment_method").standing, Standing::kDeclined);
  EXPECT_EQ(standing("processing").kind, Answer::Kind::kServerError);
}

TEST(StripeWireTest, ADeclineCarriesTheMostPreciseCode) {
  const Answer answer = Map(
      CallOf(Step::kAuthorize, false, ""), 402,
      R"({"error":{"type":"card_error","code":"card_declined","decline_code":"insufficient_funds",)"
      R"("payment_intent":{"id":"pi_7","status":"requires_payment_method"}}})");
  EXPECT_EQ(answer.kind, Answer::Kind::kStands);
  EXPECT_EQ(answer.standing, Standing::kDeclined);
  EXPECT_EQ(answer.reason, "insufficient_funds");
  EXPECT_EQ(answer.provider_reference, "pi_7");
  EXPECT_EQ(Map(CallOf(Step::kAuthorize, false, ""), 402,
                R"({"error":{"type":"card_error","code":"expired_card"}})")
                .reason,
            "expired_card");
}

TEST(StripeWireTest, AnUnknownCardIsRefusedForGood) {
  const Answer answer =
      Map(CallOf(Step::kAuthorize, false, ""), 400,
          R"({"error":{"type":"invalid_request_error","code":"resource_missing"}})");
  EXPECT_EQ(answer.kind, Answer::Kind::kRefused);
  EXPECT_EQ(answer.reason, "resource_missing");
}

TEST(StripeWireTest, BusyMeansTheSameKeyAgainAfterTheTimeAskedFor) {
  for (const long status : {409L, 429L, 401L, 403L}) {
    const Answer answer =
        AnswerOf(CallOf(Step::kCapture), {status, R"({"error":{"code":"x"}})", absl::Seconds(7)});
    EXPECT_EQ(answer.kind, Answer::Kind::kBusy) << status;
    EXPECT_EQ(answer.retry_after, absl::Seconds(7));
  }
}

TEST(StripeWireTest, AServerErrorOrNonsenseIsToBeLookedUp) {
  for (const std::string body : {"", "<html>", "[]", "{\"id\":5}", R"({"error":{}})"}) {
    EXPECT_EQ(Map(CallOf(Step::kCapture), 500, body).kind, Answer::Kind::kServerError) << body;
    EXPECT_EQ(Map(CallOf(Step::kCapture), 200, body).kind, Answer::Kind::kServerError) << body;
    EXPECT_EQ(Map(CallOf(Step::kCapture, true), 503, body).kind, Answer::Kind::kUnknown) << body;
  }
  EXPECT_EQ(Map(CallOf(Step::kCapture), 400, R"({"error":{"type":"idempotency_error"}})").kind,
            Answer::Kind::kServerError);
}

TEST(StripeWireTest, AStateThatForbidsTheStepTellsHowThingsStand) {
  const Answer answer = Map(CallOf(Step::kVoid), 400,
                            R"({"error":{"type":"invalid_request_error",)"
                            R"("code":"payment_intent_unexpected_state",)"
                            R"("payment_intent":{"id":"pi_1","status":"succeeded"}}})");
  EXPECT_EQ(answer.kind, Answer::Kind::kStands);
  EXPECT_EQ(answer.standing, Standing::kCaptured);
  EXPECT_EQ(
      Map(CallOf(Step::kRefund), 400, R"({"error":{"code":"charge_already_refunded"}})").standing,
      Standing::kRefunded);
}

TEST(StripeWireTest, OfSeveralIntentsTheOneWithMoneyCounts) {
  const ProviderCall search = CallOf(Step::kAuthorize, true, "");
  EXPECT_EQ(Map(search, 200, R"({"data":[]})").standing, Standing::kAbsent);
  const Answer answer =
      Map(search, 200,
          R"({"data":[{"id":"pi_1","status":"requires_payment_method"},)"
          R"({"id":"pi_2","status":"requires_capture"},{"id":"pi_3","status":"canceled"}]})");
  EXPECT_EQ(answer.standing, Standing::kHeld);
  EXPECT_EQ(answer.provider_reference, "pi_2");
  EXPECT_EQ(Map(search, 200, R"({"data":[{"id":"pi_1","status":"processing"}]})").kind,
            Answer::Kind::kUnknown);
}

TEST(StripeWireTest, WhatTheProviderSaysIsTamed) {
  const Answer answer = Map(CallOf(Step::kAuthorize, false, ""), 402,
                            R"({"error":{"decline_code":"a\r\nb\u0000\"c"}})");
  EXPECT_EQ(answer.reason, "a__b__c");
}

}  // namespace
}  // namespace waybill::payment_svc
