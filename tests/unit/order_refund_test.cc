// Tests the refunds of an order.
#include <gtest/gtest.h>

#include "order_svc/domain/order.h"
#include "platform/types/error.h"

namespace waybill::order_svc {
namespace {

const absl::Time kNow = absl::FromUnixMillis(1'700'000'000'000);

OrderLine Line(const std::string& product, int quantity, std::int64_t price,
               const std::string& currency = "EUR") {
  return {.product = Sku(product),
          .product_name = product,
          .quantity = quantity,
          .unit_price = {price, Currency(currency)}};
}

Order Placed(std::vector<OrderLine> lines = {Line("tea", 2, 790), Line("pot", 1, 3400),
                                             Line("tea", 1, 790)}) {
  Order order = *Order::Place({.user = UserId("ann"),
                               .email = EmailAddress("ann@example.com"),
                               .payment_method = "pm_card_visa",
                               .lines = std::move(lines),
                               .placed_at = kNow,
                               .deadline_at = kNow + absl::Minutes(30)});
  return Order::Restore(order.data());
}

// Worth 5770.
Order Confirmed(Order order = Placed()) {
  order.OnPaymentConfirmed(PaymentId::New(), kNow);
  order.OnItemsReserved(kNow);
  order.OnPaymentCaptured(kNow);
  return Order::Restore(order.data());
}

NewRefund Amount(std::int64_t minor_units, const std::string& currency = "EUR") {
  return {.amount = Money{minor_units, Currency(currency)}};
}
NewRefund Items(RefundItems items) { return {.amount = std::nullopt, .items = std::move(items)}; }

std::string Refusal(Order& order, const NewRefund& wanted) {
  return ReasonOf(order.RequestRefund(wanted, kNow).status());
}

TEST(OrderRefundTest, ItIsRequestedAndThenExecutedWithAnEventEach) {
  Order order = Confirmed();
  const Refund refund = *order.RequestRefund(Amount(1000), kNow + absl::Seconds(1));
  EXPECT_EQ(refund.number, 1);
  EXPECT_EQ(refund.state, RefundState::kRequested);
  ASSERT_TRUE(order.OnRefunded(refund.id, kNow + absl::Seconds(2)).ok());
  const Refund second = *order.RequestRefund(Amount(500), kNow + absl::Seconds(3));
  ASSERT_TRUE(order.OnRefunded(second.id, kNow + absl::Seconds(4)).ok());
  EXPECT_EQ(order.data().state, OrderState::kConfirmed) << "a refund is about money only";
  EXPECT_TRUE(order.transitions().empty());
  ASSERT_EQ(order.events().size(), 4u);
  EXPECT_EQ(order.events()[0].kind, OrderEventKind::kRefundRequested);
  EXPECT_EQ(order.events()[0].refund, refund.id);
  EXPECT_EQ(order.events()[0].sequence, 3);
  EXPECT_EQ(order.events()[1].kind, OrderEventKind::kRefunded);
  EXPECT_EQ(order.events()[1].refunded, 1000);
  EXPECT_EQ(order.events()[3].refunded, 1500);
  EXPECT_EQ(order.data().event_sequence, 6);
  EXPECT_EQ(SumOf(order.data().refunds, RefundState::kRefunded), 1500);
}

TEST(OrderRefundTest, NeverMoreThanWasCapturedRefundsOnTheirWayIncluded) {
  Order order = Confirmed();
  ASSERT_TRUE(order.RequestRefund(Amount(5000), kNow).ok());
  EXPECT_EQ(Refusal(order, Amount(771)), "REFUND_EXCEEDS_CAPTURED");
  const Refund rest = *order.RequestRefund(Amount(770), kNow);
  EXPECT_EQ(Refusal(order, Amount(1)), "REFUND_EXCEEDS_CAPTURED");
  ASSERT_TRUE(order.OnRefundFailed(rest.id, "lost_or_stolen_card", kNow).ok());
  EXPECT_EQ(order.data().refunds.back().failure_reason, "lost_or_stolen_card");
  EXPECT_TRUE(order.RequestRefund(Amount(770), kNow).ok()) << "a failed refund's amount is free";
}

TEST(OrderRefundTest, ItemsAreRefundedAtTheirPriceAndNotTwice) {
  Order order = Confirmed();
  EXPECT_EQ(order.RequestRefund(Items({{Sku("tea"), 2}}), kNow)->amount, (Money{1580, "EUR"}));
  EXPECT_EQ(Refusal(order, Items({{Sku("tea"), 2}})), "REFUND_EXCEEDS_ORDERED");
  EXPECT_EQ(order.RequestRefund(Items({{Sku("tea"), 1}, {Sku("pot"), 1}}), kNow)->amount,
            (Money{4190, "EUR"}));
  EXPECT_EQ(Refusal(order, Items({{Sku("tea"), 1}})), "REFUND_EXCEEDS_ORDERED");
  EXPECT_TRUE(
      absl::IsInvalidArgument(Confirmed().RequestRefund(Items({{Sku("cup"), 1}}), kNow).status()));
}

TEST(OrderRefundTest, ItemsAfterAnAmountAreBoundedByTheMoney) {
  Order order = Confirmed();
  ASSERT_TRUE(order.RequestRefund(Amount(5000), kNow).ok());
  EXPECT_EQ(Refusal(order, Items({{Sku("tea"), 1}})), "REFUND_EXCEEDS_CAPTURED");
}

TEST(OrderRefundTest, OnlyAConfirmedOrderIsRefunded) {
  Order placed = Placed();
  EXPECT_EQ(Refusal(placed, Amount(1)), "ORDER_NOT_CONFIRMED");
  Order cancelled = Confirmed();
  ASSERT_TRUE(cancelled.Cancel(CancelReason::kCustomer, kNow).ok());
  EXPECT_EQ(Refusal(cancelled, Amount(1)), "ORDER_NOT_CONFIRMED");
}

TEST(OrderRefundTest, AnAmountThatCannotBeRefundedIsRefused) {
  Order order = Confirmed();
  EXPECT_TRUE(absl::IsInvalidArgument(order.RequestRefund(Amount(1, "USD"), kNow).status()));
  Order kwd = Confirmed(Placed({Line("tea", 1, 12'340, "KWD")}));
  EXPECT_TRUE(absl::IsInvalidArgument(kwd.RequestRefund(Amount(1234, "KWD"), kNow).status()));
  EXPECT_TRUE(kwd.RequestRefund(Amount(1230, "KWD"), kNow).ok());
}

TEST(OrderRefundTest, ARefundOnItsWayEndsAlsoWhenTheOrderIsCancelled) {
  Order order = Confirmed();
  const Refund refund = *order.RequestRefund(Amount(1000), kNow);
  ASSERT_TRUE(order.Cancel(CancelReason::kCustomer, kNow).ok());
  ASSERT_TRUE(order.OnRefunded(refund.id, kNow).ok());
  EXPECT_EQ(order.data().state, OrderState::kCancelled);
  EXPECT_EQ(order.events().back().kind, OrderEventKind::kRefunded);
}

TEST(OrderRefundTest, AnEventTwiceIsTheSameAsOnceAndOneOfNoRefundIsAnError) {
  Order order = Confirmed();
  const Refund refund = *order.RequestRefund(Amount(1000), kNow);
  ASSERT_TRUE(order.OnRefunded(refund.id, kNow).ok());
  const OrderData once = order.data();
  ASSERT_TRUE(order.OnRefunded(refund.id, kNow + absl::Seconds(1)).ok());
  ASSERT_TRUE(order.OnRefundFailed(refund.id, "late", kNow + absl::Seconds(1)).ok());
  EXPECT_EQ(order.data(), once);
  EXPECT_TRUE(absl::IsInvalidArgument(order.OnRefunded(RefundId::New(), kNow)));
}

TEST(OrderRefundTest, AnOrderHasSoManyRefundsAndNotOneMore) {
  Order order = Confirmed();
  for (std::size_t i = 0; i < kMaxRefunds; ++i) {
    ASSERT_TRUE(order.RequestRefund(Amount(1), kNow).ok());
  }
  EXPECT_EQ(Refusal(order, Amount(1)), "TOO_MANY_REFUNDS");
}

TEST(OrderRefundTest, TheFirstAnswerCanBeGivenAgain) {
  Order order = Confirmed();
  const Refund requested = *order.RequestRefund(Amount(1000), kNow);
  ASSERT_TRUE(order.OnRefundFailed(requested.id, "x", kNow + absl::Seconds(1)).ok());
  EXPECT_NE(order.data().refunds.front(), requested);
  EXPECT_EQ(AsRequested(order.data().refunds.front()), requested);
}

TEST(OrderRefundTest, ACancelledOrderCanBeShownAsItWasThenWhateverTheClocksSay) {
  Order order = Confirmed();
  const Refund before = *order.RequestRefund(Amount(1000), kNow);
  const Refund after = *order.RequestRefund(Amount(500), kNow);
  ASSERT_TRUE(order.OnRefunded(before.id, kNow + absl::Seconds(9)).ok());
  ASSERT_TRUE(order.Cancel(CancelReason::kCustomer, kNow + absl::Seconds(1)).ok());
  const OrderData then = order.data();
  EXPECT_EQ(order.AsCancelled(), then);
  ASSERT_TRUE(order.OnRefundFailed(after.id, "x", kNow).ok());
  order.OnShipped(kNow);
  OrderData shown = Order::Restore(order.data()).AsCancelled();
  shown.event_sequence = then.event_sequence;
  EXPECT_EQ(shown, then);
}

TEST(OrderRefundTest, EveryNameReadsBackAsItself) {
  for (const RefundState state :
       {RefundState::kRequested, RefundState::kRefunded, RefundState::kFailed}) {
    EXPECT_EQ(*Parse<RefundState>(NameOf(state)), state);
  }
}

}  // namespace
}  // namespace waybill::order_svc
