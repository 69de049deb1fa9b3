#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>

#include "inventory_svc/domain/batch.h"

namespace waybill::inventory_svc {
namespace {

using Kind = OrderEvent::Kind;
using State = ReservationState;

const Sku kCup("cup");
const Sku kPot("pot");

OrderEvent Placed(const OrderId& order, Quantities items) {
  return {Kind::kPlaced, order, std::move(items)};
}
OrderEvent Paid(const OrderId& order) { return {.kind = Kind::kPaymentConfirmed, .order = order}; }
OrderEvent Cancelled(const OrderId& order) { return {.kind = Kind::kCancelled, .order = order}; }

// Does what the use case does with the tables: passes to Decide only the rows that SkusNeeded asks
// for.
class Warehouse {
 public:
  explicit Warehouse(Stock stock) : stock_(std::move(stock)) {}

  std::vector<StockEvent> Apply(const std::vector<OrderEvent>& batch) {
    for (const OrderEvent& event : batch) {
      reservations_.try_emplace(event.order, Reservation({.order = event.order}));
    }
    Stock locked;
    for (const Sku& sku : SkusNeeded(reservations_, batch)) {
      if (stock_.contains(sku)) locked[sku] = stock_[sku];
    }
    const std::size_t rows = locked.size();
    std::vector<StockEvent> events = Decide(reservations_, locked, batch);
    EXPECT_EQ(locked.size(), rows)
        << "Decide has used a stock level that SkusNeeded had not asked for";
    for (const auto& [sku, level] : locked) stock_[sku] = level;
    published_.insert(published_.end(), events.begin(), events.end());
    return events;
  }

  const Reservation::Row& RowOf(const OrderId& order) const {
    return reservations_.at(order).row();
  }
  const Stock& stock() const { return stock_; }
  const Reservations& reservations() const { return reservations_; }
  const std::vector<StockEvent>& published() const { return published_; }

 private:
  Stock stock_;
  Reservations reservations_;
  std::vector<StockEvent> published_;
};

TEST(InventoryBatchTest, PaidItemsAreReservedAndToldOnce) {
  const OrderId order = OrderId::New();
  Warehouse warehouse({{kCup, {.on_hand = 5, .reserved = 0}}});

  EXPECT_TRUE(warehouse.Apply({Placed(order, {{kCup, 2}})}).empty());
  const std::vector<StockEvent> events = warehouse.Apply({Paid(order), Paid(order)});

  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].kind, StockEvent::Kind::kItemsReserved);
  EXPECT_EQ(events[0].sequence, 1);
  EXPECT_EQ(events[0].cause, 0u);
  EXPECT_EQ(events[0].items, (Quantities{{kCup, 2}}));
  EXPECT_EQ(warehouse.RowOf(order).state, State::kReserved);
  EXPECT_EQ(warehouse.stock().at(kCup).reserved, 2);
}

TEST(InventoryBatchTest, APaymentBeforeItsOrderWaits) {
  const OrderId order = OrderId::New();
  Warehouse warehouse({{kCup, {.on_hand = 5, .reserved = 0}}});

  EXPECT_TRUE(warehouse.Apply({Paid(order)}).empty());
  EXPECT_EQ(warehouse.RowOf(order).state, State::kWaiting);
  warehouse.Apply({Placed(order, {{kCup, 2}})});

  EXPECT_EQ(warehouse.RowOf(order).state, State::kReserved);
}

TEST(InventoryBatchTest, ACancellationThatComesFirstRefusesTheReservation) {
  const OrderId order = OrderId::New();
  Warehouse warehouse({{kCup, {.on_hand = 5, .reserved = 0}}});

  warehouse.Apply({Cancelled(order)});
  warehouse.Apply({Paid(order)});
  warehouse.Apply({Placed(order, {{kCup, 2}})});

  EXPECT_EQ(warehouse.RowOf(order).state, State::kReleased);
  EXPECT_EQ(warehouse.stock().at(kCup).reserved, 0);
  EXPECT_TRUE(warehouse.published().empty());
}

