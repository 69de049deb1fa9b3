#include "payment_svc/gateway/stripe_answer.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace waybill::payment_svc {
namespace {

using nlohmann::json;

constexpr char kOrder[] = "0198c0de-0000-7000-8000-000000000001";

ProviderCall CallOf(Step step, bool lookup = false, std::string reference = "pi_1") {
  ProviderCall call;
  call.order = *OrderId::Parse(kOrder);
  call.call = {step, 2, 5, lookup};
  call.charge = {UserId("ann"), "pm_card_visa", {1999, "EUR"}};
  call.provider_reference = std::move(reference);
  return call;
}

ProviderCall FirstAuthorisation() { return CallOf(Step::kAuthorize, false, ""); }
ProviderCall Search() { return CallOf(Step::kAuthorize, true, ""); }

Answer MapText(const ProviderCall& call, long status, const std::string& body) {
  return AnswerOf(call, {status, body});
}
Answer Map(const ProviderCall& call, long status, const json& body) {
  return MapText(call, status, body.dump());
}

// An intent as it has to be, with `more` instead of, or beside, its members.
json Intent(const std::string& status, const json& more = json::object()) {
  json intent{{"id", "pi_1"},
              {"status", status},
              {"amount", 1999},
              {"amount_capturable", status == "requires_capture" ? 1999 : 0},
              {"amount_received", status == "succeeded" ? 1999 : 0},
              {"currency", "eur"},
              {"metadata", {{"order_id", kOrder}}}};
  intent.update(more);
  return intent;
}

json Found(const std::vector<json>& intents) { return {{"has_more", false}, {"data", intents}}; }

TEST(StripeAnswerTest, AnIntentStandsAsItsStatusSays) {
  const auto standing = [](const std::string& status, const json& more = json::object()) {
    return Map(CallOf(Step::kCapture), 200, Intent(status, more));
  };
  const Answer held = standing("requires_capture");
  EXPECT_EQ(held.kind, Answer::Kind::kStands);
  EXPECT_EQ(held.standing, Standing::kHeld);
  EXPECT_EQ(held.provider_reference, "pi_1");
  EXPECT_EQ(standing("canceled").standing, Standing::kVoided);
  EXPECT_EQ(standing("succeeded").standing, Standing::kCaptured);
  EXPECT_EQ(standing("succeeded", {{"latest_charge", {{"amount_refunded", 1999}}}}).standing,
            Standing::kRefunded);
  EXPECT_EQ(standing("succeeded", {{"latest_charge", {{"amount_refunded", 1998}}}}).standing,
            Standing::kCaptured);
  EXPECT_EQ(standing("requires_payment_method").standing, Standing::kDeclined);
  EXPECT_EQ(standing("processing").kind, Answer::Kind::kServerError);
}

TEST(StripeAnswerTest, AnAnswerAboutAnotherPaymentIsNotBelieved) {
  const std::vector<std::pair<json, std::string>> others = {
      {{{"amount", 100}}, "amount is 100 instead of 1999"},
      {{{"amount", "1999"}}, "amount is 0 instead of 1999"},
      {{{"currency", "usd"}}, "currency is usd instead of eur"},
      {{{"currency", nullptr}}, "currency is  instead of eur"},
      {{{"metadata", {{"order_id", "0198c0de-0000-7000-8000-000000000002"}}}},
       std::string("metadata.order_id is 0198c0de-0000-7000-8000-000000000002 instead of ") +
           kOrder},
      {{{"metadata", json::object()}}, std::string("metadata.order_id is  instead of ") + kOrder}};
  for (const char* status :
       {"requires_capture", "succeeded", "canceled", "requires_payment_method"}) {
    for (const auto& [more, difference] : others) {
      // Nothing is held any more, whatever it was: see below.
      if (std::string_view(status) == "canceled" && more.contains("amount")) continue;
      const json intent = Intent(status, more);
      for (const ProviderCall& call :
           {FirstAuthorisation(), CallOf(Step::kCapture), CallOf(Step::kVoid),
            CallOf(Step::kCapture, true), CallOf(Step::kRefund, true)}) {
        const Answer answer = Map(call, 200, intent);
        EXPECT_EQ(answer.kind, Answer::Kind::kMismatch) << intent;
        EXPECT_EQ(answer.reason, difference);
        EXPECT_EQ(answer.provider_reference, "");
      }
      EXPECT_EQ(Map(Search(), 200, Found({intent})).reason, difference);
      EXPECT_EQ(
          Map(CallOf(Step::kVoid), 400,
              json{{"error",
                    {{"code", "payment_intent_unexpected_state"}, {"payment_intent", intent}}}})
              .reason,
          difference);
    }
    EXPECT_EQ(Map(CallOf(Step::kCapture), 200, Intent(status, {{"id", "pi_2"}})).reason,
              "id is pi_2 instead of pi_1");
  }
  EXPECT_EQ(Map(FirstAuthorisation(), 402,
                json{{"error",
                      {{"code", "card_declined"},
                       {"payment_intent", Intent("requires_payment_method", {{"amount", 100}})}}}})
                .kind,
            Answer::Kind::kMismatch);
}

TEST(StripeAnswerTest, WhatWasCancelledHoldsNoMoneyWhateverItsAmountWas) {
  const json intent = Intent("canceled", {{"amount", 100}});
  for (const ProviderCall& call : {CallOf(Step::kVoid), CallOf(Step::kCapture, true)}) {
    const Answer answer = Map(call, 200, intent);
    EXPECT_EQ(answer.kind, Answer::Kind::kStands) << intent;
    EXPECT_EQ(answer.standing, Standing::kVoided);
  }
}

TEST(StripeAnswerTest, APartOfTheAmountIsNotTheAmount) {
  EXPECT_EQ(Map(FirstAuthorisation(), 200, Intent("requires_capture", {{"amount_capturable", 100}}))
                .reason,
            "amount_capturable is 100 instead of 1999");
  EXPECT_EQ(
      Map(CallOf(Step::kCapture), 200, Intent("succeeded", {{"amount_received", 100}})).reason,
      "amount_received is 100 instead of 1999");
}

TEST(StripeAnswerTest, AnAmountIsComparedInTheProvidersUnits) {
  ProviderCall call = FirstAuthorisation();
  call.charge->amount = {38'000, "UGX"};
  const auto kind = [&](std::int64_t amount) {
    return Map(call, 200,
               Intent("requires_capture",
                      {{"amount", amount}, {"amount_capturable", amount}, {"currency", "ugx"}}))
        .kind;
  };
  EXPECT_EQ(kind(3'800'000), Answer::Kind::kStands);
  EXPECT_EQ(kind(38'000), Answer::Kind::kMismatch);
}

TEST(StripeAnswerTest, ARefundIsOfThisPaymentAndOfItsWholeAmount) {
  const auto refund = [](const json& more) {
    json body{{"id", "re_1"},
              {"status", "succeeded"},
              {"amount", 1999},
              {"currency", "eur"},
              {"payment_intent", "pi_1"}};
    body.update(more);
    return Map(CallOf(Step::kRefund), 200, body);
  };
  EXPECT_EQ(refund(json::object()).standing, Standing::kRefunded);
  EXPECT_EQ(refund({{"status", "pending"}}).standing, Standing::kRefunded);
  EXPECT_EQ(refund({{"status", "failed"}}).kind, Answer::Kind::kServerError);
  EXPECT_EQ(refund({{"amount", 5}}).reason, "amount is 5 instead of 1999");
  EXPECT_EQ(refund({{"currency", "usd"}}).reason, "currency is usd instead of eur");
  EXPECT_EQ(refund({{"payment_intent", "pi_2"}}).reason, "payment_intent is pi_2 instead of pi_1");
}

TEST(StripeAnswerTest, AnIdIsKeptWholeOrNotUnderstood) {
  const auto answer = [](const std::string& id) {
    return Map(FirstAuthorisation(), 200, Intent("requires_capture", {{"id", id}}));
  };
  for (const std::string& id : {"pi_" + std::string(98, 'x'), std::string(255, 'x'),
                                std::string("pi a/b"), std::string("pi?a#b&c")}) {
    EXPECT_EQ(answer(id).provider_reference, id);
  }
  for (const std::string& id :
       {std::string(256, 'x'), std::string("pi\n1"), std::string("pi\x7f"), std::string("pi\0x", 4),
        std::string("."), std::string(".."), std::string(), std::string("p\u00e9")}) {
    EXPECT_EQ(answer(id).kind, Answer::Kind::kMismatch) << id;
    EXPECT_EQ(answer(id).provider_reference, "");
  }
}

TEST(StripeAnswerTest, ADeclineCarriesTheMostPreciseCode) {
  const Answer answer =
      Map(FirstAuthorisation(), 402,
          json{{"error",
                {{"type", "card_error"},
                 {"code", "card_declined"},
                 {"decline_code", "insufficient_funds"},
                 {"payment_intent", Intent("requires_payment_method", {{"id", "pi_7"}})}}}});
  EXPECT_EQ(answer.kind, Answer::Kind::kStands);
  EXPECT_EQ(answer.standing, Standing::kDeclined);
  EXPECT_EQ(answer.reason, "insufficient_funds");
  EXPECT_EQ(answer.provider_reference, "pi_7");
  EXPECT_EQ(
      MapText(FirstAuthorisation(), 402, R"({"error":{"type":"card_error","code":"expired_card"}})")
          .reason,
      "expired_card");
}

TEST(StripeAnswerTest, AnUnknownCardIsRefusedForGood) {
  const Answer answer =
      MapText(FirstAuthorisation(), 400,
              R"({"error":{"type":"invalid_request_error","code":"resource_missing"}})");
  EXPECT_EQ(answer.kind, Answer::Kind::kRefused);
  EXPECT_EQ(answer.reason, "resource_missing");
}

TEST(StripeAnswerTest, WhatTheProviderHasNamedItselfCannotBeMissing) {
  const std::string missing =
      R"({"error":{"type":"invalid_request_error","code":"resource_missing"}})";
  for (const Step step : {Step::kCapture, Step::kVoid, Step::kRefund}) {
    for (const bool lookup : {false, true}) {
      const Answer answer = MapText(CallOf(step, lookup), 404, missing);
      EXPECT_EQ(answer.kind, Answer::Kind::kMismatch) << NameOf(step) << lookup;
      EXPECT_EQ(answer.reason, "resource_missing");
    }
    EXPECT_EQ(MapText(CallOf(step), 400, missing).kind, Answer::Kind::kMismatch);
  }
  EXPECT_EQ(MapText(Search(), 404, missing).kind, Answer::Kind::kMismatch);
  EXPECT_EQ(
      MapText(FirstAuthorisation(), 404, R"({"error":{"type":"invalid_request_error"}})").kind,
      Answer::Kind::kMismatch);
  EXPECT_EQ(MapText(CallOf(Step::kCapture, true), 404, "<html>").kind, Answer::Kind::kUnknown);
}

TEST(StripeAnswerTest, BusyMeansTheSameKeyAgainAfterTheTimeAskedFor) {
  for (const long status : {429L, 401L, 403L}) {
    const Answer answer =
        AnswerOf(CallOf(Step::kCapture), {status, R"({"error":{"code":"x"}})", absl::Seconds(7)});
    EXPECT_EQ(answer.kind, Answer::Kind::kBusy) << status;
    EXPECT_EQ(answer.retry_after, absl::Seconds(7));
  }
  EXPECT_EQ(MapText(CallOf(Step::kCapture), 409, R"({"error":{"code":"x"}})").kind,
            Answer::Kind::kUnknown)
      << "a call with this key is under way";
}

TEST(StripeAnswerTest, AMistakeOfOursRefusesNoOrder) {
  for (const char* code : {"livemode_mismatch", "testmode_charges_only"}) {
    for (const Step step : {Step::kAuthorize, Step::kCapture}) {
      EXPECT_EQ(Map(CallOf(step), 400, json{{"error", {{"code", code}}}}).kind,
                Answer::Kind::kBusy);
    }
  }
}

TEST(StripeAnswerTest, AServerErrorOrNonsenseIsToBeLookedUp) {
  for (const std::string body : {"", "<html>", "[]", "{\"id\":5}", R"({"error":{}})"}) {
    EXPECT_EQ(MapText(CallOf(Step::kCapture), 500, body).kind, Answer::Kind::kServerError) << body;
    EXPECT_EQ(MapText(CallOf(Step::kCapture), 200, body).kind, Answer::Kind::kServerError) << body;
    EXPECT_EQ(MapText(CallOf(Step::kCapture, true), 503, body).kind, Answer::Kind::kUnknown)
        << body;
  }
  EXPECT_EQ(MapText(CallOf(Step::kCapture), 400, R"({"error":{"type":"idempotency_error"}})").kind,
            Answer::Kind::kServerError);
}

TEST(StripeAnswerTest, AStateThatForbidsTheStepTellsHowThingsStand) {
  const Answer answer = Map(CallOf(Step::kVoid), 400,
                            json{{"error",
                                  {{"type", "invalid_request_error"},
                                   {"code", "payment_intent_unexpected_state"},
                                   {"payment_intent", Intent("succeeded")}}}});
  EXPECT_EQ(answer.kind, Answer::Kind::kStands);
  EXPECT_EQ(answer.standing, Standing::kCaptured);
  EXPECT_EQ(
      MapText(CallOf(Step::kRefund), 400, R"({"error":{"code":"charge_already_refunded"}})").kind,
      Answer::Kind::kServerError)
      << "how much was refunded has to be looked up";
}

TEST(StripeAnswerTest, OfSeveralIntentsTheOneWithMoneyCounts) {
  EXPECT_EQ(Map(Search(), 200, Found({})).standing, Standing::kAbsent);
  const Answer answer =
      Map(Search(), 200,
          Found({Intent("requires_payment_method"), Intent("requires_capture", {{"id", "pi_2"}}),
                 Intent("canceled", {{"id", "pi_3"}})}));
  EXPECT_EQ(answer.standing, Standing::kHeld);
  EXPECT_EQ(answer.provider_reference, "pi_2");
  EXPECT_EQ(Map(Search(), 200, Found({Intent("processing")})).kind, Answer::Kind::kUnknown);
}

TEST(StripeAnswerTest, TwoIntentsWithMoneyAreNotUnderstood) {
  const json held = Intent("requires_capture");
  const json captured = Intent("succeeded", {{"id", "pi_2"}});
  EXPECT_EQ(Map(Search(), 200, Found({held, held})).kind, Answer::Kind::kMismatch);
  EXPECT_EQ(Map(Search(), 200, Found({held, captured})).reason, "the order has 2 payments");
}

TEST(StripeAnswerTest, APartOfASearchIsNoAnswer) {
  json part = Found({});
  part["has_more"] = true;
  EXPECT_EQ(Map(Search(), 200, part).kind, Answer::Kind::kUnknown);
}

TEST(StripeAnswerTest, WhatTheProviderSaysIsTamed) {
  const Answer answer =
      MapText(FirstAuthorisation(), 402, R"({"error":{"decline_code":"a\r\nb\u0000\"c"}})");
  EXPECT_EQ(answer.reason, "a__b__c");
}

constexpr char kRefundId[] = "0198c0de-0000-7000-8000-00000000000a";

ProviderCall PartCall(bool lookup = false) {
  ProviderCall call = CallOf(Step::kRefundPart, lookup);
  call.part = {*RefundId::Parse(kRefundId), {500, "EUR"}};
  return call;
}

json RefundOf(const json& more = json::object()) {
  json refund{
      {"id", "re_1"},      {"status", "succeeded"},    {"amount", 500},
      {"currency", "eur"}, {"payment_intent", "pi_1"}, {"metadata", {{"refund_id", kRefundId}}}};
  refund.update(more);
  return refund;
}

TEST(StripeAnswerTest, ARefundOfAPartIsComparedWithWhatWasAskedFor) {
  EXPECT_EQ(Map(PartCall(), 200, RefundOf()).standing, Standing::kRefunded);
  EXPECT_EQ(Map(PartCall(), 200, RefundOf({{"status", "pending"}})).standing, Standing::kRefunded);
  for (const json& other : {json{{"amount", 1999}}, json{{"currency", "usd"}},
                            json{{"payment_intent", "pi_2"}}, json{{"metadata", json::object()}}}) {
    EXPECT_EQ(Map(PartCall(), 200, RefundOf(other)).kind, Answer::Kind::kMismatch) << other;
  }
  EXPECT_EQ(Map(PartCall(), 200, RefundOf({{"status", "failed"}})).kind,
            Answer::Kind::kServerError);
}

TEST(StripeAnswerTest, ThePartsOwnRefundIsFoundAmongTheOthers) {
  const json other = RefundOf({{"metadata", {{"refund_id", "another"}}}, {"amount", 7}});
  const json by_hand = RefundOf({{"metadata", json::object()}});
  const json failed = RefundOf({{"status", "failed"}, {"failure_reason", "lost_or_stolen_card"}});
  const auto look_up = [](const std::vector<json>& refunds) {
    return Map(PartCall(true), 200, Found(refunds));
  };
  EXPECT_EQ(look_up({}).standing, Standing::kAbsent);
  EXPECT_EQ(look_up({other, by_hand}).standing, Standing::kAbsent);
  EXPECT_EQ(look_up({other, RefundOf(), by_hand}).standing, Standing::kRefunded);
  EXPECT_EQ(look_up({failed}).kind, Answer::Kind::kRefused);
  EXPECT_EQ(look_up({failed}).reason, "lost_or_stolen_card");
  EXPECT_EQ(look_up({failed, RefundOf()}).standing, Standing::kRefunded);
  EXPECT_EQ(look_up({RefundOf(), RefundOf()}).kind, Answer::Kind::kMismatch);
  EXPECT_EQ(look_up({RefundOf({{"amount", 7}})}).kind, Answer::Kind::kMismatch);
  EXPECT_EQ(look_up({RefundOf({{"status", "requires_action"}})}).kind, Answer::Kind::kUnknown);
  json more = Found({});
  more["has_more"] = true;
  EXPECT_EQ(Map(PartCall(true), 200, more).kind, Answer::Kind::kUnknown);
}

TEST(StripeAnswerTest, APartThatIsMoreThanWhatIsLeftIsRefused) {
  EXPECT_EQ(MapText(PartCall(), 400, R"({"error":{"code":"charge_already_refunded"}})").kind,
            Answer::Kind::kRefused);
  EXPECT_EQ(MapText(PartCall(), 400, R"({"error":{"type":"invalid_request_error"}})").kind,
            Answer::Kind::kRefused);
}

TEST(StripeAnswerTest, ARefundOfTheRestIsComparedWithTheRest) {
  ProviderCall rest = CallOf(Step::kRefund);
  rest.part = {std::nullopt, {1499, "EUR"}};
  EXPECT_EQ(Map(rest, 200, RefundOf({{"amount", 1499}})).standing, Standing::kRefunded);
  EXPECT_EQ(Map(rest, 200, RefundOf({{"amount", 1999}})).kind, Answer::Kind::kMismatch);
}

}  // namespace
}  // namespace waybill::payment_svc
