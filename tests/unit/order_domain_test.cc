// Tests the order's state machine.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "order_svc/domain/order.h"
#include "platform/types/error.h"

namespace waybill::order_svc {
namespace {

using ::testing::Test;

const absl::Time kNow = absl::FromUnixMillis(1'700'000'000'000);
const PaymentId kPayment = PaymentId::New();

NewOrder Wanted(std::vector<OrderLine> lines) {
  return {.user = UserId("ann"),
          .email = EmailAddress("ann@example.com"),
          .payment_method = "pm_card_visa",
          .lines = std::move(lines),
          .placed_at = kNow,
          .deadline_at = kNow + absl::Minutes(30)};
}

OrderLine Line(const std::string& product, int quantity, std::int64_t price,
               const std::string& currency = "USD") {
  return {.product = Sku(product),
          .product_name = product,
          .quantity = quantity,
          .unit_price = {price, Currency(currency)}};
}

Order PlacedOrder() { return *Order::Place(Wanted({Line("a", 2, 100), Line("b", 1, 50)})); }

enum class Input { kConfirmed, kDeclined, kReserved, kRejected, kCaptured, kFailed, kCustomer };

const std::vector<Input> kAllInputs = {Input::kConfirmed, Input::kDeclined, Input::kReserved,
                                       Input::kRejected,  Input::kCaptured, Input::kFailed,
                                       Input::kCustomer};

void Apply(Order& order, Input input, absl::Time now = kNow) {
  switch (input) {
    case Input::kConfirmed:
      return order.OnPaymentConfirmed(kPayment, now);
    case Input::kDeclined:
      return order.OnPaymentDeclined(now);
    case Input::kReserved:
      return order.OnItemsReserved(now);
    case Input::kRejected:
      return order.OnItemsRejected(now);
    case Input::kCaptured:
      return order.OnPaymentCaptured(now);
    case Input::kFailed:
      return order.OnPaymentFailed(now);
    case Input::kCustomer:
      order.Cancel(CancelReason::kCustomer, now).IgnoreError();
      return;
  }
}

// Checks what must be true of every order at any time, whatever events came.
void CheckInvariants(const Order& order) {
  const std::set<std::pair<OrderState, OrderState>> allowed = {
      {OrderState::kPlaced, OrderState::kPaymentConfirmed},
      {OrderState::kPaymentConfirmed, OrderState::kReserved},
      {OrderState::kReserved, OrderState::kConfirmed},
      {OrderState::kPlaced, OrderState::kCancelled},
      {OrderState::kPaymentConfirmed, OrderState::kCancelled},
      {OrderState::kReserved, OrderState::kCancelled},
      {OrderState::kConfirmed, OrderState::kCancelled}};
  const std::vector<Transition>& transitions = order.transitions();
  ASSERT_EQ(transitions.front().state, OrderState::kPlaced);
  for (std::size_t i = 0; i < transitions.size(); ++i) {
    EXPECT_EQ(transitions[i].number, static_cast<int>(i) + 1);
    EXPECT_EQ(transitions[i].reason.has_value(), transitions[i].state == OrderState::kCancelled);
    if (i > 0) {
      EXPECT_TRUE(allowed.contains({transitions[i - 1].state, transitions[i].state}));
    }
  }
  EXPECT_EQ(order.data().state, transitions.back().state);
  EXPECT_EQ(order.data().reason, transitions.back().reason);
  EXPECT_EQ(order.data().transition, transitions.back().number);

  std::vector<OrderEventKind> expected = {OrderEventKind::kPlaced};
  for (const Transition& transition : transitions) {
    if (transition.state == OrderState::kConfirmed) expected.push_back(OrderEventKind::kConfirmed);
    if (transition.state == OrderState::kCancelled) expected.push_back(OrderEventKind::kCancelled);
  }
  ASSERT_EQ(order.events().size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(order.events()[i].kind, expected[i]);
    EXPECT_EQ(order.events()[i].sequence, static_cast<std::int64_t>(i) + 1);
  }
  EXPECT_EQ(order.data().event_sequence, order.events().back().sequence);
}

TEST(OrderPlacing, ANewOrderIsPlacedWithOneTransitionAndOneEvent) {
  const Order order = PlacedOrder();
  EXPECT_EQ(order.data().state, OrderState::kPlaced);
  EXPECT_EQ(order.data().total, (Money{250, "USD"}));
  EXPECT_EQ(order.transitions(), (std::vector<Transition>{{1, OrderState::kPlaced, {}, kNow}}));
  EXPECT_EQ(order.events(), (std::vector<OrderEvent>{{OrderEventKind::kPlaced, 1, kNow}}));
}

TEST(OrderPlacing, TimesAreAsPreciseAsStorageAndIdsKeepThem) {
  NewOrder wanted = Wanted({Line("a", 1, 1)});
  wanted.placed_at = kNow + absl::Nanoseconds(1'234'567);
  wanted.deadline_at = kNow + absl::Nanoseconds(1'234'567);
  const Order order = *Order::Place(wanted);
  EXPECT_EQ(order.data().placed_at, kNow + absl::Milliseconds(1));
  EXPECT_EQ(order.data().deadline_at, kNow + absl::Microseconds(1'234));
  EXPECT_EQ(order.transitions().front().at, order.data().placed_at);
}

// A user's orders are listed by their ids, and shown with the time at which they were placed.
TEST(OrderPlacing, IdsSortAsOrdersWerePlacedWhateverThePaceOfTheirTransactions) {
  NewOrder sooner = Wanted({Line("a", 1, 1)});
  NewOrder later = sooner;
  later.placed_at = sooner.placed_at + absl::Milliseconds(1);
  const Order second = *Order::Place(later);
  const Order first = *Order::Place(sooner);
  EXPECT_LT(first.data().id, second.data().id);
  EXPECT_NE(first.data().id, Order::Place(sooner)->data().id);
}

TEST(OrderPlacing, TwoCurrenciesInOneOrderAreRefusedByLine) {
  const auto order = Order::Place(Wanted({Line("a", 1, 1), Line("b", 1, 1, "EUR")}));
  ASSERT_EQ(order.status().code(), absl::StatusCode::kInvalidArgument);
  ASSERT_EQ(ViolationsOf(order.status()).size(), 1u);
  EXPECT_EQ(ViolationsOf(order.status())[0].field, "items[1].product_id");
}

TEST(OrderPlacing, LinesAndQuantitiesOutsideTheLimitsAreRefused) {
  const auto refused = [](std::vector<OrderLine> lines) {
    return absl::IsInvalidArgument(Order::Place(Wanted(std::move(lines))).status());
  };
  EXPECT_TRUE(refused({}));
  EXPECT_TRUE(refused({Line("a", 0, 1)}));
  EXPECT_TRUE(refused({Line("a", -1, 1)}));
  EXPECT_TRUE(refused({Line("a", kMaxQuantity + 1, 1)}));
  EXPECT_TRUE(refused(std::vector<OrderLine>(kMaxLines + 1, Line("a", 1, 1))));
  EXPECT_FALSE(refused(std::vector<OrderLine>(kMaxLines, Line("a", kMaxQuantity, 1))));
}

TEST(OrderPlacing, ATotalOverTheBoundIsRefusedAndDoesNotOverflow) {
  const auto total = [](std::vector<OrderLine> lines) {
    return Order::Place(Wanted(std::move(lines))).status();
  };
  EXPECT_TRUE(total({Line("a", 1, 99'999'999)}).ok());
  EXPECT_TRUE(absl::IsInvalidArgument(total({Line("a", 1, 99'999'999), Line("b", 1, 1)})));
  EXPECT_TRUE(absl::IsInvalidArgument(total({Line("a", 1, kMaxMinorUnits), Line("b", 1, 1)})));
  EXPECT_TRUE(absl::IsInvalidArgument(
      total(std::vector<OrderLine>(kMaxLines, Line("a", kMaxQuantity, kMaxMinorUnits)))));
}

TEST(OrderPlacing, ATotalThatTheProviderCannotChargeIsRefused) {
  const auto total = [](std::vector<OrderLine> lines) {
    return Order::Place(Wanted(std::move(lines))).status();
  };
  EXPECT_TRUE(total({Line("a", 2, 1235, "KWD")}).ok());
  const absl::Status fine = total({Line("a", 1, 1234, "KWD")});
  EXPECT_EQ(ViolationsOf(fine),
            (std::vector<FieldViolation>{
                {"items",
                 "the order's total is 1.234 KWD, which is finer than the payment provider can "
                 "charge"}}));
  EXPECT_TRUE(absl::IsInvalidArgument(total({Line("a", 1, 5050, "MGA")})));
  EXPECT_TRUE(absl::IsInvalidArgument(total({Line("a", 1, 1'000'000, "UGX")})));
  EXPECT_TRUE(absl::IsInvalidArgument(total({Line("a", 1, 5, "CLF")})));
}

struct Saga {
  std::vector<Input> inputs;
  OrderState state;
  std::optional<CancelReason> reason;
};

// Every set of events that the other services can send for one order, and the state to which it
// must lead.
const std::vector<Saga> kSagas = {
    {{Input::kConfirmed, Input::kReserved, Input::kCaptured}, OrderState::kConfirmed, {}},
    {{Input::kDeclined}, OrderState::kCancelled, CancelReason::kPaymentDeclined},
    {{Input::kConfirmed, Input::kRejected}, OrderState::kCancelled, CancelReason::kOutOfStock},
    {{Input::kConfirmed, Input::kReserved, Input::kFailed},
     OrderState::kCancelled,
     CancelReason::kPaymentFailed},
    {{Input::kConfirmed, Input::kReserved, Input::kCaptured, Input::kCustomer},
     OrderState::kCancelled,
     CancelReason::kCustomer},
};

TEST(OrderSaga, EveryOrderOfArrivalEndsTheSame) {
  for (const Saga& saga : kSagas) {
    std::vector<Input> inputs = saga.inputs;
    std::sort(inputs.begin(), inputs.end());
    do {
      Order order = PlacedOrder();
      for (Input input : inputs) Apply(order, input);
      EXPECT_EQ(order.data().state, saga.state);
      EXPECT_EQ(order.data().reason, saga.reason);
      CheckInvariants(order);
    } while (std::next_permutation(inputs.begin(), inputs.end()));
  }
}

TEST(OrderSaga, AnEventTwiceIsTheSameAsOnce) {
  for (const Saga& saga : kSagas) {
    Order once = PlacedOrder();
    Order twice = once;
    for (Input input : saga.inputs) {
      Apply(once, input);
      Apply(twice, input);
      Apply(twice, input);
    }
    EXPECT_EQ(once.data(), twice.data());
  }
}

TEST(OrderSaga, AnEventBeforeItsPredecessorIsKeptAndMakesBothTransitionsLater) {
  Order order = Order::Restore(PlacedOrder().data());
  order.OnItemsReserved(kNow);
  EXPECT_EQ(order.data().state, OrderState::kPlaced);
  EXPECT_TRUE(order.transitions().empty());
  EXPECT_TRUE(order.changed()) << "the early event was not stored";

  Order later = Order::Restore(order.data());
  later.OnPaymentConfirmed(kPayment, kNow + absl::Seconds(1));
  EXPECT_EQ(later.data().state, OrderState::kReserved);
  ASSERT_EQ(later.transitions().size(), 2u);
  EXPECT_EQ(later.transitions()[0].state, OrderState::kPaymentConfirmed);
  EXPECT_EQ(later.transitions()[0].number, 2);
  EXPECT_EQ(later.transitions()[1].state, OrderState::kReserved);
  EXPECT_EQ(later.transitions()[1].number, 3);
}

TEST(OrderSaga, OnlyTheDrawnTransitionsHappenWhateverComes) {
  EXPECT_TRUE(rc::check("invariants hold", [] {
    const auto inputs = *rc::gen::container<std::vector<Input>>(rc::gen::elementOf(kAllInputs));
    Order order = PlacedOrder();
    for (Input input : inputs) {
      const OrderData before = order.data();
      const bool was_at_end = order.IsAtEnd();
      Apply(order, input);
      if (was_at_end && order.data() != before) {
        RC_ASSERT(before.state == OrderState::kConfirmed);
        RC_ASSERT(input == Input::kCustomer);
      }
    }
    CheckInvariants(order);
    RC_ASSERT(!Test::HasFailure());
  }));
}

TEST(OrderSaga, AnOrdersTimeNeverGoesBack) {
  Order order = PlacedOrder();
  order.OnPaymentConfirmed(kPayment, kNow - absl::Seconds(5));
  EXPECT_EQ(order.data().updated_at, kNow);
}

TEST(OrderCancelling, AConfirmedOrderCanStillBeCancelledByItsCustomerAndByNobodyElse) {
  Order order = PlacedOrder();
  for (Input input : kSagas[0].inputs) Apply(order, input);
  EXPECT_EQ(ReasonOf(order.Cancel(CancelReason::kTimedOut, kNow)), "ALREADY_CONFIRMED");
  EXPECT_EQ(order.data().state, OrderState::kConfirmed);
  EXPECT_TRUE(order.Cancel(CancelReason::kCustomer, kNow).ok());
  EXPECT_EQ(order.data().state, OrderState::kCancelled);
  CheckInvariants(order);
}

TEST(OrderCancelling, CancellingAgainForTheSameReasonChangesNothing) {
  Order order = PlacedOrder();
  ASSERT_TRUE(order.Cancel(CancelReason::kCustomer, kNow).ok());
  const OrderData cancelled = order.data();
  EXPECT_TRUE(order.Cancel(CancelReason::kCustomer, kNow + absl::Seconds(1)).ok());
  EXPECT_EQ(order.data(), cancelled);
}

TEST(OrderCancelling, CancellingForAnotherReasonSaysWhyItWasCancelledBefore) {
  Order order = PlacedOrder();
  order.OnPaymentDeclined(kNow);
  const absl::Status status = order.Cancel(CancelReason::kCustomer, kNow);
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ReasonOf(status), "ALREADY_CANCELLED");
  EXPECT_EQ(order.data().reason, CancelReason::kPaymentDeclined);
}

TEST(OrderCancelling, AShippedOrderIsNotCancelledByItsCustomer) {
  Order order = PlacedOrder();
  for (Input input : kSagas[0].inputs) Apply(order, input);
  order.OnShipped(kNow + absl::Seconds(1));
  order.OnShipped(kNow + absl::Seconds(2));
  EXPECT_EQ(order.data().shipped_at, kNow + absl::Seconds(1));
  EXPECT_EQ(ReasonOf(order.Cancel(CancelReason::kCustomer, kNow)), "ALREADY_SHIPPED");
  EXPECT_EQ(order.data().state, OrderState::kConfirmed);
  CheckInvariants(order);
}

TEST(OrderCancelling, AnOrderThatIsCancelledMeanwhileWasShippedAllTheSame) {
  Order order = PlacedOrder();
  for (Input input : kSagas[0].inputs) Apply(order, input);
  ASSERT_TRUE(order.Cancel(CancelReason::kCustomer, kNow).ok());
  order.OnShipped(kNow);
  EXPECT_EQ(order.data().state, OrderState::kCancelled);
  EXPECT_EQ(order.data().shipped_at, kNow);
  EXPECT_TRUE(order.Cancel(CancelReason::kCustomer, kNow).ok()) << "it is cancelled already";
  CheckInvariants(order);
}

TEST(OrderAsPlaced, ItIsTheSameForEverWhateverHappenedSince) {
  Order order = PlacedOrder();
  const OrderData placed = order.AsPlaced();
  EXPECT_EQ(placed, order.data());
  for (Input input : {Input::kReserved, Input::kConfirmed, Input::kCaptured, Input::kCustomer}) {
    Apply(order, input, kNow + absl::Seconds(3));
    EXPECT_EQ(order.AsPlaced(), placed);
  }
}

TEST(OrderNames, EveryNameReadsBackAsItself) {
  for (OrderState state : {OrderState::kPlaced, OrderState::kPaymentConfirmed,
                           OrderState::kReserved, OrderState::kConfirmed, OrderState::kCancelled}) {
    EXPECT_EQ(*Parse<OrderState>(NameOf(state)), state);
  }
  for (CancelReason reason :
       {CancelReason::kPaymentDeclined, CancelReason::kOutOfStock, CancelReason::kCustomer,
        CancelReason::kTimedOut, CancelReason::kPaymentFailed}) {
    EXPECT_EQ(*Parse<CancelReason>(NameOf(reason)), reason);
  }
  EXPECT_FALSE(Parse<OrderState>("placed").ok());
}

}  // namespace
}  // namespace waybill::order_svc