TEST(InventoryBatchTest, OnlyWhatWasReservedIsToldAsReleased) {
  const OrderId held = OrderId::New();
  const OrderId rejected = OrderId::New();
  Warehouse warehouse({{kCup, {.on_hand = 5, .reserved = 0}}});
  warehouse.Apply(
      {Placed(held, {{kCup, 4}}), Paid(held), Placed(rejected, {{kCup, 4}}), Paid(rejected)});
  ASSERT_EQ(warehouse.RowOf(rejected).state, State::kRejected);

  const std::vector<StockEvent> events = warehouse.Apply({Cancelled(rejected), Cancelled(held)});

  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].kind, StockEvent::Kind::kReleased);
  EXPECT_EQ(events[0].order, held);
  EXPECT_EQ(events[0].sequence, 2);
  EXPECT_EQ(events[0].items, (Quantities{{kCup, 4}}));
  EXPECT_EQ(warehouse.stock().at(kCup).reserved, 0);
}

TEST(InventoryBatchTest, AReleaseIsSeenByLaterReservationsOfItsBatch) {
  const OrderId first = OrderId::New();
  const OrderId before = OrderId::New();
  const OrderId after = OrderId::New();
  Warehouse warehouse({{kCup, {.on_hand = 1, .reserved = 0}}});
  warehouse.Apply({Placed(first, {{kCup, 1}}), Paid(first), Placed(before, {{kCup, 1}}),
                   Placed(after, {{kCup, 1}})});

  warehouse.Apply({Paid(before), Cancelled(first), Paid(after)});

  EXPECT_EQ(warehouse.RowOf(before).state, State::kRejected);
  EXPECT_EQ(warehouse.RowOf(after).state, State::kReserved);
}

TEST(InventoryBatchTest, NewsThatDecideNothingNeedNoStock) {
  const OrderId order = OrderId::New();
  Reservations reservations;
  reservations.try_emplace(order, Reservation({.order = order}));

  EXPECT_TRUE(SkusNeeded(reservations, {Placed(order, {{kCup, 1}})}).empty());
  EXPECT_TRUE(SkusNeeded(reservations, {Paid(order), Cancelled(order)}).empty());
  EXPECT_EQ(SkusNeeded(reservations, {Placed(order, {{kCup, 1}, {kPot, 1}}), Paid(order)}),
            (std::set<Sku>{kCup, kPot}));
}

// The events of one order, one list per topic: the order within a topic is kept, the order between
// topics is not.
using Topics = std::vector<std::vector<OrderEvent>>;

void Interleave(const Topics& topics, std::vector<std::size_t>& taken,
                std::vector<OrderEvent>& so_far, std::vector<std::vector<OrderEvent>>& all) {
  bool any = false;
  for (std::size_t t = 0; t < topics.size(); ++t) {
    if (taken[t] == topics[t].size()) continue;
    any = true;
    so_far.push_back(topics[t][taken[t]++]);
    Interleave(topics, taken, so_far, all);
    so_far.pop_back();
    --taken[t];
  }
  if (!any) all.push_back(so_far);
}

std::vector<std::vector<OrderEvent>> Arrivals(const Topics& topics) {
  std::vector<std::size_t> taken(topics.size());
  std::vector<OrderEvent> so_far;
  std::vector<std::vector<OrderEvent>> all;
  Interleave(topics, taken, so_far, all);
  return all;
}

// Delivers the arrivals in batches. Bit i of `cuts` ends a batch after event i, so that `cuts`
// covers every way to split them.
Warehouse Deliver(const std::vector<OrderEvent>& arrivals, unsigned cuts, const Stock& stock) {
  Warehouse warehouse(stock);
  std::vector<OrderEvent> batch;
  for (std::size_t i = 0; i < arrivals.size(); ++i) {
    batch.push_back(arrivals[i]);
    if ((cuts >> i & 1u) == 0 && i + 1 < arrivals.size()) continue;
    warehouse.Apply(batch);
    batch.clear();
  }
  return warehouse;
}

