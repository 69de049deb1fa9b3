#include <gtest/gtest.h>

#include "inventory_svc/domain/stock.h"
#include "platform/types/error.h"

namespace waybill::inventory_svc {
namespace {

const Sku kCup("cup");
const Sku kPot("pot");

Demand Wants(Quantities items) { return {OrderId::New(), std::move(items)}; }

TEST(AllocateTest, AnOrderGetsAllOfItsItemsOrNone) {
  Stock stock = {{kCup, {.on_hand = 10, .reserved = 0}}, {kPot, {.on_hand = 1, .reserved = 0}}};
  const std::vector<Demand> orders = {Wants({{kCup, 2}, {kPot, 2}}), Wants({{kCup, 2}, {kPot, 1}})};

  const std::vector<Decision> decisions = Allocate(stock, orders);

  ASSERT_EQ(decisions.size(), 2u);
  EXPECT_EQ(decisions[0].order, orders[0].order);
  EXPECT_EQ(decisions[0].shortages, (std::vector<Shortage>{{kPot, 2, 1}}));
  EXPECT_EQ(decisions[1].order, orders[1].order);
  EXPECT_TRUE(decisions[1].reserved());
  EXPECT_EQ(stock[kCup], (StockLevel{10, 2}));
  EXPECT_EQ(stock[kPot], (StockLevel{1, 1}));
}

TEST(AllocateTest, EarlierOrdersOfABatchAreServedFirst) {
  Stock stock = {{kCup, {.on_hand = 3, .reserved = 0}}};
  const std::vector<Demand> orders = {Wants({{kCup, 2}}), Wants({{kCup, 2}}), Wants({{kCup, 1}})};

  const std::vector<Decision> decisions = Allocate(stock, orders);

  EXPECT_TRUE(decisions[0].reserved());
  EXPECT_EQ(decisions[1].shortages, (std::vector<Shortage>{{kCup, 2, 1}}));
  EXPECT_TRUE(decisions[2].reserved());
  EXPECT_EQ(stock[kCup], (StockLevel{3, 3}));
}

TEST(AllocateTest, EveryShortageIsListedAndAnUnknownSkuHasNone) {
  Stock stock = {{kCup, {.on_hand = 5, .reserved = 4}}};

  const std::vector<Demand> orders = {Wants({{kCup, 2}, {kPot, 7}})};
  const std::vector<Decision> decisions = Allocate(stock, orders);

  EXPECT_EQ(decisions[0].shortages, (std::vector<Shortage>{{kCup, 2, 1}, {kPot, 7, 0}}));
  EXPECT_EQ(stock, (Stock{{kCup, {.on_hand = 5, .reserved = 4}}}));
}

TEST(AllocateTest, WhatIsGivenBackCanBeTakenAgain) {
  Stock stock = {{kCup, {.on_hand = 2, .reserved = 0}}};
  const std::vector<Demand> orders = {Wants({{kCup, 2}})};
  ASSERT_TRUE(Allocate(stock, orders)[0].reserved());
  ASSERT_FALSE(Allocate(stock, orders)[0].reserved());

  GiveBack(stock, orders[0].items);

  EXPECT_EQ(stock[kCup], (StockLevel{2, 0}));
  EXPECT_TRUE(Allocate(stock, orders)[0].reserved());
}

TEST(SetOnHandTest, NothingReservedIsTakenAway) {
  StockLevel level{.on_hand = 5, .reserved = 3};

  const absl::Status status = SetOnHand(kCup, level, 2);

  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ReasonOf(status), "BELOW_RESERVED");
  EXPECT_EQ(level, (StockLevel{5, 3}));
  EXPECT_TRUE(SetOnHand(kCup, level, 3).ok());
  EXPECT_EQ(level, (StockLevel{3, 3}));
}

}  // namespace
}  // namespace waybill::inventory_svc
