// The use case PlaceOrder, for batches.
#include "order_svc/application/place_order.h"

#include <gtest/gtest.h>

#include "platform/types/error.h"
#include "tests/unit/order_fakes.h"

namespace waybill::order_svc {
namespace {

class PlaceOrderTest : public ::testing::Test {
 protected:
  PlaceOrderTest() {
    unit_of_work_.Change([](FakeStores& stores) {
      stores.Upsert(Product{.id = Sku("tea"), .name = "Tea", .unit_price = {500, "USD"}});
      stores.Upsert(Product{.id = Sku("cup"), .name = "Cup", .unit_price = {900, "USD"}});
    });
  }

  static PlaceOrderCommand Command(const std::string& product, int quantity = 1) {
    return {.key = {UserId("ann"), RequestId::New()},
            .items = {{Sku(product), quantity}},
            .email = "ann@example.com",
            .payment_method = "pm_card_visa",
            .trace = TraceContext::NewRoot(),
            .deadline = absl::Now() + absl::Minutes(5)};
  }

  std::vector<absl::StatusOr<OrderData>> Run(const std::vector<PlaceOrderCommand>& commands) {
    return PlaceOrder(unit_of_work_, absl::Minutes(30)).Run(commands);
  }

  FakeUnitOfWork unit_of_work_;
};

TEST_F(PlaceOrderTest, ABatchIsOneTransaction) {
  const auto placed = Run({Command("tea"), Command("cup", 3), Command("tea", 2)});
  for (const auto& one : placed) ASSERT_TRUE(one.ok()) << one.status();
  EXPECT_EQ(placed[1]->total, (Money{2700, "USD"}));
  EXPECT_EQ(unit_of_work_.transactions(), 1);
  EXPECT_EQ(unit_of_work_.tables().orders.size(), 3u);
  EXPECT_EQ(unit_of_work_.tables().outbox.size(), 3u);
}

TEST_F(PlaceOrderTest, OneBadOrderInABatchFailsAlone) {
  const auto placed = Run({Command("tea"), Command("unknown"), Command("cup")});
  EXPECT_TRUE(placed[0].ok());
  EXPECT_EQ(ReasonOf(placed[1].status()), "PRODUCT_NOT_FOUND");
  EXPECT_EQ(ViolationsOf(placed[1].status())[0].field, "items[0].product_id");
  EXPECT_TRUE(placed[2].ok());
  const FakeTables tables = unit_of_work_.tables();
  EXPECT_EQ(tables.orders.size(), 2u);
  EXPECT_EQ(tables.request_keys.size(), 2u) << "a failure is not stored";
}

TEST_F(PlaceOrderTest, AnOrderThatTheDatabaseRefusesFailsAlone) {
  const auto is_bad = [](const OrderData& order) { return order.lines.front().quantity == 666; };
  unit_of_work_.RefuseCommits([&](const FakeTables& tables) {
    for (const auto& [id, order] : tables.orders) {
      if (is_bad(order)) return absl::InvalidArgumentError("value out of range");
    }
    return absl::OkStatus();
  });
  const auto placed =
      Run({Command("tea"), Command("tea"), Command("tea", 666), Command("tea"), Command("tea")});
  for (std::size_t i = 0; i < placed.size(); ++i) EXPECT_EQ(placed[i].ok(), i != 2) << i;
  EXPECT_EQ(unit_of_work_.tables().orders.size(), 4u);
}

TEST_F(PlaceOrderTest, ACommandPastItsDeadlineWritesNothingAndHoldsUpNobody) {
  PlaceOrderCommand late = Command("tea");
  late.deadline = absl::Now() - absl::Milliseconds(1);
  const auto placed = Run({Command("tea"), late});
  EXPECT_TRUE(placed[0].ok());
  EXPECT_TRUE(absl::IsDeadlineExceeded(placed[1].status()));
  EXPECT_EQ(unit_of_work_.tables().orders.size(), 1u);
}

TEST_F(PlaceOrderTest, ACommandWhoseDeadlinePassesBeforeTheCommitTakesNobodyWithIt) {
  PlaceOrderCommand soon = Command("tea");
  soon.deadline = absl::Now() + absl::Minutes(1);
  int commits = 0;
  unit_of_work_.RefuseCommits([&](const FakeTables&) {
    return ++commits == 1 ? absl::DeadlineExceededError("too late") : absl::OkStatus();
  });
  const auto placed = Run({Command("tea"), soon, Command("cup")});
  EXPECT_TRUE(placed[0].ok());
  EXPECT_TRUE(absl::IsDeadlineExceeded(placed[1].status()));
  EXPECT_TRUE(placed[2].ok());
  EXPECT_EQ(unit_of_work_.tables().orders.size(), 2u);
}

TEST_F(PlaceOrderTest, ARequestIdTwiceInOneBatchIsOneOrder) {
  const PlaceOrderCommand command = Command("tea");
  PlaceOrderCommand other = Command("cup");
  other.key = command.key;
  const auto placed = Run({command, command, other});
  ASSERT_TRUE(placed[0].ok());
  ASSERT_TRUE(placed[1].ok());
  EXPECT_EQ(*placed[0], *placed[1]);
  EXPECT_EQ(ReasonOf(placed[2].status()), "REQUEST_ID_REUSED");
  EXPECT_EQ(unit_of_work_.tables().orders.size(), 1u);
}

TEST_F(PlaceOrderTest, ARequestIdAnswersItsOrderAlsoAfterItsProductChangedOrWent) {
  const PlaceOrderCommand command = Command("tea");
  const auto first = Run({command});
  unit_of_work_.Change([](FakeStores& stores) {
    stores.Upsert(Product{.id = Sku("tea"), .name = "Teabags", .unit_price = {99, "EUR"}});
  });
  EXPECT_EQ(*Run({command})[0], *first[0]);

  // A command that would be refused today is still answered with what it made then.
  PlaceOrderCommand mixed = Command("tea");
  mixed.items = {{Sku("tea"), 1}, {Sku("cup"), 1}};
  EXPECT_TRUE(absl::IsInvalidArgument(Run({mixed})[0].status()));
  unit_of_work_.Change([](FakeStores& stores) {
    stores.Upsert(Product{.id = Sku("tea"), .name = "Tea", .unit_price = {500, "USD"}});
  });
  const auto placed = Run({mixed});
  ASSERT_TRUE(placed[0].ok());
  unit_of_work_.Change([](FakeStores& stores) {
    stores.Upsert(Product{.id = Sku("tea"), .name = "Tea", .unit_price = {500, "EUR"}});
  });
  EXPECT_EQ(*Run({mixed})[0], *placed[0]);
}

TEST_F(PlaceOrderTest, ARefusedCommandWithAUsedRequestIdIsToldOfTheReuse) {
  const PlaceOrderCommand command = Command("tea");
  ASSERT_TRUE(Run({command})[0].ok());
  PlaceOrderCommand unknown = Command("unknown");
  unknown.key = command.key;
  EXPECT_EQ(ReasonOf(Run({unknown})[0].status()), "REQUEST_ID_REUSED");
}

TEST_F(PlaceOrderTest, TwoUsersMayUseTheSameRequestId) {
  const PlaceOrderCommand anns = Command("tea");
  PlaceOrderCommand bobs = Command("cup");
  bobs.key = {UserId("bob"), anns.key.request_id};
  const auto placed = Run({anns, bobs});
  ASSERT_TRUE(placed[0].ok());
  ASSERT_TRUE(placed[1].ok());
  EXPECT_NE(placed[0]->id, placed[1]->id);
}

TEST_F(PlaceOrderTest, AFailureOfTheDatabaseAnswersEveryCommand) {
  unit_of_work_.RefuseCommits([](const FakeTables&) { return absl::UnavailableError("down"); });
  for (const auto& one : Run({Command("tea"), Command("cup")})) {
    EXPECT_TRUE(absl::IsUnavailable(one.status()));
  }
  EXPECT_TRUE(unit_of_work_.tables().orders.empty());
}

}  // namespace
}  // namespace waybill::order_svc
