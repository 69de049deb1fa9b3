// Shipping a reservation, and the race with its cancellation.
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "inventory_svc/domain/reservation.h"
#include "platform/types/error.h"

namespace waybill::inventory_svc {
namespace {

const Sku kCup("cup");
const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

// Two cups of five are reserved for the order.
struct Shelf {
  OrderId order = OrderId::New();
  Stock stock = {{kCup, {.on_hand = 5, .reserved = 2}}};
  Reservation reservation = Reservation::Restore({.order = order,
                                                  .state = ReservationState::kReserved,
                                                  .items_known = true,
                                                  .payment_confirmed = true,
                                                  .event_sequence = 1,
                                                  .items = {{kCup, 2}}});

  std::optional<StockEvent> Apply(OrderNews::Kind kind) {
    return reservation.Apply({.kind = kind, .order = order}, stock);
  }
  std::string Refusal() { return ReasonOf(reservation.Ship(stock, kNow).status()); }
};

TEST(InventoryShippingTest, ShippedUnitsAreNeitherOnHandNorReserved) {
  Shelf shelf;
  EXPECT_FALSE(shelf.Apply(OrderNews::Kind::kConfirmed));
  const std::optional<StockEvent> shipped = *shelf.reservation.Ship(shelf.stock, kNow);
  ASSERT_TRUE(shipped);
  EXPECT_EQ(shipped->kind, StockEvent::Kind::kShipped);
  EXPECT_EQ(shipped->sequence, 2);
  EXPECT_EQ(shipped->items, (Quantities{{kCup, 2}}));
  EXPECT_EQ(shipped->at, kNow);
  EXPECT_EQ(shelf.stock.at(kCup), (StockLevel{.on_hand = 3, .reserved = 0}));
  EXPECT_EQ(shelf.reservation.data().shipped_at, kNow);
}

TEST(InventoryShippingTest, EveryOrderOfArrivalMakesItReadyToBeShipped) {
  using Kind = OrderNews::Kind;
  // OrderPlaced comes before OrderConfirmed, for both are in one topic; a replayed one may not.
  std::vector<Kind> kinds = {Kind::kPlaced, Kind::kPaymentConfirmed, Kind::kConfirmed};
  do {
    Shelf shelf;
    shelf.stock.at(kCup).reserved = 0;
    shelf.reservation = Reservation::Restore({.order = shelf.order});
    for (const Kind kind : kinds) {
      shelf.reservation.Apply({.kind = kind, .order = shelf.order, .items = {{kCup, 2}}},
                              shelf.stock);
    }
    EXPECT_TRUE(shelf.reservation.Ship(shelf.stock, kNow).ok());
    EXPECT_EQ(shelf.stock.at(kCup), (StockLevel{.on_hand = 3, .reserved = 0}));
  } while (std::next_permutation(kinds.begin(), kinds.end()));
}

TEST(InventoryShippingTest, ShippingAgainChangesNothing) {
  Shelf shelf;
  shelf.Apply(OrderNews::Kind::kConfirmed);
  ASSERT_TRUE(shelf.reservation.Ship(shelf.stock, kNow).ok());
  const absl::StatusOr<std::optional<StockEvent>> again =
      shelf.reservation.Ship(shelf.stock, kNow + absl::Seconds(1));
  ASSERT_TRUE(again.ok());
  EXPECT_FALSE(*again);
  EXPECT_EQ(shelf.stock.at(kCup).on_hand, 3);
  EXPECT_EQ(shelf.reservation.data().shipped_at, kNow);
}

TEST(InventoryShippingTest, OnlyWhatIsReservedForAConfirmedOrderIsShipped) {
  Shelf shelf;
  EXPECT_EQ(shelf.Refusal(), "ORDER_NOT_CONFIRMED");
  Shelf waiting;
  waiting.reservation = Reservation::Restore({.order = waiting.order, .items_known = true});
  EXPECT_EQ(waiting.Refusal(), "NOT_RESERVED");
  EXPECT_EQ(waiting.stock.at(kCup).on_hand, 5);
}

TEST(InventoryShippingTest, ACancellationThatComesFirstWins) {
  Shelf shelf;
  shelf.Apply(OrderNews::Kind::kConfirmed);
  EXPECT_TRUE(shelf.Apply(OrderNews::Kind::kCancelled));
  EXPECT_EQ(shelf.Refusal(), "ORDER_CANCELLED");
  EXPECT_EQ(shelf.stock.at(kCup), (StockLevel{.on_hand = 5, .reserved = 0}));
}

TEST(InventoryShippingTest, ACancellationThatComesLaterBringsNothingBackAndIsReported) {
  Shelf shelf;
  shelf.Apply(OrderNews::Kind::kConfirmed);
  ASSERT_TRUE(shelf.reservation.Ship(shelf.stock, kNow).ok());
  EXPECT_FALSE(shelf.Apply(OrderNews::Kind::kCancelled));
  EXPECT_TRUE(shelf.reservation.cancelled_too_late());
  EXPECT_EQ(shelf.reservation.data().state, ReservationState::kShipped);
  EXPECT_EQ(shelf.stock.at(kCup), (StockLevel{.on_hand = 3, .reserved = 0}));
}

TEST(InventoryShippingTest, WhatArrivesIsSetOnHandWhenTheSoldOnesAreShipped) {
  Stock stock = {{kCup, {.on_hand = 2, .reserved = 2}}};
  EXPECT_EQ(ReasonOf(SetOnHand(kCup, stock.at(kCup), 1)), "BELOW_RESERVED");
  TakeOut(stock, {{kCup, 2}});
  ASSERT_TRUE(SetOnHand(kCup, stock.at(kCup), 3).ok());
  EXPECT_EQ(stock.at(kCup).available(), 3);
}

}  // namespace
}  // namespace waybill::inventory_svc
