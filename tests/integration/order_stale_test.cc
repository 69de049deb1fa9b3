// order_svc while its database changes under it: sessions out of date, events held, time-outs.
#include "absl/strings/str_join.h"
#include "tests/integration/order_rig.h"

namespace waybill::order_svc {
namespace {

using ::grpc::StatusCode;
using test::Describe;
using test::Eventually;

class OrderStaleTest : public ::testing::Test {
 protected:
  static void Quick(Config& config) { config.timeout_check_every = absl::Milliseconds(20); }

  ::grpc::Status Place(OrderInstance& at, std::string* order_id = nullptr) {
    orders_v1::PlaceOrderRequest request;
    request.set_request_id(NewRequestId());
    orders_v1::Item& item = *request.add_items();
    item.set_product_id("tea");
    item.set_quantity(1);
    request.set_email("ann@example.com");
    request.set_payment_method("pm_card_visa");
    orders_v1::PlaceOrderResponse response;
    const ::grpc::Status status =
        at.orders().PlaceOrder(test::MakeContext("ann").get(), request, &response);
    if (order_id != nullptr) *order_id = response.order().order_id();
    return status;
  }
  std::string Placed(OrderInstance& at) {
    std::string id;
    const ::grpc::Status status = Place(at, &id);
    EXPECT_TRUE(status.ok()) << Describe(status);
    return id;
  }
  ::grpc::Status Get(OrderInstance& at, const std::string& id) {
    orders_v1::GetOrderRequest request;
    request.set_order_id(id);
    orders_v1::GetOrderResponse response;
    return at.orders().GetOrder(test::MakeContext("ann").get(), request, &response);
  }
  void ProduceWholeWay(const std::string& id) {
    backend_.topics.Produce(
        {SagaEventRecord("payments.events", "PaymentProcessed", id,
                         {{"paymentStatus", "confirmed"}, {"paymentId", Uuid::NewV7().ToString()}}),
         SagaEventRecord("inventory.events", "InventoryUpdated", id,
                         {{"status", "items reserved"}}),
         SagaEventRecord("payments.events", "PaymentCaptured", id)});
  }
  void MakeOverdue(const std::vector<std::string>& ids) {
    db().Exec("UPDATE orders SET deadline_at = clock_timestamp() WHERE order_id IN ('" +
              absl::StrJoin(ids, "', '") + "')");
  }
  // Returns when they have ended.
  void EndSessions() {
    db().Exec(
        "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity"
        " WHERE application_name LIKE 'order_svc%' AND datname = current_database()");
  }
  std::string StateOf(const std::string& id) {
    return db().QueryText(
        "SELECT concat_ws(' ', state, cancel_reason) FROM orders"
        " WHERE order_id = '" +
        id + "'");
  }
  ::testing::AssertionResult Becomes(const std::string& id, const std::string& state) {
    return Eventually([&] { return StateOf(id) == state; }, id + " " + state);
  }
  test::TestDatabase& db() { return backend_.db; }

  OrderBackend backend_;
};

TEST_F(OrderStaleTest, AColumnThatChangesItsTypeUnderARunningServiceIsNoError) {
  OrderInstance one(backend_, Quick);
  FillCatalog(one);
  const std::string id = Placed(one);
  ASSERT_TRUE(Get(one, id).ok());
  ProduceWholeWay(id);
  ASSERT_TRUE(Becomes(id, "CONFIRMED"));
  for (const char* type : {"bigint", "integer", "bigint"}) {
    db().Exec(std::string("ALTER TABLE order_lines ALTER COLUMN quantity TYPE ") + type);
    const ::grpc::Status read = Get(one, id);
    EXPECT_TRUE(read.ok() || read.error_code() == StatusCode::UNAVAILABLE) << Describe(read);
    EXPECT_TRUE(Eventually([&] { return Get(one, id).ok(); }, "a read"));
    const std::string next = Placed(one);
    ProduceWholeWay(next);
    EXPECT_TRUE(Becomes(next, "CONFIRMED"));
  }
}

TEST_F(OrderStaleTest, ADatabaseThatIsReadOnlyForAWhileIsUnavailableAndNothingStaysSo) {
  OrderInstance one(backend_, Quick);
  FillCatalog(one);
  const std::string id = Placed(one);
  db().Exec("ALTER DATABASE " + db().name() + " SET default_transaction_read_only = on");
  EndSessions();
  ProduceWholeWay(id);
  for (int i = 0; i < 5; ++i) {
    const ::grpc::Status status = Place(one);
    EXPECT_EQ(status.error_code(), StatusCode::UNAVAILABLE) << Describe(status);
  }
  db().Exec("ALTER DATABASE " + db().name() + " RESET default_transaction_read_only");
  EXPECT_TRUE(Eventually([&] { return Place(one).ok(); }, "an order"));
  EXPECT_TRUE(Becomes(id, "CONFIRMED"));
  EXPECT_EQ(db().QueryInt("SELECT count(*) FROM parked_events"), 0);
}

TEST_F(OrderStaleTest, SessionsThatEndBetweenTwoCallsAreNoticedByNoCaller) {
  OrderInstance one(backend_);
  FillCatalog(one);
  for (int i = 0; i < 3; ++i) {
    Placed(one);
    EndSessions();
  }
  Placed(one);
}

TEST_F(OrderStaleTest, ATimeOutNeverFiresOnAnOrderWhoseEventsAreHeldOrParkedHere) {
  OrderInstance one(backend_, Quick);
  FillCatalog(one);
  const std::string held = Placed(one), parked = Placed(one), alone = Placed(one);
  db().Exec("REVOKE INSERT ON inbox FROM waybill_service");
  db().Exec(
      "INSERT INTO parked_keys (consumer, topic, key)"
      " VALUES ('order_svc', 'payments.events', convert_to('" +
      parked + "', 'UTF8'))");
  ProduceWholeWay(held);
  MakeOverdue({held, parked, alone});
  // Nothing is timed out before everything is read; then the others would be, too.
  EXPECT_TRUE(Becomes(alone, "CANCELLED TIMED_OUT"));
  EXPECT_EQ(StateOf(held), "PLACED");
  EXPECT_EQ(StateOf(parked), "PLACED");
  db().Exec("GRANT INSERT ON inbox TO waybill_service");
  EXPECT_TRUE(Becomes(held, "CONFIRMED"));
  db().Exec("DELETE FROM parked_keys");
  EXPECT_TRUE(Becomes(parked, "CANCELLED TIMED_OUT"));
}

TEST_F(OrderStaleTest, AnInstanceThatWasAwayForLongReadsBeforeItTimesOut) {
  std::vector<std::string> ids;
  {
    OrderInstance one(backend_, Quick);
    FillCatalog(one);
    for (int i = 0; i < 30; ++i) ids.push_back(Placed(one));
  }
  for (std::size_t i = 1; i < ids.size(); ++i) ProduceWholeWay(ids[i]);
  MakeOverdue(ids);
  OrderInstance two(backend_, Quick);
  EXPECT_TRUE(Becomes(ids[0], "CANCELLED TIMED_OUT"));
  for (std::size_t i = 1; i < ids.size(); ++i) EXPECT_TRUE(Becomes(ids[i], "CONFIRMED"));
}

}  // namespace
}  // namespace waybill::order_svc
