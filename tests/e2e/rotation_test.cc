// Secrets, limits and the log's level change while orders are placed; what is wrong is refused.
#include <gtest/gtest.h>

#include "tests/e2e/books.h"
#include "tests/e2e/changed_file.h"
#include "tests/e2e/load.h"
#include "tests/e2e/orderctl.h"
#include "tests/support/occurrences.h"
#include "tests/support/wait.h"

namespace waybill::e2e {
namespace {

constexpr char kRead[] = "the configuration was read again";
constexpr char kRefused[] = "the new configuration is refused";

class RotationTest : public ::testing::Test {
 protected:
  void SetProviderKey(const std::string& key) {
    const int before = Logged(kPaymentSvc, kRead);
    Replace(system_.Secret("api_key"), key);
    AwaitLogged(kPaymentSvc, kRead, before + 1);
  }
  int Logged(const std::string& program, const std::string& text) {
    return test::Occurrences(text, system_.Log(program));
  }
  void AwaitLogged(const std::string& program, const std::string& text, int times = 1) {
    EXPECT_TRUE(
        test::Eventually([&] { return Logged(program, text) >= times; }, program + ": " + text))
        << system_.Log(program);
  }

  System system_;
  Shop shop_{system_};
};

TEST_F(RotationTest, EverythingTurnsUnderLoadAndNoOrderIsLost) {
  Load::Stock(system_);
  Load load(system_, 400, 40);
  SetProviderKey("sk_test_second");
  for (const char* service : {kOrderSvc, kPaymentSvc, kInventorySvc, kNotificationSvc}) {
    // Another string for the same server: every session is opened anew.
    Substitute(system_.ConfigFile(service),
               {{"conninfo = \"", "conninfo = \"password=planted_4711 "}});
    Append(system_.ConfigFile(service), "[limits]\ncalls_per_second = 10000\n");
    AwaitLogged(service, kRead);
  }
  Substitute(system_.ConfigFile(kOrderSvc), {{"level = \"info\"", "level = \"debug\""}});
  AwaitLogged(kOrderSvc, "\"new_level\":\"debug\"");
  SetProviderKey("sk_test_third");
  load.Finish();
  ASSERT_TRUE(BooksAgree(system_, absl::Seconds(120)));
  for (const char* service : {kOrderSvc, kPaymentSvc, kInventorySvc, kNotificationSvc}) {
    EXPECT_EQ(Logged(service, kRefused), 0) << system_.Log(service);
    EXPECT_EQ(Logged(service, "planted_4711"), 0) << service;
  }
}

TEST_F(RotationTest, OrdersWaitWhileTheProvidersKeyIsWrong) {
  shop_.Stock("tea", 790, 10);
  SetProviderKey("nonsense");
  const std::string order = shop_.Place({.items = {{"tea", 1}}}).order_id();
  AwaitLogged(kPaymentSvc, "\"answer\":\"busy\"");
  SetProviderKey("sk_test_second");
  shop_.WaitFor(order, orders_v1::ORDER_STATE_CONFIRMED, absl::Seconds(60));
}

TEST_F(RotationTest, WhatIsWrongIsRefusedAndTheOldGoesOn) {
  shop_.Stock("tea", 790, 10);
  Append(system_.ConfigFile(kOrderSvc), "[limits]\ncalls_per_second = -1\n");
  AwaitLogged(kOrderSvc, kRefused);
  shop_.Place({.items = {{"tea", 1}}});
  Substitute(system_.ConfigFile(kOrderSvc),
             {{"calls_per_second = -1", "calls_per_second = 10000"}});
  AwaitLogged(kOrderSvc, kRead);
  // A database that isn't there.
  const std::string config = test::ReadFile(system_.ConfigFile(kOrderSvc));
  Substitute(system_.ConfigFile(kOrderSvc), {{system_.Db("orders").name(), "no_such_database"}});
  AwaitLogged(kOrderSvc, kRefused, 2);
  EXPECT_EQ(shop_.Place({.items = {{"tea", 1}}}).state(), orders_v1::ORDER_STATE_PLACED);
  Replace(system_.ConfigFile(kOrderSvc), config);
  // It is what is in effect already.
  shop_.Place({.items = {{"tea", 1}}});
}

TEST_F(RotationTest, TheRelayLogsInAsItsConfigurationSays) {
  shop_.Stock("tea", 790, 10);
  test::TestDatabase& orders = system_.Db("orders");
  const std::string next = "next_" + orders.name().substr(orders.name().size() - 20);
  orders.Exec("CREATE ROLE " + next + " LOGIN REPLICATION IN ROLE outbox_relay");
  const auto sessions_of = [&](const std::string& role) {
    return orders.QueryInt("SELECT count(*) FROM pg_stat_activity WHERE usename = '" + role +
                           "' AND datname = '" + orders.name() + "'");
  };
  const std::string config = test::ReadFile(system_.ConfigFile(kRelay));
  const std::string database = "dbname=" + orders.name() + " user=";
  Substitute(system_.ConfigFile(kRelay), {{database + "outbox_relay", database + "nobody"}});
  AwaitLogged(kRelay, kRefused);
  shop_.WaitFor(shop_.Place({.items = {{"tea", 1}}}).order_id(), orders_v1::ORDER_STATE_CONFIRMED);
  Replace(system_.ConfigFile(kRelay), config);
  Substitute(system_.ConfigFile(kRelay), {{database + "outbox_relay", database + next}});
  AwaitLogged(kRelay, kRead);
  EXPECT_TRUE(
      test::Eventually([&] { return sessions_of(next) > 0 && sessions_of("outbox_relay") == 0; },
                       "sessions of the new role alone"));
  shop_.WaitFor(shop_.Place({.items = {{"tea", 1}}}).order_id(), orders_v1::ORDER_STATE_CONFIRMED);
  system_.Stop(kRelay);
  orders.Exec("DROP ROLE " + next);
}

TEST_F(RotationTest, LimitsAreThoseOfTheFile) {
  shop_.Stock("tea", 790, 100);
  Append(system_.ConfigFile(kOrderSvc), "[limits]\ncalls_per_second = 1\n");
  AwaitLogged(kOrderSvc, kRead);
  orders_v1::Order order;
  EXPECT_TRUE(test::Eventually(
      [&] {
        return shop_.TryPlace({.items = {{"tea", 1}}}, order).error_code() ==
               ::grpc::StatusCode::RESOURCE_EXHAUSTED;
      },
      "a call that is one too many"));
  Substitute(system_.ConfigFile(kOrderSvc), {{"calls_per_second = 1\n", "calls_per_second = 0\n"}});
  AwaitLogged(kOrderSvc, kRead, 2);
  for (int i = 0; i < 5; ++i) {
    EXPECT_TRUE(shop_.TryPlace({.items = {{"tea", 1}}}, order).ok());
  }
}

}  // namespace
}  // namespace waybill::e2e
