// What OrderShipped means to an order, through real Kafka.
#include "tests/integration/order_rig.h"

namespace waybill::order_svc {
namespace {

using ::grpc::StatusCode;
using test::Describe;
using test::DetailsOf;
using test::Eventually;
using OrderShippingTest = OrderServiceTest;

TEST_F(OrderShippingTest, AShippedOrderShowsItAndIsNotCancelled) {
  const std::string id = Placed(ATea()).order_id();
  backend().topics.Produce(
      {SagaEventRecord("payments.events", "PaymentProcessed", id,
                       {{"paymentStatus", "confirmed"}, {"paymentId", NewRequestId()}}),
       SagaEventRecord("inventory.events", "InventoryUpdated", id, {{"status", "items reserved"}}),
       SagaEventRecord("payments.events", "PaymentCaptured", id)});
  ASSERT_TRUE(Eventually([&] { return StateOf(id) == "CONFIRMED"; }, "CONFIRMED"));
  backend().topics.Produce({SagaEventRecord("inventory.events", "OrderShipped", id,
                                            {{"shippedAt", "2026-01-31T12:00:00.123456Z"}})});
  ASSERT_TRUE(Eventually(
      [&] {
        return db().QueryInt("SELECT count(shipped_at) FROM orders WHERE order_id = '" + id +
                             "'") == 1;
      },
      "the order to be shipped"));
  orders_v1::CancelOrderRequest cancel;
  cancel.set_order_id(id);
  cancel.set_request_id(NewRequestId());
  orders_v1::CancelOrderResponse cancelled;
  const ::grpc::Status status =
      instance().orders().CancelOrder(test::MakeContext(user_).get(), cancel, &cancelled);
  EXPECT_EQ(status.error_code(), StatusCode::FAILED_PRECONDITION) << Describe(status);
  EXPECT_EQ(DetailsOf(status).reason, "ALREADY_SHIPPED");
  orders_v1::GetOrderRequest request;
  request.set_order_id(id);
  orders_v1::GetOrderResponse response;
  ASSERT_TRUE(
      instance().orders().GetOrder(test::MakeContext(user_).get(), request, &response).ok());
  EXPECT_EQ(response.order().ship_time().seconds(), 1769860800);
  EXPECT_EQ(response.order().state(), orders_v1::ORDER_STATE_CONFIRMED);
}

}  // namespace
}  // namespace waybill::order_svc
