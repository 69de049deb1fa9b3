// Two instances of each service and of the relay run on one set of databases, behind nginx with the
// configuration of docs/two-of-everything.md. One of each is killed, frozen and restarted under
// load: no order, charge or mail is lost or doubled, and callers notice nothing but a retry.
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "tests/e2e/load.h"
#include "tests/e2e/pairs.h"
#include "tests/e2e/system.h"
#include "tests/support/grpc_client.h"
#include "tests/support/wait.h"

namespace waybill::e2e {
namespace {

constexpr int kSome = 50;
constexpr int kPerSecond = 20;
constexpr absl::Duration kPatience = absl::Seconds(240);

class TwoOfEverythingTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    system_ = std::make_unique<System>(SystemOptions{.secure = false, .instances = 2});
    Load::Stock(*system_);
  }
  static void TearDownTestSuite() { system_.reset(); }

  static std::unique_ptr<System> system_;
};

std::unique_ptr<System> TwoOfEverythingTest::system_;

TEST_F(TwoOfEverythingTest, OneOfEachIsKilled) {
  Load load(*system_, kEndless, kPerSecond);
  for (int number : {1, 2}) {
    WaitForOrders(load, kSome);
    for (const std::string& name : OneOfEach(number)) system_->Kill(name);
    WaitForOrders(load, kSome);
    ExpectFulfilment(*system_);
    for (const std::string& name : OneOfEach(number)) system_->Start(name);
  }
  ExpectAllIsWell(*system_, load.Stop());
}

TEST_F(TwoOfEverythingTest, OneOfEachIsFrozen) {
  Load load(*system_, kEndless, kPerSecond);
  for (int number : {1, 2}) {
    WaitForOrders(load, kSome);
    for (const std::string& name : OneOfEach(number)) system_->Pause(name);
    WaitForOrders(load, kSome);
    ExpectFulfilment(*system_);
    for (const std::string& name : OneOfEach(number)) system_->Resume(name);
  }
  ExpectAllIsWell(*system_, load.Stop());
}

TEST_F(TwoOfEverythingTest, EachIsRestartedInTurn) {
  Load load(*system_, kEndless, kPerSecond);
  for (int number : {1, 2}) {
    for (const std::string& name : OneOfEach(number)) {
      system_->Stop(name);
      WaitForOrders(load, kPerSecond);
      system_->Start(name);
    }
  }
  ExpectAllIsWell(*system_, load.Stop());
}

// What a stream ends with whose instance is no more: nginx resets it (INTERNAL) once it has passed on
// the first message, and answers for the instance (UNAVAILABLE) before.
bool IsABrokenStream(const ::grpc::Status& status) {
  return status.error_code() == ::grpc::StatusCode::UNAVAILABLE ||
         (status.error_code() == ::grpc::StatusCode::INTERNAL &&
          absl::StrContains(status.error_message(), "RST_STREAM"));
}

// Follows an order like a client: calls again whenever the stream breaks. Calls `on_first` when it
// has seen a state. Returns the last state.
orders_v1::OrderState Follow(const System& system, const std::string& order,
                             const std::function<void()>& on_first) {
  Shop shop(system);
  orders_v1::OrderState last = orders_v1::ORDER_STATE_UNSPECIFIED;
  const auto on_state = [&](orders_v1::OrderState state) {
    if (last == orders_v1::ORDER_STATE_UNSPECIFIED) on_first();
    last = state;
  };
  test::WaitUntil(
      [&] {
        const ::grpc::Status status = shop.TryWatch(order, on_state, absl::Minutes(10));
        EXPECT_TRUE(status.ok() || IsABrokenStream(status)) << test::Describe(status);
        return status.ok();
      },
      "the end of the order", kPatience);
  return last;
}

// Watches an order from so many clients that each instance has some of them when `fault` happens.
void ExpectWatchersSeeTheEnd(System& system, const std::function<void()>& fault) {
  constexpr int kWatchers = 8;
  // The order stays PLACED until the provider answers.
  system.Pause(kSandbox);
  const std::string order = Shop(system).Place({.items = {{"tea", 1}}}, kPatience).order_id();
  std::atomic<int> watching = 0;
  std::vector<std::future<orders_v1::OrderState>> watchers;
  for (int i = 0; i < kWatchers; ++i) {
    watchers.push_back(
        std::async(std::launch::async, [&] { return Follow(system, order, [&] { ++watching; }); }));
  }
  EXPECT_TRUE(test::Eventually([&] { return watching == kWatchers; }, "all to watch", kPatience));
  fault();
  system.Resume(kSandbox);
  for (auto& watcher : watchers) EXPECT_EQ(watcher.get(), orders_v1::ORDER_STATE_CONFIRMED);
}

TEST_F(TwoOfEverythingTest, WatchersOfAKilledInstanceReconnect) {
  ExpectWatchersSeeTheEnd(*system_, [] { system_->Kill("order_svc-1"); });
  system_->Start("order_svc-1");
}

TEST_F(TwoOfEverythingTest, WatchersOfAFrozenInstanceReconnect) {
  ExpectWatchersSeeTheEnd(*system_, [] { system_->Pause("order_svc-2"); });
  system_->Resume("order_svc-2");
}

TEST_F(TwoOfEverythingTest, WatchersOfARestartedInstanceReconnect) {
  ExpectWatchersSeeTheEnd(*system_, [] { system_->Stop("order_svc-1"); });
  system_->Start("order_svc-1");
}

// nginx passes on an error as it was sent, also one with as many details as there may be, and one
// for a request that the server doesn't read to its end.
TEST_F(TwoOfEverythingTest, ErrorsArriveAsTheyWereSent) {
  Shop shop(*system_);
  orders_v1::Order order;
  Purchase many{.items = {}};
  for (int i = 0; i < 40; ++i) many.items.push_back({std::string(200, '!'), -i});
  EXPECT_EQ(shop.TryPlace(many, order).error_code(), ::grpc::StatusCode::INVALID_ARGUMENT);
  const Purchase large{.items = {{"tea", 1}}, .email = std::string(3'000'000, 'x')};
  EXPECT_EQ(shop.TryPlace(large, order).error_code(), ::grpc::StatusCode::RESOURCE_EXHAUSTED);
}

}  // namespace
}  // namespace waybill::e2e
