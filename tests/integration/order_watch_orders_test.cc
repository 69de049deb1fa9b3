// Following orders.
#include "order_svc/application/watch_orders.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>

#include "platform/types/error.h"
#include "tests/integration/order_use_cases.h"
#include "tests/support/wait.h"

namespace waybill::order_svc {
namespace {

const absl::Duration kPatience = absl::Seconds(20);
const UserId kAnn("ann");

class FakeWatcher final : public WatchOrders::Watcher {
 public:
  void OnTransition(const OrderId&, const Transition& transition) override {
    const std::lock_guard lock(mutex_);
    told_.push_back(transition.number);
    changed_.notify_all();
  }
  void OnEnd(const absl::Status& status) override {
    const std::lock_guard lock(mutex_);
    ++ends_;
    end_ = status;
    changed_.notify_all();
  }

  std::vector<int> told() {
    const std::lock_guard lock(mutex_);
    return told_;
  }
  bool WaitForTold(std::size_t count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, absl::ToChronoSeconds(kPatience),
                             [&] { return told_.size() >= count; });
  }
  // How it ended; kUnknown if it didn't within kPatience.
  absl::Status WaitForEnd() {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, absl::ToChronoSeconds(kPatience), [&] { return ends_ > 0; })) {
      return absl::UnknownError("didn't end");
    }
    EXPECT_EQ(ends_, 1);
    return end_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<int> told_;
  int ends_ = 0;
  absl::Status end_;
};

class WatchOrdersTest : public OrderUseCaseTest {
 protected:
  WatchOrdersTest() { watch_orders_.worker().Start(); }

  OrderId PlaceOne() {
    const Order order = *Order::Place({.user = kAnn,
                                       .email = EmailAddress("ann@example.com"),
                                       .payment_method = "pm_card_visa",
                                       .lines = {{Sku("tea"), "Tea", 1, {1, "USD"}}},
                                       .placed_at = absl::Now(),
                                       .deadline_at = absl::Now()});
    Change([&](Stores& stores) { stores.orders.Insert({{order, TraceContext::NewRoot()}}); });
    return order.data().id;
  }

  void Move(const OrderId& id, const std::function<void(Order&)>& move) {
    Change([&](Stores& stores) {
      std::vector<TracedOrder> orders = stores.orders.Lock({id});
      move(orders.front().order);
      stores.orders.Save(orders);
    });
  }

  std::shared_ptr<FakeWatcher> Watch(const OrderId& id, const UserId& user = kAnn) {
    auto watcher = std::make_shared<FakeWatcher>();
    watch_orders_.Run({.user = user}, id, absl::Now() + absl::Minutes(1), watcher);
    return watcher;
  }

  WatchOrders watch_orders_{unit_of_work_,
                            {.poll_every = absl::Milliseconds(5), .max_watchers = 3}};
};

TEST_F(WatchOrdersTest, TheCurrentStateComesFirstAndAtOnce) {
  const OrderId id = PlaceOne();
  Move(id, [](Order& order) { order.OnPaymentConfirmed(PaymentId::New(), absl::Now()); });
  EXPECT_EQ(Watch(id)->told(), std::vector<int>{2});
}

TEST_F(WatchOrdersTest, EveryTransitionIsToldOnceAndInOrderThenTheWatchEnds) {
  const OrderId id = PlaceOne();
  const auto early = Watch(id);
  Move(id, [](Order& order) { order.OnPaymentConfirmed(PaymentId::New(), absl::Now()); });
  ASSERT_TRUE(early->WaitForTold(2));
  const auto late = Watch(id);
  Move(id, [](Order& order) {
    order.OnPaymentCaptured(absl::Now());
    order.OnItemsReserved(absl::Now());
  });
  EXPECT_TRUE(early->WaitForEnd().ok());
  EXPECT_TRUE(late->WaitForEnd().ok());
  EXPECT_EQ(early->told(), (std::vector<int>{1, 2, 3, 4}));
  EXPECT_EQ(late->told(), (std::vector<int>{2, 3, 4}));
}

