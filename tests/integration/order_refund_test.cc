// RefundOrder through gRPC, PostgreSQL and real Kafka.
#include <set>
#include <thread>

#include "tests/integration/order_rig.h"

namespace waybill::order_svc {
namespace {

using ::grpc::StatusCode;
using test::Describe;
using test::DetailsOf;
using test::Eventually;

class OrderRefundTest : public OrderServiceTest {
 protected:
  // A confirmed order of 1500 USD cents: 3 teas.
  std::string Confirmed() {
    const std::string id = Placed(ATea(3)).order_id();
    backend().topics.Produce(
        {SagaEventRecord("payments.events", "PaymentProcessed", id,
                         {{"paymentStatus", "confirmed"}, {"paymentId", NewRequestId()}}),
         SagaEventRecord("inventory.events", "InventoryUpdated", id,
                         {{"status", "items reserved"}}),
         SagaEventRecord("payments.events", "PaymentCaptured", id)});
    EXPECT_TRUE(Eventually([&] { return StateOf(id) == "CONFIRMED"; }, "CONFIRMED"));
    return id;
  }

  static orders_v1::RefundOrderRequest Amount(const std::string& order_id,
                                              std::int64_t minor_units) {
    orders_v1::RefundOrderRequest request;
    request.set_request_id(NewRequestId());
    request.set_order_id(order_id);
    request.mutable_amount()->set_minor_units(minor_units);
    request.mutable_amount()->set_currency_code("USD");
    return request;
  }
  static orders_v1::RefundOrderRequest Teas(const std::string& order_id, int quantity) {
    orders_v1::RefundOrderRequest request;
    request.set_request_id(NewRequestId());
    request.set_order_id(order_id);
    orders_v1::Item& item = *request.add_items();
    item.set_product_id("tea");
    item.set_quantity(quantity);
    return request;
  }

  ::grpc::Status Refund(const orders_v1::RefundOrderRequest& request,
                        orders_v1::Refund* refund = nullptr, const std::string& role = "operator") {
    orders_v1::RefundOrderResponse response;
    const auto context = test::MakeContext("clerk");
    if (!role.empty()) context->AddMetadata("x-user-role", role);
    const ::grpc::Status status =
        instance().orders().RefundOrder(context.get(), request, &response);
    if (refund != nullptr) *refund = response.refund();
    return status;
  }

  orders_v1::Order Get(const std::string& order_id) {
    orders_v1::GetOrderRequest request;
    request.set_order_id(order_id);
    orders_v1::GetOrderResponse response;
    const ::grpc::Status status =
        instance().orders().GetOrder(test::MakeContext(user_).get(), request, &response);
    EXPECT_TRUE(status.ok()) << Describe(status);
    return response.order();
  }

