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

TEST(StripeWireTest, TheKeyIsMadeOfPaymentStepAndAttemptOnly) {
  ProviderCall call = CallOf(Step::kCapture);
  EXPECT_EQ(IdempotencyKey(call), std::string(kOrder) + ":capture:2");
  call.call.tries = 9;
  EXPECT_EQ(IdempotencyKey(call), std::string(kOrder) + ":capture:2");
}

TEST(StripeWireTest, AnAuthorisationHoldsTheAmountUnderTheOrdersId) {
  ProviderCall call = CallOf(Step::kAuthorize, false, "");
  call.charge->payment_method = "pm&evil=1";
  const HttpRequest request = *RequestFor(call);
  EXPECT_TRUE(request.post);
  EXPECT_EQ(request.path, "/v1/payment_intents");
  EXPECT_EQ(request.body,
            "amount=1999&currency=eur&payment_method=pm%26evil%3D1&payment_method_types%5B%5D=card"
            "&capture_method=manual&confirm=true&error_on_requires_action=true"
            "&metadata%5Border_id%5D=0198c0de-0000-7000-8000-000000000001");
}

TEST(StripeWireTest, AnAmountIsWrittenInTheProvidersUnits) {
  const auto body = [](const Money& amount) {
    ProviderCall call = CallOf(Step::kAuthorize, false, "");
    call.charge->amount = amount;
    const absl::StatusOr<HttpRequest> request = RequestFor(call);
    return request.ok() ? request->body.substr(0, request->body.find("&payment_method"))
                        : "refused";
  };
  EXPECT_EQ(body({38'000, "UGX"}), "amount=3800000&currency=ugx");
  EXPECT_EQ(body({1999, "ISK"}), "amount=199900&currency=isk");
  EXPECT_EQ(body({5000, "MGA"}), "amount=50&currency=mga");
  EXPECT_EQ(body({1230, "KWD"}), "amount=1230&currency=kwd");
  EXPECT_EQ(body({500, "JPY"}), "amount=500&currency=jpy");
  EXPECT_EQ(body({1234, "KWD"}), "refused");
  EXPECT_EQ(body({5050, "MGA"}), "refused");
  EXPECT_EQ(body({1, "CLF"}), "refused");
}

TEST(StripeWireTest, ARefundOfAPartHasAnAmountAndAKeyOfItsOwn) {
  const RefundId refund = RefundId::New();
  ProviderCall part = CallOf(Step::kRefundPart);
  part.part = {refund, {38'000, "UGX"}};
  EXPECT_EQ(RequestFor(part)->path, "/v1/refunds");
  EXPECT_EQ(RequestFor(part)->body,
            "payment_intent=pi_1&amount=3800000&metadata%5Brefund_id%5D=" + refund.ToString());
  EXPECT_EQ(RequestFor(part)->idempotency_key,
            std::string(kOrder) + ":refund_part:" + refund.ToString() + ":2");
  part.call.lookup = true;
  EXPECT_FALSE(RequestFor(part)->post);
  EXPECT_EQ(RequestFor(part)->path, "/v1/refunds?payment_intent=pi_1&limit=100");

  ProviderCall rest = CallOf(Step::kRefund);
  rest.part = {std::nullopt, {1499, "EUR"}};
  EXPECT_EQ(RequestFor(rest)->body, "payment_intent=pi_1&amount=1499");
  EXPECT_EQ(RequestFor(rest)->idempotency_key, std::string(kOrder) + ":refund:2");
}

TEST(StripeWireTest, EachStepHasItsCall) {
  EXPECT_EQ(RequestFor(CallOf(Step::kCapture))->path, "/v1/payment_intents/pi_1/capture");
  EXPECT_EQ(RequestFor(CallOf(Step::kVoid))->path, "/v1/payment_intents/pi_1/cancel");
  EXPECT_EQ(RequestFor(CallOf(Step::kRefund))->path, "/v1/refunds");
  EXPECT_EQ(RequestFor(CallOf(Step::kRefund))->body, "payment_intent=pi_1");
}

TEST(StripeWireTest, ALookUpGoesByTheProvidersIdOrElseByTheOrders) {
  const HttpRequest by_id = *RequestFor(CallOf(Step::kRefund, true));
  EXPECT_FALSE(by_id.post);
  EXPECT_EQ(by_id.path, "/v1/payment_intents/pi_1?expand%5B%5D=latest_charge");
  EXPECT_EQ(RequestFor(CallOf(Step::kAuthorize, true, ""))->path,
            "/v1/payment_intents/search?query=metadata%5B%27order_id%27%5D%3A%27"
            "0198c0de-0000-7000-8000-000000000001%27&expand%5B%5D=data.latest_charge");
}

TEST(StripeWireTest, AnIdIsEncodedInAPathAndInAForm) {
  const std::string odd = "pi a/b?c&d";
  EXPECT_EQ(RequestFor(CallOf(Step::kCapture, false, odd))->path,
            "/v1/payment_intents/pi%20a%2Fb%3Fc%26d/capture");
  EXPECT_EQ(RequestFor(CallOf(Step::kCapture, true, odd))->path,
            "/v1/payment_intents/pi%20a%2Fb%3Fc%26d?expand%5B%5D=latest_charge");
  EXPECT_EQ(RequestFor(CallOf(Step::kRefund, false, odd))->body,
            "payment_intent=pi%20a%2Fb%3Fc%26d");
}

}  // namespace
}  // namespace waybill::payment_svc
