// An order's way through real Kafka: events in, transitions out, watched and listed.
#include <algorithm>
#include <set>
#include <thread>

#include "tests/integration/order_rig.h"

namespace waybill::order_svc {
namespace {

using ::grpc::StatusCode;
using test::Describe;
using test::DetailsOf;
using test::Eventually;

class OrderSagaTest : public OrderServiceTest {
 protected:
  static test::Record PaymentProcessed(const std::string& order_id, const std::string& status) {
    return SagaEventRecord("payments.events", "PaymentProcessed", order_id,
                           {{"paymentStatus", status}, {"paymentId", Uuid::NewV7().ToString()}});
  }
  static test::Record PaymentCaptured(const std::string& order_id) {
    return SagaEventRecord("payments.events", "PaymentCaptured", order_id);
  }
  static test::Record ItemsReserved(const std::string& order_id) {
    return SagaEventRecord("inventory.events", "InventoryUpdated", order_id,
                           {{"status", "items reserved"}});
  }
  static test::Record ItemsRejected(const std::string& order_id) {
    return SagaEventRecord("inventory.events", "InventoryRejected", order_id);
  }
  static std::vector<test::Record> WholeWay(const std::string& order_id) {
    return {PaymentProcessed(order_id, "confirmed"), ItemsReserved(order_id),
            PaymentCaptured(order_id)};
  }

  ::testing::AssertionResult Becomes(const std::string& order_id, const std::string& state) {
    return Eventually([&] { return StateOf(order_id) == state; }, order_id + " " + state);
  }

  ::grpc::Status Cancel(const std::string& order_id, const std::string& request_id,
                        orders_v1::CancelOrderResponse* response = nullptr,
                        const std::string& user = "") {
    orders_v1::CancelOrderRequest request;
    request.set_order_id(order_id);
    request.set_request_id(request_id);
    orders_v1::CancelOrderResponse ignored;
    return instance().orders().CancelOrder(test::MakeContext(user.empty() ? user_ : user).get(),
                                           request, response == nullptr ? &ignored : response);
  }

  // The events of the order in the outbox, "type/sequence", by sequence.
  std::vector<std::string> EventsOf(const std::string& order_id) {
    std::vector<std::string> events;
    for (const auto& row : db().QueryRows(
             "SELECT split_part(headers->>'ce_type', '.', 4) || '/' || sequence FROM outbox "
             "WHERE key = '" +
             order_id + "' ORDER BY id")) {
      events.push_back(row[0]);
    }
    return events;
  }

