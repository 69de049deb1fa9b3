// Handles parked events as an operator would, with the command line against the running system.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "absl/strings/match.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "platform/events/topics.h"
#include "platform/types/strings.h"
#include "platform/types/utf8.h"
#include "tests/e2e/books.h"
#include "tests/e2e/event_record.h"
#include "tests/e2e/orderctl.h"
#include "tests/e2e/shop.h"
#include "tests/support/grpc_client.h"
#include "tests/support/wait.h"
#include "waybill/events/v1/events.pb.h"
#include "waybill/ops/v1/parked_event_service.grpc.pb.h"

namespace waybill::e2e {
namespace {

using nlohmann::json;

class ParkedEventsTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    system_ = std::make_unique<System>();
    Shop(*system_).Stock("tea", 790, 1'000'000);
  }
  static void TearDownTestSuite() { system_.reset(); }

  // Returns the parked events of that key in all services.
  json Parked(const std::string& key) {
    return json::parse(orderctl_.Output({"parked", "list", "--key", key, "--json"})).at("events");
  }
  void WaitForParked(const std::string& key, std::size_t count) {
    ASSERT_TRUE(test::Eventually([&] { return Parked(key).size() == count; },
                                 std::to_string(count) + " parked events"));
  }

  static std::unique_ptr<System> system_;
  Shop shop_{*system_};
  Orderctl orderctl_{*system_};
};

std::unique_ptr<System> ParkedEventsTest::system_;

TEST_F(ParkedEventsTest, APoisonedEventIsFixedAndReplayedAndItsOrderIsConfirmed) {
  // Until the constraint is dropped, payment_svc's database refuses the event's effect.
  test::TestDatabase& payments = system_->Db("payments");
  payments.Exec(
      "ALTER TABLE payments ADD CONSTRAINT no_large_sums CHECK (amount_minor < 5000) NOT VALID");
  const std::string id = shop_.Place({.items = {{"tea", 10}}}).order_id();
  WaitForParked(id, 1);

  const json event = Parked(id).at(0);
  EXPECT_EQ(event.at("consumer"), "payment_svc");
  EXPECT_EQ(event.at("reason"), "PARK_REASON_INVALID");
  EXPECT_TRUE(absl::StrContains(event.at("error").get<std::string>(), "no_large_sums")) << event;
  const std::string number = event.at("id");
  const std::string listed = orderctl_.Output({"parked", "list"});
  EXPECT_TRUE(absl::StrContains(listed, id)) << listed;
  const std::string shown =
      orderctl_.Output({"parked", "show", number, "--service", "payment_svc"});
  EXPECT_TRUE(absl::StrContains(shown, "\"event\":\"OrderPlaced\"")) << shown;
  EXPECT_TRUE(absl::StrContains(shown, "ce_id: ")) << shown;

  // This replay comes too early: the event fails again, and the exit code says that it stays
  // parked.
  const std::string failed =
      orderctl_.Output({"parked", "replay", number, "--service", "payment_svc"}, "ann", 3);
  EXPECT_TRUE(absl::StrContains(failed, "FAILED")) << failed;
  EXPECT_EQ(Parked(id).at(0).at("failedReplays"), 1);

  payments.Exec("ALTER TABLE payments DROP CONSTRAINT no_large_sums");
  const std::string replayed = orderctl_.Output({"parked", "replay", "--key", id});
  EXPECT_TRUE(absl::StrContains(replayed, "REPLAYED")) << replayed;
  shop_.WaitFor(id, orders_v1::ORDER_STATE_CONFIRMED);
  EXPECT_TRUE(Parked(id).empty());
  EXPECT_TRUE(BooksAgree(*system_));
}