void ExpectOneEnd(const Topics& topics, const Stock& stock, State end, std::int64_t reserved) {
  const OrderId order = topics[0][0].order;
  const auto arrivals = Arrivals(topics);
  ASSERT_GT(arrivals.size(), 1u);
  for (const std::vector<OrderEvent>& one : arrivals) {
    for (unsigned cuts = 0; cuts < 1u << one.size(); ++cuts) {
      const Warehouse warehouse = Deliver(one, cuts, stock);
      Reservation::Row row = warehouse.RowOf(order);
      EXPECT_EQ(row.event_sequence, static_cast<std::int64_t>(warehouse.published().size()));
      row.event_sequence = 0;
      EXPECT_EQ(row, (Reservation::Row{order, end, true, true, 0, {{kCup, 2}, {kPot, 1}}}));
      EXPECT_EQ(warehouse.stock().at(kCup), (StockLevel{stock.at(kCup).on_hand, 2 * reserved}));
      EXPECT_EQ(warehouse.stock().at(kPot), (StockLevel{stock.at(kPot).on_hand, reserved}));
    }
  }
}

TEST(InventoryArrivalTest, EveryOrderOfArrivalAndEveryBatchingEndsInTheSameState) {
  const OrderId order = OrderId::New();
  const OrderEvent placed = Placed(order, {{kCup, 2}, {kPot, 1}});
  const Stock enough = {{kCup, {2, 0}}, {kPot, {1, 0}}};
  const Stock too_little = {{kCup, {2, 0}}, {kPot, {0, 0}}};

  ExpectOneEnd({{placed}, {Paid(order)}}, enough, State::kReserved, 1);
  ExpectOneEnd({{placed}, {Paid(order)}}, too_little, State::kRejected, 0);
  ExpectOneEnd({{placed, Cancelled(order)}, {Paid(order)}}, enough, State::kReleased, 0);
  ExpectOneEnd({{placed, Cancelled(order)}, {Paid(order)}}, too_little, State::kReleased, 0);
  // A replayed event may arrive at any time, so each event has a topic of its own.
  ExpectOneEnd({{placed}, {Cancelled(order)}, {Paid(order)}}, enough, State::kReleased, 0);
}

std::map<Sku, std::int64_t> HeldBy(const Reservations& reservations) {
  std::map<Sku, std::int64_t> held;
  for (const auto& [order, reservation] : reservations) {
    if (reservation.row().state != State::kReserved) continue;
    for (const auto& [sku, quantity] : reservation.row().items) held[sku] += quantity;
  }
  return held;
}

RC_GTEST_PROP(InventoryPropertyTest, NothingIsEverOversoldAndEveryReservedUnitHasItsOrder, ()) {
  const int skus = *rc::gen::inRange(1, 5);
  Stock stock;
  for (int s = 0; s < skus; ++s) {
    stock[Sku("sku-" + std::to_string(s))].on_hand = *rc::gen::inRange<std::int64_t>(0, 12);
  }
  std::vector<OrderId> orders(*rc::gen::inRange(1, 8));
  std::generate(orders.begin(), orders.end(), OrderId::New);
  Warehouse warehouse(stock);

  const int batches = *rc::gen::inRange(1, 12);
  for (int b = 0; b < batches; ++b) {
    std::vector<OrderEvent> batch;
    const int size = *rc::gen::inRange(1, 8);
    for (int e = 0; e < size; ++e) {
      const OrderId& order = orders[*rc::gen::inRange<std::size_t>(0, orders.size())];
      switch (*rc::gen::inRange(0, 5)) {
        case 0:
          batch.push_back(Cancelled(order));
          break;
        case 1:
        case 2:
          batch.push_back(Paid(order));
          break;
        default: {
          Quantities items;
          // The loop includes one SKU that doesn't exist.
          for (int s = 0; s <= skus; ++s) {
            const auto quantity = *rc::gen::inRange<std::int64_t>(0, 6);
            if (quantity > 0) items[Sku("sku-" + std::to_string(s))] = quantity;
          }
          batch.push_back(Placed(order, items));
        }
      }
    }
    warehouse.Apply(batch);

    const std::map<Sku, std::int64_t> held = HeldBy(warehouse.reservations());
    for (const auto& [sku, level] : warehouse.stock()) {
      RC_ASSERT(level.available() >= 0);
      RC_ASSERT(level.on_hand == stock.at(sku).on_hand);
      RC_ASSERT(level.reserved == (held.contains(sku) ? held.at(sku) : 0));
    }
  }

  std::map<OrderId, std::int64_t> last;
  for (const StockEvent& event : warehouse.published()) {
    RC_ASSERT(event.sequence == ++last[event.order]);
  }
}

}  // namespace
}  // namespace waybill::inventory_svc