TEST_F(WatchOrdersTest, AWatchEndsWithTheFirstEndEvenIfMoreCameInTheSamePoll) {
  const OrderId id = PlaceOne();
  const auto watcher = Watch(id);
  Move(id, [](Order& order) {
    order.OnPaymentConfirmed(PaymentId::New(), absl::Now());
    order.OnItemsReserved(absl::Now());
    order.OnPaymentCaptured(absl::Now());
    ASSERT_TRUE(order.Cancel(CancelReason::kCustomer, absl::Now()).ok());
  });
  EXPECT_TRUE(watcher->WaitForEnd().ok());
  EXPECT_EQ(watcher->told(), (std::vector<int>{1, 2, 3, 4}));
}

TEST_F(WatchOrdersTest, AnOrderAtItsEndIsToldAndTheWatchEnds) {
  const OrderId id = PlaceOne();
  Move(id, [](Order& order) { order.OnPaymentDeclined(absl::Now()); });
  const auto watcher = Watch(id);
  EXPECT_TRUE(watcher->WaitForEnd().ok());
  EXPECT_EQ(watcher->told(), std::vector<int>{2});
}

TEST_F(WatchOrdersTest, SomebodyElsesOrderIsNotFound) {
  const auto watcher = Watch(PlaceOne(), UserId("eve"));
  EXPECT_EQ(ReasonOf(watcher->WaitForEnd()), "ORDER_NOT_FOUND");
  EXPECT_TRUE(watcher->told().empty());
}

TEST_F(WatchOrdersTest, OneWatcherTooManyIsRefusedUntilAnotherLeft) {
  const OrderId id = PlaceOne();
  std::vector<std::shared_ptr<FakeWatcher>> watchers = {Watch(id), Watch(id), Watch(id)};
  const absl::Status refused = Watch(id)->WaitForEnd();
  EXPECT_TRUE(absl::IsResourceExhausted(refused));
  EXPECT_TRUE(RetryAfterOf(refused).has_value());

  // Nobody owns the watcher any more: its place is free after the next poll.
  watchers.pop_back();
  const absl::Time give_up = absl::Now() + kPatience;
  std::shared_ptr<FakeWatcher> next = Watch(id);
  while (next->told().empty() && absl::Now() < give_up) next = Watch(id);
  EXPECT_EQ(next->told(), std::vector<int>{1});
}

TEST_F(WatchOrdersTest, AWatchGoesOnAfterTheDatabaseWasAway) {
  const OrderId id = PlaceOne();
  const auto watcher = Watch(id);
  const auto sessions = [this] {
    return db_.QueryInt(
        "SELECT count(*) FROM pg_stat_activity WHERE usename = 'order_svc' AND"
        " datname = current_database()");
  };
  // This database only, and its test keeps the session it has.
  db_.Exec("REVOKE CONNECT ON DATABASE " + db_.name() + " FROM PUBLIC, order_svc");
  db_.Exec(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'order_svc' AND"
      " datname = current_database()");
  EXPECT_TRUE(
      test::Eventually([&] { return sessions() == 0; }, "the polls to lose their sessions"));
  db_.Exec("GRANT CONNECT ON DATABASE " + db_.name() + " TO PUBLIC");
  Move(id, [](Order& order) { order.OnPaymentDeclined(absl::Now()); });
  EXPECT_TRUE(watcher->WaitForEnd().ok());
  EXPECT_EQ(watcher->told(), (std::vector<int>{1, 2}));
}

TEST_F(WatchOrdersTest, StoppingEndsEveryWatchWithAHintToComeBack) {
  const OrderId id = PlaceOne();
  const auto watcher = Watch(id);
  watch_orders_.Stop();
  const absl::Status end = watcher->WaitForEnd();
  EXPECT_EQ(ReasonOf(end), "SHUTTING_DOWN");
  EXPECT_TRUE(RetryAfterOf(end).has_value());
  EXPECT_EQ(ReasonOf(Watch(id)->WaitForEnd()), "SHUTTING_DOWN");
}

}  // namespace
}  // namespace waybill::order_svc