TEST_F(ParkedEventsTest, AStrangersEventIsDiscardedAndTheOrderGoesOn) {
  system_->Kill(kPaymentSvc);
  const std::string id = shop_.Place({.items = {{"tea", 1}}}).order_id();
  waybill::events::v1::PaymentProcessed processed;
  test::Record bad = EventRecord(events::kPaymentsTopic, id, 1, processed);
  bad.payload = "not JSON";
  system_->topics().Produce({bad});
  // The bad event is parked in order_svc and inventory_svc, and then the real PaymentProcessed
  // behind it.
  test::WaitUntil(
      [&] {
        return system_->Db("orders").QueryInt("SELECT count(*) FROM parked_events") == 1 &&
               system_->Db("inventory").QueryInt("SELECT count(*) FROM parked_events") == 1;
      },
      "the stranger's event to be parked");
  system_->Start(kPaymentSvc);
  WaitForParked(id, 4);

  for (const json& event : Parked(id)) {
    if (event.at("reason") != "PARK_REASON_INVALID") continue;
    const std::string service = event.at("consumer"), number = event.at("id");
    EXPECT_EQ(orderctl_.Run({"parked", "discard", number, "--service", service}).status, 2);
    const std::string said = orderctl_.Output(
        {"parked", "discard", number, "--service", service, "--reason", "not ours"}, "bea");
    EXPECT_TRUE(absl::StrContains(said, "later events of its key that stay parked: 1;")) << said;
    const std::string again = orderctl_.Output(
        {"parked", "discard", number, "--service", service, "--reason", "x"}, "bea", 1);
    EXPECT_TRUE(absl::StrContains(again, "NOT_PARKED")) << again;
  }
  EXPECT_EQ(system_->Db("orders").QueryText("SELECT discarded_by || ': ' || reason FROM "
                                            "discarded_events"),
            "bea: not ours");
  EXPECT_EQ(shop_.Get(id).state(), orders_v1::ORDER_STATE_PLACED);
  orderctl_.Output({"parked", "replay", "--all"});
  shop_.WaitFor(id, orders_v1::ORDER_STATE_CONFIRMED);
  EXPECT_EQ(orderctl_.Output({"parked", "list"}), "no events are parked\n");
}

TEST_F(ParkedEventsTest, APageTokenIsGoodForItsOwnCallerCallAndSelectionOnly) {
  const std::string key = "page-token-test";
  for (int i = 0; i < 3; ++i) {
    system_->topics().Produce({{.topic = events::kInventoryTopic,
                                .key = key,
                                .payload = "no JSON",
                                .headers = {{"ce_id", EventId::New().ToString()},
                                            {"ce_type", "waybill.events.v1.InventoryUpdated"}}}});
  }
  WaitForParked(key, 6);
  const auto stub = ops::v1::ParkedEventService::NewStub(system_->Channel(kOrderSvc));
  const auto list = [&](const ops::v1::ListParkedEventsRequest& request,
                        ops::v1::ListParkedEventsResponse& response, const std::string& user) {
    const auto context = system_->Context({.user = user, .role = "operator"});
    return stub->ListParkedEvents(context.get(), request, &response);
  };
  ops::v1::ListParkedEventsRequest request;
  request.set_key(key);
  request.set_page_size(1);
  ops::v1::ListParkedEventsResponse first, second;
  ASSERT_TRUE(list(request, first, "ann").ok());
  request.set_page_token(first.next_page_token());
  request.set_page_size(2);
  ASSERT_TRUE(list(request, second, "ann").ok());
  EXPECT_EQ(second.events_size(), 2);

  const auto refused = [](const ::grpc::Status& status) {
    return status.error_code() == ::grpc::StatusCode::INVALID_ARGUMENT &&
           test::DetailsOf(status).Violates("page_token");
  };
  EXPECT_TRUE(refused(list(request, second, "bea")));
  ops::v1::ListParkedEventsRequest other = request;
  other.set_key("another");
  EXPECT_TRUE(refused(list(other, second, "ann")));
  other = request;
  other.set_topic(events::kInventoryTopic);
  EXPECT_TRUE(refused(list(other, second, "ann")));
  other = request;
  other.mutable_page_token()->pop_back();
  EXPECT_TRUE(refused(list(other, second, "ann")));

  ops::v1::ReplayParkedEventsRequest replay;
  replay.set_key(key);
  replay.set_page_token(first.next_page_token());
  ops::v1::ReplayParkedEventsResponse replayed;
  const auto context = system_->Context({.role = "operator"});
  EXPECT_TRUE(refused(stub->ReplayParkedEvents(context.get(), replay, &replayed)));
  const auto inventory = ops::v1::ParkedEventService::NewStub(system_->Channel(kInventorySvc));
  const auto elsewhere = system_->Context({.role = "operator"});
  EXPECT_TRUE(refused(inventory->ListParkedEvents(elsewhere.get(), request, &second)));
  for (const json& event : Parked(key)) {
    orderctl_.Output({"parked", "discard", event.at("id"), "--service", event.at("consumer"),
                      "--reason", "not ours"});
  }
}

