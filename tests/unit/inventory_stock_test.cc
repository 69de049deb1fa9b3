#include <gtest/gtest.h>

#include "inventory_svc/domain/stock.h"
#include "platform/types/error.h"

namespace waybill::inventory_svc {
namespace {

const Sku kCup("cup");
const Sku kPot("pot");

using Shortages = std::vector<Shortage>;

TEST(AllocateTest, AnOrderGetsAllOfItsItemsOrNone) {
  Stock stock = {{kCup, {.on_hand = 10, .reserved = 0}}, {kPot, {.on_hand = 1, .reserved = 0}}};

  EXPECT_EQ(Allocate(stock, {{kCup, 2}, {kPot, 2}}), (Shortages{{kPot, 2, 1}}));
  EXPECT_EQ(stock[kCup], (StockLevel{10, 0}));
  EXPECT_EQ(Allocate(stock, {{kCup, 2}, {kPot, 1}}), Shortages{});
  EXPECT_EQ(stock[kCup], (StockLevel{10, 2}));
  EXPECT_EQ(stock[kPot], (StockLevel{1, 1}));
}

TEST(AllocateTest, EarlierOrdersAreServedFirst) {
  Stock stock = {{kCup, {.on_hand = 3, .reserved = 0}}};

  EXPECT_EQ(Allocate(stock, {{kCup, 2}}), Shortages{});
  EXPECT_EQ(Allocate(stock, {{kCup, 2}}), (Shortages{{kCup, 2, 1}}));
  EXPECT_EQ(Allocate(stock, {{kCup, 1}}), Shortages{});
  EXPECT_EQ(stock[kCup], (StockLevel{3, 3}));
}

TEST(AllocateTest, EveryShortageIsListedAndAnUnknownSkuHasNone) {
  Stock stock = {{kCup, {.on_hand = 5, .reserved = 4}}};

  EXPECT_EQ(Allocate(stock, {{kCup, 2}, {kPot, 7}}), (Shortages{{kCup, 2, 1}, {kPot, 7, 0}}));
  EXPECT_EQ(stock, (Stock{{kCup, {.on_hand = 5, .reserved = 4}}}));
}

TEST(AllocateTest, WhatIsGivenBackCanBeTakenAgain) {
  Stock stock = {{kCup, {.on_hand = 2, .reserved = 0}}};
  const Quantities items = {{kCup, 2}};
  ASSERT_TRUE(Allocate(stock, items).empty());
  ASSERT_FALSE(Allocate(stock, items).empty());

  GiveBack(stock, items);

  EXPECT_EQ(stock[kCup], (StockLevel{2, 0}));
  EXPECT_TRUE(Allocate(stock, items).empty());
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
