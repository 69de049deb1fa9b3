// What must not be shown is planted everywhere, and looked for in all that the programs write.
#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "platform/events/topics.h"
#include "tests/e2e/changed_file.h"
#include "tests/e2e/event_record.h"
#include "tests/e2e/http.h"
#include "tests/e2e/mail_box.h"
#include "tests/e2e/shop.h"
#include "tests/support/grpc_client.h"
#include "tests/support/wait.h"
#include "waybill/events/v1/events.pb.h"

namespace waybill::e2e {
namespace {

constexpr char kMail[] = "planted.address@example.com";
constexpr char kBadMail[] = "planted-no-address";
constexpr char kCard[] = "pm_planted_card";
constexpr char kProviderKey[] = "sk_test_planted_key";
constexpr char kPassword[] = "planted_password";
constexpr char kToken[] = "planted_token";
constexpr const char* kServices[] = {kOrderSvc, kPaymentSvc, kInventorySvc, kNotificationSvc};

class SecretsTest : public ::testing::Test {
 protected:
  // At the level that shows most.
  void PlantInConfigurations() {
    Replace(system_.Secret("api_key"), kProviderKey);
    for (const char* service : kServices) {
      Substitute(system_.ConfigFile(service),
                 {{"level = \"info\"", "level = \"debug\""},
                  {"conninfo = \"", absl::StrCat("conninfo = \"password=", kPassword, " ")}});
      EXPECT_TRUE(test::Eventually(
          [&] { return absl::StrContains(system_.Log(service), "\"new_level\":\"debug\""); },
          service));
    }
  }
  void ProduceAnUnreadableEvent() {
    test::Record record = EventRecord(events::kOrdersTopic, OrderId::New().ToString(), 1,
                                      events::v1::OrderCancelled());
    record.payload =
        absl::StrCat(R"({"customerEmail": ")", kMail, R"(", "paymentMethod": ")", kCard, R"(", )");
    system_.topics().Produce({record});
  }
  void CallWithAToken() {
    const auto orders = orders_v1::OrderService::NewStub(system_.Channel(kOrderSvc));
    for (const std::string scheme : {"Bearer ", "Basic ", ""}) {
      const auto context = test::MakeContext("");
      context->AddMetadata("authorization", scheme + kToken);
      context->AddMetadata("x-api-key", kToken);
      orders_v1::ListOrdersResponse response;
      orders->ListOrders(context.get(), {}, &response);
    }
  }
  void ExpectNowhere(const std::string& where, const std::string& text) {
    EXPECT_FALSE(text.empty()) << where;
    for (const char* secret : {kMail, kBadMail, kCard, kProviderKey, kPassword, kToken}) {
      const std::size_t at = text.find(secret);
      EXPECT_EQ(at, std::string::npos)
          << where << ": "
          << (at == std::string::npos ? "" : text.substr(at < 300 ? 0 : at - 300, 600));
    }
  }

  System system_;
  Shop shop_{system_};
};

TEST_F(SecretsTest, AreInNoLogNoMetricAndNoError) {
  PlantInConfigurations();
  shop_.Stock("tea", 790, 1000);
  const auto place = [&](const std::string& card, const std::string& mail) {
    return shop_.Place({.items = {{"tea", 1}}, .payment_method = card, .email = mail}).order_id();
  };
  const std::string good = place(kGoodCard, kMail);
  place(kDeclinedCard, kMail);
  place(kCard, kMail);
  Sandbox(system_).OrderFault("error", "authorize", absl::ZeroDuration(), "", 3);
  place(kGoodCard, kMail);
  orders_v1::Order order;
  const ::grpc::Status refused = shop_.TryPlace({.items = {{"tea", 1}}, .email = kBadMail}, order);
  EXPECT_EQ(refused.error_code(), ::grpc::StatusCode::INVALID_ARGUMENT);
  ExpectNowhere("the refusal", refused.error_message() + test::Describe(refused));
  CallWithAToken();
  ProduceAnUnreadableEvent();
  // Mails fail for a while.
  system_.Stop(kMailSink);
  shop_.WaitFor(good, orders_v1::ORDER_STATE_CONFIRMED, absl::Seconds(60));
  const std::string last = place(kGoodCard, kMail);
  for (const char* database : {"payments", "inventory", "notifications"}) {
    EXPECT_TRUE(test::Eventually(
        [&] { return system_.Db(database).QueryInt("SELECT count(*) FROM parked_events") == 1; },
        absl::StrCat("the unreadable event parked in ", database)));
  }
  system_.Start(kMailSink);
  EXPECT_TRUE(test::Eventually([&] { return !MailsOf(system_, last).empty(); }, "the last mail",
                               absl::Seconds(60)));

  for (const char* program : {kOrderSvc, kPaymentSvc, kInventorySvc, kNotificationSvc, kRelay}) {
    ExpectNowhere(program, system_.Log(program));
    ExpectNowhere(absl::StrCat(program, "'s metrics"), system_.AskMetrics(program, "/metrics"));
  }
}

}  // namespace
}  // namespace waybill::e2e
