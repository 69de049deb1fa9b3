#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>

#include "inventory_svc/domain/reservation.h"

namespace waybill::inventory_svc {
namespace {

using Kind = OrderNews::Kind;
using State = ReservationState;

const Sku kCup("cup");
const Sku kPot("pot");

OrderNews Placed(const OrderId& order, Quantities items) {
  return {Kind::kPlaced, order, std::move(items)};
}
OrderNews Paid(const OrderId& order) { return {.kind = Kind::kPaymentConfirmed, .order = order}; }
OrderNews Declined(const OrderId& order) {
  return {.kind = Kind::kPaymentDeclined, .order = order};
}
OrderNews Cancelled(const OrderId& order) { return {.kind = Kind::kCancelled, .order = order}; }

Reservation Waiting(const OrderId& order) { return Reservation::Restore({.order = order}); }

// A stock event with the index, within its batch, of the event that brought it about.
struct Outcome {
  StockEvent event;
  std::size_t cause = 0;
};

// Does what the use case does with the tables: hands Apply only the rows SkusNeeded asks for.
class Warehouse {
 public:
  explicit Warehouse(Stock stock) : stock_(std::move(stock)) {}

  std::vector<Outcome> Apply(const std::vector<OrderNews>& batch) {
    for (const OrderNews& event : batch) {
      reservations_.try_emplace(event.order, Waiting(event.order));
    }
    Stock locked;
    for (const Sku& sku : SkusNeeded(reservations_, batch)) {
      if (stock_.contains(sku)) locked[sku] = stock_[sku];
    }
    const std::size_t rows = locked.size();
    std::vector<Outcome> outcomes;
    for (std::size_t i = 0; i < batch.size(); ++i) {
      auto event = reservations_.at(batch[i].order).Apply(batch[i], locked);
      if (event) outcomes.push_back({*std::move(event), i});
    }
    EXPECT_EQ(locked.size(), rows) << "a level was used that had not been asked for";
    for (const auto& [sku, level] : locked) stock_[sku] = level;
    for (const Outcome& outcome : outcomes) published_.push_back(outcome.event);
    return outcomes;
  }

  const ReservationData& DataOf(const OrderId& order) const {
    return reservations_.at(order).data();
  }
  const Stock& stock() const { return stock_; }
  const Reservations& reservations() const { return reservations_; }
  const std::vector<StockEvent>& published() const { return published_; }