  std::int64_t EventsOf(const std::string& order_id, const std::string& type) {
    return db().QueryInt("SELECT count(*) FROM outbox WHERE key = '" + order_id +
                         "' AND headers ->> 'ce_type' = 'waybill.events.v1." + type + "'");
  }
};

TEST_F(OrderRefundTest, ARefundIsRequestedExecutedAndShown) {
  const std::string id = Confirmed();
  orders_v1::Refund first, second;
  ASSERT_TRUE(Refund(Amount(id, 200), &first).ok());
  ASSERT_TRUE(Refund(Teas(id, 2), &second).ok());
  EXPECT_EQ(first.state(), orders_v1::REFUND_STATE_REQUESTED);
  EXPECT_EQ(second.amount().minor_units(), 1000);
  EXPECT_EQ(EventsOf(id, "OrderRefundRequested"), 2);
  EXPECT_EQ(Get(id).refunded().minor_units(), 0) << "nothing is refunded yet";

  backend().topics.Produce(
      {SagaEventRecord("payments.events", "PaymentRefunded", id, {{"refundId", first.refund_id()}}),
       SagaEventRecord("payments.events", "PaymentRefundFailed", id,
                       {{"refundId", second.refund_id()}, {"reason", "lost_or_stolen_card"}})});
  ASSERT_TRUE(Eventually(
      [&] {
        const orders_v1::Order order = Get(id);
        return order.refunds_size() == 2 &&
               order.refunds(1).state() == orders_v1::REFUND_STATE_FAILED;
      },
      "both ends"));
  const orders_v1::Order order = Get(id);
  EXPECT_EQ(order.state(), orders_v1::ORDER_STATE_CONFIRMED);
  EXPECT_EQ(order.refunded().minor_units(), 200);
  EXPECT_EQ(order.refunded().currency_code(), "USD");
  EXPECT_EQ(order.refunds(0).state(), orders_v1::REFUND_STATE_REFUNDED);
  EXPECT_EQ(order.refunds(1).failure_reason(), "lost_or_stolen_card");
  ASSERT_EQ(order.refunds(1).items_size(), 1);
  EXPECT_EQ(order.refunds(1).items(0).quantity(), 2);
  EXPECT_EQ(EventsOf(id, "OrderRefunded"), 1);
  EXPECT_EQ(db().QueryInt("SELECT count(*) FROM outbox WHERE key = '" + id + "'"),
            db().QueryInt("SELECT event_sequence FROM orders WHERE order_id = '" + id + "'"));
}

TEST_F(OrderRefundTest, OnlyAnOperatorRefunds) {
  const ::grpc::Status status = Refund(Amount(Confirmed(), 200), nullptr, "");
  EXPECT_EQ(status.error_code(), StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(DetailsOf(status).reason, "NOT_AN_OPERATOR");
}

TEST_F(OrderRefundTest, TheSameRequestIdIsTheSameRefund) {
  const std::string id = Confirmed();
  const orders_v1::RefundOrderRequest request = Teas(id, 1);
  orders_v1::Refund first, again;
  ASSERT_TRUE(Refund(request, &first).ok());
  backend().topics.Produce({SagaEventRecord("payments.events", "PaymentRefunded", id,
                                            {{"refundId", first.refund_id()}})});
  ASSERT_TRUE(Eventually([&] { return Get(id).refunded().minor_units() == 500; }, "refunded"));
  ASSERT_TRUE(Refund(request, &again).ok());
  EXPECT_EQ(again.SerializeAsString(), first.SerializeAsString());
  EXPECT_EQ(EventsOf(id, "OrderRefundRequested"), 1);
  orders_v1::RefundOrderRequest other = request;
  other.mutable_items(0)->set_quantity(2);
  EXPECT_EQ(DetailsOf(Refund(other)).reason, "REQUEST_ID_REUSED");
}

TEST_F(OrderRefundTest, AnAmountIsNeverTakenForItems) {
  const std::string id = Confirmed();
  const orders_v1::RefundOrderRequest amount = Amount(id, 2);
  orders_v1::RefundOrderRequest items = Teas(id, 2);
  items.mutable_items(0)->set_product_id("USD");
  items.set_request_id(amount.request_id());
  ASSERT_TRUE(Refund(amount).ok());
  EXPECT_EQ(DetailsOf(Refund(items)).reason, "REQUEST_ID_REUSED");
}

TEST_F(OrderRefundTest, ACancelAnsweredAgainShowsRefundsAsTheyWereThen) {
  const std::string id = Confirmed();
  orders_v1::Refund refund;
  ASSERT_TRUE(Refund(Amount(id, 200), &refund).ok());
  orders_v1::CancelOrderRequest request;
  request.set_request_id(NewRequestId());
  request.set_order_id(id);
  const auto cancel = [&] {
    orders_v1::CancelOrderResponse response;
    const ::grpc::Status status =
        instance().orders().CancelOrder(test::MakeContext(user_).get(), request, &response);
    EXPECT_TRUE(status.ok()) << Describe(status);
    return response.SerializeAsString();
  };
  const std::string first = cancel();
  backend().topics.Produce({SagaEventRecord("payments.events", "PaymentRefunded", id,
                                            {{"refundId", refund.refund_id()}})});
  ASSERT_TRUE(Eventually([&] { return Get(id).refunded().minor_units() == 200; }, "refunded"));
  EXPECT_EQ(cancel(), first);
}

TEST_F(OrderRefundTest, ConcurrentRefundsNeverExceedWhatWasCaptured) {
  const std::string id = Confirmed();
  std::vector<::grpc::Status> statuses(20);
  std::vector<std::thread> callers;
  for (::grpc::Status& status : statuses) {
    callers.emplace_back([&] { status = Refund(Amount(id, 400)); });
  }
  for (std::thread& caller : callers) caller.join();
  int done = 0;
  for (const ::grpc::Status& status : statuses) {
    if (status.ok()) {
      ++done;
    } else {
      EXPECT_EQ(DetailsOf(status).reason, "REFUND_EXCEEDS_CAPTURED") << Describe(status);
    }
  }
  EXPECT_EQ(done, 3);
  EXPECT_EQ(EventsOf(id, "OrderRefundRequested"), 3);
  EXPECT_EQ(db().QueryInt("SELECT sum(amount_minor)::bigint FROM order_refunds WHERE order_id = '" +
                          id + "'"),
            1200);
}

TEST_F(OrderRefundTest, TwentyCallsWithOneRequestIdAreOneRefund) {
  const std::string id = Confirmed();
  const orders_v1::RefundOrderRequest request = Amount(id, 400);
  std::vector<orders_v1::Refund> refunds(20);
  std::vector<std::thread> callers;
  for (orders_v1::Refund& refund : refunds) {
    callers.emplace_back([&] { EXPECT_TRUE(Refund(request, &refund).ok()); });
  }
  for (std::thread& caller : callers) caller.join();
  for (const orders_v1::Refund& refund : refunds) {
    EXPECT_EQ(refund.refund_id(), refunds.front().refund_id());
  }
  EXPECT_EQ(EventsOf(id, "OrderRefundRequested"), 1);
}

TEST_F(OrderRefundTest, WhatCannotBeRefundedIsRefusedAndWritesNothing) {
  const std::string id = Confirmed();
  const auto violates = [&](const orders_v1::RefundOrderRequest& request,
                            const std::string& field) {
    const ::grpc::Status status = Refund(request);
    EXPECT_EQ(status.error_code(), StatusCode::INVALID_ARGUMENT) << Describe(status);
    EXPECT_TRUE(DetailsOf(status).Violates(field)) << field << ": " << Describe(status);
  };
  orders_v1::RefundOrderRequest both = Amount(id, 200);
  *both.mutable_items() = Teas(id, 1).items();
  violates(both, "amount");
  orders_v1::RefundOrderRequest neither = Amount(id, 200);
  neither.clear_amount();
  violates(neither, "amount");
  violates(Amount(id, 0), "amount.minor_units");
  violates(Amount("7", 100), "order_id");
  violates(Teas(id, 0), "items[0].quantity");
  orders_v1::RefundOrderRequest euro = Amount(id, 200);
  euro.mutable_amount()->set_currency_code("EUR");
  violates(euro, "amount.currency_code");
  orders_v1::RefundOrderRequest cup = Teas(id, 1);
  cup.mutable_items(0)->set_product_id("cup");
  violates(cup, "items");
  EXPECT_EQ(DetailsOf(Refund(Teas(id, 4))).reason, "REFUND_EXCEEDS_ORDERED");
  EXPECT_EQ(DetailsOf(Refund(Amount(id, 1501))).reason, "REFUND_EXCEEDS_CAPTURED");
  EXPECT_EQ(Refund(Amount(NewRequestId(), 1)).error_code(), StatusCode::NOT_FOUND);
  EXPECT_EQ(DetailsOf(Refund(Amount(Placed(ATea()).order_id(), 1))).reason, "ORDER_NOT_CONFIRMED");
  EXPECT_EQ(db().QueryInt("SELECT count(*) FROM order_refunds WHERE order_id = '" + id + "'"), 0);
}

TEST_F(OrderRefundTest, AnEventOfARefundThatWasNeverRequestedIsParked) {
  const std::string id = Confirmed();
  backend().topics.Produce(
      {SagaEventRecord("payments.events", "PaymentRefunded", id, {{"refundId", NewRequestId()}})});
  EXPECT_TRUE(Eventually(
      [&] {
        return db().QueryInt(
                   "SELECT count(*) FROM parked_events WHERE reason = 'INVALID' AND key "
                   "= convert_to('" +
                   id + "', 'UTF8')") == 1;
      },
      "the event to be parked"));
}

}  // namespace
}  // namespace waybill::order_svc