// Whatever a stranger puts into a topic, or a shopkeeper into a name, nothing of it may act on the
// terminal of whoever looks at it.
TEST_F(ParkedEventsTest, ControlAndBidiCharactersAreShownEscapedInEveryCommand) {
  const std::string hostile =
      "\x1b[2J\x07\xc2\x9b"
      "31m\xe2\x80\xae\xe2\x81\xa6\xff";
  const std::string in_name = "tea \xe2\x80\xae\xe2\x81\xa6";
  const std::string key = "k" + hostile;
  const std::size_t before = Parked("").size();
  const test::Record record{.topic = events::kInventoryTopic,
                            .key = key,
                            .payload = hostile,
                            .headers = {{"ce_id", EventId::New().ToString()},
                                        {"ce_type", "waybill.events.v1.InventoryUpdated"},
                                        {"x" + hostile, hostile}}};
  system_->topics().Produce({record});
  WaitForParked("", before + 2);
  const std::string number = system_->Db("orders").QueryText("SELECT max(id) FROM parked_events");
  orderctl_.Output({"product", "set", "odd", in_name, "EUR", "790"});
  orderctl_.Output({"stock", "set", "odd", "10"});
  const std::string id = shop_.Place({.items = {{"odd", 1}}}).order_id();
  shop_.WaitFor(id, orders_v1::ORDER_STATE_CONFIRMED);
  orderctl_.Output({"timeline", id, "--wait"});

  const std::vector<std::string> show = {"parked", "show", number, "--service", "order_svc"};
  const std::vector<std::vector<std::string>> commands = {
      {"parked", "list"},  show,
      {"product", "list"}, {"product", "set", "odd", in_name, "EUR", "790"},
      {"get", id},         {"list"},
      {"timeline", id},    {"timeline", id, "--brief"},
      {"cancel", id}};
  for (std::vector<std::string> command : commands) {
    for (const bool json : {false, true}) {
      if (json) command.push_back("--json");
      const std::string output = orderctl_.Output(command);
      for (const absl::string_view line : absl::StrSplit(output, '\n')) {
        EXPECT_EQ(ToVisibleText(ToStd(line)), line) << absl::StrJoin(command, " ");
      }
    }
  }
  const std::string shown = orderctl_.Output(show);
  EXPECT_TRUE(absl::StrContains(shown, "\\u001b[2J\\u0007\\u009b31m\\u202e\\u2066")) << shown;
  const std::string replayed =
      orderctl_.Output({"parked", "replay", number, "--service", "order_svc"}, "ann", 3);
  EXPECT_TRUE(absl::StrContains(replayed, "FAILED")) << replayed;
  EXPECT_FALSE(absl::StrContains(replayed, "\x1b")) << replayed;
  for (const auto& [service, database] :
       {std::pair("order_svc", "orders"), std::pair("payment_svc", "payments")}) {
    const std::string one = system_->Db(database).QueryText("SELECT max(id) FROM parked_events");
    const std::string said =
        orderctl_.Output({"parked", "discard", one, "--service", service, "--reason", "not ours"});
    EXPECT_FALSE(absl::StrContains(said, "\x1b")) << said;
  }
}

TEST_F(ParkedEventsTest, WhoIsNoOperatorIsRefused) {
  for (const char* service : {kOrderSvc, kPaymentSvc, kInventorySvc, kNotificationSvc}) {
    const auto stub = ops::v1::ParkedEventService::NewStub(system_->Channel(service));
    ops::v1::ReplayParkedEventsRequest request;
    request.set_all(true);
    ops::v1::ReplayParkedEventsResponse response;
    const ::grpc::Status refused =
        stub->ReplayParkedEvents(system_->Context().get(), request, &response);
    EXPECT_EQ(refused.error_code(), ::grpc::StatusCode::PERMISSION_DENIED) << service;
    EXPECT_EQ(test::DetailsOf(refused).reason, "NOT_AN_OPERATOR");

    const auto context = system_->Context({.role = "operator"});
    request.clear_selection();
    const ::grpc::Status unsaid = stub->ReplayParkedEvents(context.get(), request, &response);
    EXPECT_EQ(unsaid.error_code(), ::grpc::StatusCode::INVALID_ARGUMENT) << service;
  }
}

TEST_F(ParkedEventsTest, AServiceThatIsAwayIsSaidAndTheOthersAreListed) {
  const test::Finished listed = orderctl_.Run({"--payments", "127.0.0.1:1", "parked", "list"});
  EXPECT_EQ(listed.status, 1);
  EXPECT_TRUE(absl::StrContains(listed.output, "parked list: payment_svc: UNAVAILABLE"))
      << listed.output;
  EXPECT_EQ(orderctl_.Run({"parked", "replay"}).status, 2);
  EXPECT_EQ(orderctl_.Run({"parked", "replay", "7"}).status, 2);
  EXPECT_EQ(orderctl_.Run({"parked", "list", "--service", "nobody"}).status, 2);
}

}  // namespace
}  // namespace waybill::e2e