 private:
  Stock stock_;
  Reservations reservations_;
  std::vector<StockEvent> published_;
};

TEST(InventoryReservationTest, PaidItemsAreReservedAndToldOnce) {
  const OrderId order = OrderId::New();
  Warehouse warehouse({{kCup, {.on_hand = 5, .reserved = 0}}});

  EXPECT_TRUE(warehouse.Apply({Placed(order, {{kCup, 2}})}).empty());
  const std::vector<Outcome> outcomes = warehouse.Apply({Paid(order), Paid(order)});

  ASSERT_EQ(outcomes.size(), 1u);
  EXPECT_EQ(outcomes[0].event.kind, StockEvent::Kind::kItemsReserved);
  EXPECT_EQ(outcomes[0].event.sequence, 1);
  EXPECT_EQ(outcomes[0].cause, 0u);
  EXPECT_EQ(outcomes[0].event.items, (Quantities{{kCup, 2}}));
  EXPECT_EQ(warehouse.DataOf(order).state, State::kReserved);
  EXPECT_EQ(warehouse.stock().at(kCup).reserved, 2);
}

TEST(InventoryReservationTest, APaymentBeforeItsOrderWaits) {
  const OrderId order = OrderId::New();
  Warehouse warehouse({{kCup, {.on_hand = 5, .reserved = 0}}});

  EXPECT_TRUE(warehouse.Apply({Paid(order)}).empty());
  EXPECT_EQ(warehouse.DataOf(order).state, State::kWaiting);
  warehouse.Apply({Placed(order, {{kCup, 2}})});

  EXPECT_EQ(warehouse.DataOf(order).state, State::kReserved);
}

TEST(InventoryReservationTest, ACancellationThatComesFirstRefusesTheReservation) {
  const OrderId order = OrderId::New();
  Warehouse warehouse({{kCup, {.on_hand = 5, .reserved = 0}}});

  warehouse.Apply({Cancelled(order)});
  warehouse.Apply({Paid(order)});
  warehouse.Apply({Placed(order, {{kCup, 2}})});

  EXPECT_EQ(warehouse.DataOf(order).state, State::kReleased);
  EXPECT_EQ(warehouse.stock().at(kCup).reserved, 0);
  EXPECT_TRUE(warehouse.published().empty());
}

TEST(InventoryReservationTest, ADeclinedPaymentChangesNothing) {
  const OrderId order = OrderId::New();
  Warehouse warehouse({{kCup, {.on_hand = 5, .reserved = 0}}});

  EXPECT_TRUE(warehouse.Apply({Declined(order)}).empty());
  EXPECT_EQ(warehouse.DataOf(order), ReservationData{.order = order});
  EXPECT_TRUE(warehouse.Apply({Placed(order, {{kCup, 2}}), Declined(order)}).empty());
  EXPECT_EQ(warehouse.DataOf(order).state, State::kWaiting);
  EXPECT_FALSE(warehouse.DataOf(order).payment_confirmed);
  EXPECT_EQ(warehouse.stock().at(kCup).reserved, 0);
}

TEST(InventoryReservationTest, OnlyWhatWasReservedIsToldAsReleased) {
  const OrderId held = OrderId::New();
  const OrderId rejected = OrderId::New();
  Warehouse warehouse({{kCup, {.on_hand = 5, .reserved = 0}}});
  warehouse.Apply(
      {Placed(held, {{kCup, 4}}), Paid(held), Placed(rejected, {{kCup, 4}}), Paid(rejected)});
  ASSERT_EQ(warehouse.DataOf(rejected).state, State::kRejected);

  const std::vector<Outcome> outcomes = warehouse.Apply({Cancelled(rejected), Cancelled(held)});

  ASSERT_EQ(outcomes.size(), 1u);
  EXPECT_EQ(outcomes[0].event.kind, StockEvent::Kind::kReleased);
  EXPECT_EQ(outcomes[0].event.order, held);
  EXPECT_EQ(outcomes[0].event.sequence, 2);
  EXPECT_EQ(outcomes[0].event.items, (Quantities{{kCup, 4}}));
  EXPECT_EQ(warehouse.stock().at(kCup).reserved, 0);
}

TEST(InventoryReservationTest, AReleaseIsSeenByLaterReservationsOfItsBatch) {
  const OrderId first = OrderId::New();
  const OrderId before = OrderId::New();
  const OrderId after = OrderId::New();
  Warehouse warehouse({{kCup, {.on_hand = 1, .reserved = 0}}});
  warehouse.Apply({Placed(first, {{kCup, 1}}), Paid(first), Placed(before, {{kCup, 1}}),
                   Placed(after, {{kCup, 1}})});

  warehouse.Apply({Paid(before), Cancelled(first), Paid(after)});

  EXPECT_EQ(warehouse.DataOf(before).state, State::kRejected);
  EXPECT_EQ(warehouse.DataOf(after).state, State::kReserved);
}

TEST(InventoryReservationTest, NewsThatDecideNothingNeedNoStock) {
  const OrderId order = OrderId::New();
  Reservations reservations;
  reservations.try_emplace(order, Waiting(order));

  EXPECT_TRUE(SkusNeeded(reservations, {Placed(order, {{kCup, 1}})}).empty());
  EXPECT_TRUE(SkusNeeded(reservations, {Paid(order), Cancelled(order)}).empty());
  EXPECT_TRUE(SkusNeeded(reservations, {Placed(order, {{kCup, 1}}), Declined(order)}).empty());
  EXPECT_TRUE(SkusNeeded(reservations, {Placed(order, {{kCup, 1}}), Cancelled(order), Paid(order)})
                  .empty());
  EXPECT_EQ(SkusNeeded(reservations, {Placed(order, {{kCup, 1}, {kPot, 1}}), Paid(order)}),
            (std::set<Sku>{kCup, kPot}));
}

// The events of one order, one list a topic: order within a topic is kept, between topics it is
// not.
using Topics = std::vector<std::vector<OrderNews>>;

void Interleave(const Topics& topics, std::vector<std::size_t>& taken,
                std::vector<OrderNews>& so_far, std::vector<std::vector<OrderNews>>& all) {
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

std::vector<std::vector<OrderNews>> Arrivals(const Topics& topics) {
  std::vector<std::size_t> taken(topics.size());
  std::vector<OrderNews> so_far;
  std::vector<std::vector<OrderNews>> all;
  Interleave(topics, taken, so_far, all);
  return all;
}

// Every way to cut the arrivals into batches: bit i of `cuts` ends a batch after event i.
Warehouse Deliver(const std::vector<OrderNews>& arrivals, unsigned cuts, const Stock& stock) {
  Warehouse warehouse(stock);
  std::vector<OrderNews> batch;
  for (std::size_t i = 0; i < arrivals.size(); ++i) {
    batch.push_back(arrivals[i]);
    if ((cuts >> i & 1u) == 0 && i + 1 < arrivals.size()) continue;
    warehouse.Apply(batch);
    batch.clear();
  }
  return warehouse;
}

void ExpectOneEnd(const Topics& topics, const Stock& stock, State end, std::int64_t reserved,
                  bool payment_confirmed = true) {
  const OrderId order = topics[0][0].order;
  const auto arrivals = Arrivals(topics);
  ASSERT_GT(arrivals.size(), 1u);
  for (const std::vector<OrderNews>& one : arrivals) {
    for (unsigned cuts = 0; cuts < 1u << one.size(); ++cuts) {
      const Warehouse warehouse = Deliver(one, cuts, stock);
      ReservationData data = warehouse.DataOf(order);
      EXPECT_EQ(data.event_sequence, static_cast<std::int64_t>(warehouse.published().size()));
      data.event_sequence = 0;
      EXPECT_EQ(data,
                (ReservationData{order, end, true, payment_confirmed, 0, {{kCup, 2}, {kPot, 1}}}));
      EXPECT_EQ(warehouse.stock().at(kCup), (StockLevel{stock.at(kCup).on_hand, 2 * reserved}));
      EXPECT_EQ(warehouse.stock().at(kPot), (StockLevel{stock.at(kPot).on_hand, reserved}));
    }
  }
}

TEST(InventoryArrivalTest, EveryOrderOfArrivalAndEveryBatchingEndsInTheSameState) {
  const OrderId order = OrderId::New();
  const OrderNews placed = Placed(order, {{kCup, 2}, {kPot, 1}});
  const Stock enough = {{kCup, {2, 0}}, {kPot, {1, 0}}};
  const Stock too_little = {{kCup, {2, 0}}, {kPot, {0, 0}}};

  ExpectOneEnd({{placed}, {Paid(order)}}, enough, State::kReserved, 1);
  ExpectOneEnd({{placed}, {Paid(order)}}, too_little, State::kRejected, 0);
  ExpectOneEnd({{placed, Cancelled(order)}, {Paid(order)}}, enough, State::kReleased, 0);
  ExpectOneEnd({{placed, Cancelled(order)}, {Paid(order)}}, too_little, State::kReleased, 0);
  // Declined, and so cancelled.
  ExpectOneEnd({{placed, Cancelled(order)}, {Declined(order)}}, enough, State::kReleased, 0, false);
  ExpectOneEnd({{placed}, {Declined(order), Paid(order)}}, enough, State::kReserved, 1);
  // A replayed event may come from anywhere: each as a topic of its own.
  ExpectOneEnd({{placed}, {Cancelled(order)}, {Paid(order)}}, enough, State::kReleased, 0);
  ExpectOneEnd({{placed}, {Cancelled(order)}, {Declined(order)}}, enough, State::kReleased, 0,
               false);
}

std::map<Sku, std::int64_t> HeldBy(const Reservations& reservations) {
  std::map<Sku, std::int64_t> held;
  for (const auto& [order, reservation] : reservations) {
    if (reservation.data().state != State::kReserved) continue;
    for (const auto& [sku, quantity] : reservation.data().items) held[sku] += quantity;
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
    std::vector<OrderNews> batch;
    const int size = *rc::gen::inRange(1, 8);
    for (int e = 0; e < size; ++e) {
      const OrderId& order = orders[*rc::gen::inRange<std::size_t>(0, orders.size())];
      switch (*rc::gen::inRange(0, 6)) {
        case 0:
          batch.push_back(Cancelled(order));
          break;
        case 5:
          batch.push_back(Declined(order));
          break;
        case 1:
        case 2:
          batch.push_back(Paid(order));
          break;
        default: {
          Quantities items;
          // One SKU more than there is.
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