  // Watches to the end; "STATE" for each message.
  std::vector<std::string> WatchToEnd(OrderInstance& at, const std::string& order_id,
                                      ::grpc::Status* status = nullptr) {
    const auto context = test::MakeContext(user_);
    orders_v1::WatchOrderRequest request;
    request.set_order_id(order_id);
    const auto stream = at.orders().WatchOrder(context.get(), request);
    std::vector<std::string> states;
    orders_v1::WatchOrderResponse message;
    while (stream->Read(&message)) states.push_back(orders_v1::OrderState_Name(message.state()));
    const ::grpc::Status end = stream->Finish();
    EXPECT_TRUE(status != nullptr || end.ok()) << Describe(end);
    if (status != nullptr) *status = end;
    return states;
  }
};

TEST_F(OrderSagaTest, AnOrderWhosePaymentIsCapturedIsConfirmed) {
  const std::string id = Placed(ATea()).order_id();
  backend().topics.Produce(WholeWay(id));
  ASSERT_TRUE(Becomes(id, "CONFIRMED"));
  EXPECT_EQ(EventsOf(id), (std::vector<std::string>{"OrderPlaced/1", "OrderConfirmed/2"}));
  const auto history = db().QueryRows(
      "SELECT transition, state FROM order_history WHERE order_id = '" + id + "' ORDER BY 1");
  EXPECT_EQ(
      history,
      (std::vector<std::vector<std::string>>{
          {"1", "PLACED"}, {"2", "PAYMENT_CONFIRMED"}, {"3", "RESERVED"}, {"4", "CONFIRMED"}}));
  EXPECT_EQ(db().QueryInt("SELECT count(payment_id) FROM orders WHERE order_id = '" + id + "'"), 1);
}

TEST_F(OrderSagaTest, EveryOrderOfArrivalThroughKafkaEndsTheSame) {
  const std::vector<std::string> names = {"p", "r", "c"};
  std::vector<std::string> order = names;
  std::vector<std::string> ids;
  do {
    const std::string id = Placed(ATea()).order_id();
    ids.push_back(id);
    // One at a time, each acted on before the next is sent: the arrival is this order.
    for (const std::string& name : order) {
      const test::Record record = name == "p"   ? PaymentProcessed(id, "confirmed")
                                  : name == "r" ? ItemsReserved(id)
                                                : PaymentCaptured(id);
      backend().topics.Produce({record});
      ASSERT_TRUE(Eventually(
          [&] {
            return db().QueryInt("SELECT count(*) FROM inbox WHERE event_id = '" +
                                 record.Header("ce_id") + "'") == 1;
          },
          "the event's effect"));
    }
  } while (std::next_permutation(order.begin(), order.end()));
  for (const std::string& id : ids) {
    EXPECT_EQ(StateOf(id), "CONFIRMED");
    EXPECT_EQ(EventsOf(id), (std::vector<std::string>{"OrderPlaced/1", "OrderConfirmed/2"}));
    EXPECT_EQ(
        db().QueryInt("SELECT max(transition) FROM order_history WHERE order_id = '" + id + "'"),
        4);
  }
}

TEST_F(OrderSagaTest, ADeclinedPaymentCancelsTheOrder) {
  const std::string id = Placed(ATea()).order_id();
  backend().topics.Produce({PaymentProcessed(id, "declined")});
  ASSERT_TRUE(Becomes(id, "CANCELLED PAYMENT_DECLINED"));
  EXPECT_EQ(EventsOf(id), (std::vector<std::string>{"OrderPlaced/1", "OrderCancelled/2"}));
}

TEST_F(OrderSagaTest, MissingStockCancelsTheOrder) {
  const std::string id = Placed(ATea()).order_id();
  backend().topics.Produce({PaymentProcessed(id, "confirmed"), ItemsRejected(id)});
  ASSERT_TRUE(Becomes(id, "CANCELLED OUT_OF_STOCK"));
}

TEST_F(OrderSagaTest, ACaptureThatFailedCancelsTheOrder) {
  const std::string id = Placed(ATea()).order_id();
  backend().topics.Produce({PaymentProcessed(id, "confirmed"), ItemsReserved(id),
                            SagaEventRecord("payments.events", "PaymentFailed", id)});
  ASSERT_TRUE(Becomes(id, "CANCELLED PAYMENT_FAILED"));
}

TEST_F(OrderSagaTest, AnEventDeliveredAgainTakesEffectOnce) {
  const std::string id = Placed(ATea()).order_id();
  const std::vector<test::Record> way = WholeWay(id);
  backend().topics.Produce(way);
  backend().topics.Produce(way);
  ASSERT_TRUE(Becomes(id, "CONFIRMED"));
  const std::string other = Placed(ATea()).order_id();
  std::vector<test::Record> later = way;
  later.push_back(PaymentProcessed(other, "declined"));
  backend().topics.Produce(later);
  ASSERT_TRUE(Becomes(other, "CANCELLED PAYMENT_DECLINED"));
  EXPECT_EQ(EventsOf(id), (std::vector<std::string>{"OrderPlaced/1", "OrderConfirmed/2"}));
}

TEST_F(OrderSagaTest, AnEventThatCannotBeMeantIsParkedAndOthersGoOn) {
  const std::string id = Placed(ATea()).order_id();
  const std::string good = Placed(ATea()).order_id();
  const test::Record maybe =
      SagaEventRecord("payments.events", "PaymentProcessed", id, {{"paymentStatus", "maybe"}});
  const test::Record no_uuid = SagaEventRecord("payments.events", "PaymentCaptured", "order-1");
  backend().topics.Produce({maybe, no_uuid, PaymentProcessed(good, "declined")});
  ASSERT_TRUE(Becomes(good, "CANCELLED PAYMENT_DECLINED"));
  for (const test::Record& bad : {maybe, no_uuid}) {
    EXPECT_TRUE(Eventually(
        [&] {
          return db().QueryText("SELECT reason FROM parked_events WHERE event_id = '" +
                                bad.Header("ce_id") + "'") == "INVALID";
        },
        "a parked event"));
  }
  EXPECT_EQ(StateOf(id), "PLACED");
}

TEST_F(OrderSagaTest, CancellingTwiceWithOneRequestIdAnswersTheSame) {
  const std::string id = Placed(ATea()).order_id();
  const std::string request_id = NewRequestId();
  orders_v1::CancelOrderResponse first, second;
  ASSERT_TRUE(Cancel(id, request_id, &first).ok());
  EXPECT_EQ(first.order().state(), orders_v1::ORDER_STATE_CANCELLED);
  EXPECT_EQ(first.order().cancel_reason(), orders_v1::CANCEL_REASON_CUSTOMER);
  ASSERT_TRUE(Cancel(id, request_id, &second).ok());
  EXPECT_EQ(first.SerializeAsString(), second.SerializeAsString());
  EXPECT_TRUE(Cancel(id, NewRequestId()).ok()) << "cancelled as wanted already";
  EXPECT_EQ(EventsOf(id), (std::vector<std::string>{"OrderPlaced/1", "OrderCancelled/2"}));

  const std::string other = Placed(ATea()).order_id();
  const ::grpc::Status reused = Cancel(other, request_id);
  EXPECT_EQ(reused.error_code(), StatusCode::ALREADY_EXISTS) << Describe(reused);
  EXPECT_EQ(StateOf(other), "PLACED");
}

TEST_F(OrderSagaTest, ParallelCancelsWithOneRequestIdMakeOneCancellation) {
  const std::string id = Placed(ATea()).order_id();
  const std::string request_id = NewRequestId();
  std::vector<orders_v1::CancelOrderResponse> responses(10);
  std::vector<std::thread> callers;
  for (auto& response : responses) {
    callers.emplace_back([&] {
      const ::grpc::Status status = Cancel(id, request_id, &response);
      EXPECT_TRUE(status.ok()) << Describe(status);
    });
  }
  for (std::thread& caller : callers) caller.join();
  for (const auto& response : responses) {
    EXPECT_EQ(response.SerializeAsString(), responses[0].SerializeAsString());
  }
  EXPECT_EQ(EventsOf(id), (std::vector<std::string>{"OrderPlaced/1", "OrderCancelled/2"}));
}

TEST_F(OrderSagaTest, AConfirmedOrderCanBeCancelled) {
  const std::string id = Placed(ATea()).order_id();
  backend().topics.Produce(WholeWay(id));
  ASSERT_TRUE(Becomes(id, "CONFIRMED"));
  ASSERT_TRUE(Cancel(id, NewRequestId()).ok());
  EXPECT_EQ(StateOf(id), "CANCELLED CUSTOMER");
  EXPECT_EQ(EventsOf(id),
            (std::vector<std::string>{"OrderPlaced/1", "OrderConfirmed/2", "OrderCancelled/3"}));
}

TEST_F(OrderSagaTest, AnOrderCancelledForAnotherReasonSaysSo) {
  const std::string id = Placed(ATea()).order_id();
  backend().topics.Produce({PaymentProcessed(id, "declined")});
  ASSERT_TRUE(Becomes(id, "CANCELLED PAYMENT_DECLINED"));
  const ::grpc::Status status = Cancel(id, NewRequestId());
  EXPECT_EQ(status.error_code(), StatusCode::FAILED_PRECONDITION) << Describe(status);
  EXPECT_EQ(DetailsOf(status).reason, "ALREADY_CANCELLED");
}

TEST_F(OrderSagaTest, SomebodyElsesOrderIsNotFoundAndNotChanged) {
  const std::string id = Placed(ATea()).order_id();
  const auto eve = [] { return test::MakeContext("eve"); };
  orders_v1::GetOrderRequest get;
  get.set_order_id(id);
  orders_v1::GetOrderResponse got;
  orders_v1::WatchOrderRequest watch;
  watch.set_order_id(id);
  const auto watch_context = eve();
  const auto stream = instance().orders().WatchOrder(watch_context.get(), watch);
  orders_v1::WatchOrderResponse message;
  EXPECT_FALSE(stream->Read(&message));
  for (const ::grpc::Status& status :
       {instance().orders().GetOrder(eve().get(), get, &got), stream->Finish(),
        Cancel(id, NewRequestId(), nullptr, "eve")}) {
    EXPECT_EQ(status.error_code(), StatusCode::NOT_FOUND) << Describe(status);
    EXPECT_EQ(DetailsOf(status).reason, "ORDER_NOT_FOUND");
  }
  EXPECT_EQ(StateOf(id), "PLACED");
}

TEST_F(OrderSagaTest, AWatchSeesEveryTransitionAtWhicheverInstance) {
  OrderInstance second(backend());
  const std::string id = Placed(ATea()).order_id();
  std::vector<std::vector<std::string>> seen(2);
  std::thread here([&] { seen[0] = WatchToEnd(instance(), id); });
  std::thread there([&] { seen[1] = WatchToEnd(second, id); });
  backend().topics.Produce(WholeWay(id));
  here.join();
  there.join();
  const std::vector<std::string> whole = {"ORDER_STATE_PLACED", "ORDER_STATE_PAYMENT_CONFIRMED",
                                          "ORDER_STATE_RESERVED", "ORDER_STATE_CONFIRMED"};
  for (const std::vector<std::string>& states : seen) {
    // It may have begun late, but then missed nothing.
    ASSERT_FALSE(states.empty());
    ASSERT_LE(states.size(), whole.size());
    EXPECT_TRUE(std::equal(states.rbegin(), states.rend(), whole.rbegin()));
  }
  EXPECT_EQ(WatchToEnd(second, id), std::vector<std::string>{"ORDER_STATE_CONFIRMED"});
}

TEST_F(OrderSagaTest, AServerThatShutsDownEndsItsWatches) {
  const std::string id = Placed(ATea()).order_id();
  auto second = std::make_unique<OrderInstance>(backend());
  const auto context = test::MakeContext(user_);
  orders_v1::WatchOrderRequest request;
  request.set_order_id(id);
  const auto stream = second->orders().WatchOrder(context.get(), request);
  orders_v1::WatchOrderResponse message;
  ASSERT_TRUE(stream->Read(&message));
  second->app().Shutdown();
  EXPECT_FALSE(stream->Read(&message));
  const ::grpc::Status status = stream->Finish();
  EXPECT_EQ(status.error_code(), StatusCode::UNAVAILABLE) << Describe(status);
  EXPECT_EQ(DetailsOf(status).reason, "SHUTTING_DOWN");
}

TEST_F(OrderSagaTest, OrdersNotConfirmedInTimeAreCancelledOnceHoweverManyInstancesRun) {
  const auto quick = [](Config& config) {
    config.order_timeout = absl::Milliseconds(300);
    config.timeout_check_every = absl::Milliseconds(20);
  };
  OrderInstance one(backend(), quick);
  OrderInstance two(backend(), quick);
  std::vector<std::string> ids;
  for (int i = 0; i < 30; ++i) {
    orders_v1::PlaceOrderResponse response;
    const ::grpc::Status status =
        one.orders().PlaceOrder(test::MakeContext(user_).get(), ATea(), &response);
    ASSERT_TRUE(status.ok()) << Describe(status);
    ids.push_back(response.order().order_id());
  }
  const std::string not_late = Placed(ATea()).order_id();
  for (const std::string& id : ids) {
    ASSERT_TRUE(Becomes(id, "CANCELLED TIMED_OUT"));
    EXPECT_EQ(EventsOf(id), (std::vector<std::string>{"OrderPlaced/1", "OrderCancelled/2"}));
  }
  EXPECT_EQ(StateOf(not_late), "PLACED");
}

TEST_F(OrderSagaTest, PagesOfOrdersAreNewestFirstAndMissNone) {
  std::vector<std::string> placed;
  for (int i = 0; i < 7; ++i) placed.insert(placed.begin(), Placed(ATea()).order_id());
  std::vector<std::string> listed;
  orders_v1::ListOrdersRequest request;
  request.set_page_size(3);
  for (int page = 0; page < 3; ++page) {
    orders_v1::ListOrdersResponse response;
    const ::grpc::Status status =
        instance().orders().ListOrders(test::MakeContext(user_).get(), request, &response);
    ASSERT_TRUE(status.ok()) << Describe(status);
    for (const orders_v1::Order& order : response.orders()) {
      listed.push_back(order.order_id());
      EXPECT_EQ(order.lines_size(), 1);
    }
    EXPECT_EQ(response.next_page_token().empty(), page == 2);
    request.set_page_token(response.next_page_token());
    // Placed while paging: shifts nothing.
    if (page == 0) Placed(ATea());
  }
  EXPECT_EQ(listed, placed);
}

TEST_F(OrderSagaTest, APageTokenOfAnotherUserIsRefused) {
  Placed(ATea());
  Placed(ATea());
  orders_v1::ListOrdersRequest request;
  request.set_page_size(1);
  orders_v1::ListOrdersResponse response;
  ASSERT_TRUE(
      instance().orders().ListOrders(test::MakeContext(user_).get(), request, &response).ok());
  request.set_page_token(response.next_page_token());
  const ::grpc::Status status =
      instance().orders().ListOrders(test::MakeContext("eve").get(), request, &response);
  EXPECT_EQ(status.error_code(), StatusCode::INVALID_ARGUMENT) << Describe(status);
  EXPECT_TRUE(DetailsOf(status).Violates("page_token"));
}

TEST_F(OrderSagaTest, ACatalogChangeIsAnsweredTheSameForItsRequestIdAndMadeOnce) {
  catalog_v1::UpsertProductRequest request;
  request.set_request_id(NewRequestId());
  request.mutable_product()->set_product_id("zz-once");
  request.mutable_product()->set_name("Once");
  request.mutable_product()->mutable_unit_price()->set_minor_units(1);
  request.mutable_product()->mutable_unit_price()->set_currency_code("EUR");
  const auto upsert = [&](catalog_v1::UpsertProductResponse* response) {
    return instance().catalog().UpsertProduct(test::MakeContext(user_).get(), request, response);
  };
  catalog_v1::UpsertProductResponse first, second;
  ASSERT_TRUE(upsert(&first).ok());
  db().Exec("UPDATE products SET name = 'Changed' WHERE product_id = 'zz-once'");
  ASSERT_TRUE(upsert(&second).ok());
  EXPECT_EQ(first.SerializeAsString(), second.SerializeAsString());
  EXPECT_EQ(db().QueryText("SELECT name FROM products WHERE product_id = 'zz-once'"), "Changed");
  request.mutable_product()->set_name("Other");
  EXPECT_EQ(upsert(&second).error_code(), StatusCode::ALREADY_EXISTS);
}

TEST_F(OrderSagaTest, PagesOfProductsAreByIdAndMissNone) {
  std::vector<std::string> listed;
  catalog_v1::ListProductsRequest request;
  request.set_page_size(2);
  for (int page = 0; page < 20; ++page) {
    catalog_v1::ListProductsResponse response;
    const ::grpc::Status status =
        instance().catalog().ListProducts(test::MakeContext(user_).get(), request, &response);
    ASSERT_TRUE(status.ok()) << Describe(status);
    for (const auto& product : response.products()) listed.push_back(product.product_id());
    if (response.next_page_token().empty()) break;
    request.set_page_token(response.next_page_token());
  }
  EXPECT_TRUE(std::is_sorted(listed.begin(), listed.end()));
  EXPECT_EQ(static_cast<std::int64_t>(listed.size()),
            db().QueryInt("SELECT count(*) FROM products"));
  const std::set<std::string> all(listed.begin(), listed.end());
  EXPECT_TRUE(all.contains("tea") && all.contains("cup") && all.contains("sake"));
}

}  // namespace
}  // namespace waybill::order_svc
