// The use case PlaceOrder, for batches, over PostgreSQL.
#include "order_svc/application/place_order.h"

#include <gtest/gtest.h>

#include "platform/types/error.h"
#include "tests/integration/order_use_cases.h"

namespace waybill::order_svc {
namespace {

class PlaceOrderTest : public OrderUseCaseTest {
 protected:
  PlaceOrderTest() {
    Sell("tea", "Tea", {500, "USD"});
    Sell("cup", "Cup", {900, "USD"});
    // It reads the catalog, and remembers it from then on.
    PlaceOrderCommand unknown = Command("unknown");
    unknown.items.push_back({Sku("tea"), 1});
    unknown.items.push_back({Sku("cup"), 1});
    EXPECT_EQ(ReasonOf(Run({unknown})[0].status()), "PRODUCT_NOT_FOUND");
  }

  void Sell(const std::string& id, const std::string& name, const Money& price) {
    Change([&](Stores& stores) {
      stores.products.Upsert({.id = Sku(id), .name = name, .unit_price = price});
    });
  }

  // How many transactions have written orders.
  std::int64_t Transactions() {
    return db_.QueryInt("SELECT count(DISTINCT xmin::text) FROM orders");
  }

  static PlaceOrderCommand Command(const std::string& product, int quantity = 1) {
    return {.key = {UserId("ann"), RequestId::New()},
            .items = {{Sku(product), quantity}},
            .email = EmailAddress("ann@example.com"),
            .payment_method = "pm_card_visa",
            .trace = TraceContext::NewRoot(),
            .deadline = absl::Now() + absl::Minutes(5)};
  }

  std::vector<absl::StatusOr<OrderData>> Run(const std::vector<PlaceOrderCommand>& commands) {
    return place_order_.Run(commands);
  }

  PlaceOrder place_order_{unit_of_work_, absl::Minutes(30)};
};

TEST_F(PlaceOrderTest, ProductsThatAreNotRememberedYetAreRead) {
  PlaceOrder fresh(unit_of_work_, absl::Minutes(30));
  for (int i = 0; i < 2; ++i) {
    const auto placed = fresh.Run(std::vector<PlaceOrderCommand>{Command("tea"), Command("cup")});
    for (const auto& one : placed) EXPECT_TRUE(one.ok()) << one.status();
  }
  EXPECT_EQ(Transactions(), 2);
}

TEST_F(PlaceOrderTest, APriceOrNameThatHasChangedMeanwhileCounts) {
  Sell("tea", "Tea", {650, "USD"});
  Sell("cup", "Large cup", {900, "USD"});
  const auto placed = Run({Command("tea"), Command("cup"), Command("tea", 2)});
  for (const auto& one : placed) ASSERT_TRUE(one.ok()) << one.status();
  EXPECT_EQ(placed[0]->total, (Money{650, "USD"}));
  EXPECT_EQ(placed[1]->lines[0].product_name, "Large cup");
  EXPECT_EQ(placed[2]->total, (Money{1300, "USD"}));
  Sell("tea", "Tea", {650, "EUR"});
  EXPECT_EQ(Run({Command("tea")})[0]->total, (Money{650, "EUR"}));
  EXPECT_EQ(Count("orders"), 4);
  EXPECT_EQ(db_.QueryInt("SELECT count(*) FROM order_lines WHERE unit_price_minor = 500"), 0);
}

TEST_F(PlaceOrderTest, AUsedRequestIdAmongNewOnesIsAnsweredWithItsOrder) {
  const PlaceOrderCommand used = Command("tea");
  const auto first = Run({used});
  ASSERT_TRUE(first[0].ok());
  const auto placed = Run({Command("cup"), used, Command("tea")});
  for (const auto& one : placed) ASSERT_TRUE(one.ok()) << one.status();
  EXPECT_EQ(*placed[1], *first[0]);
  EXPECT_EQ(Count("orders"), 3);
}

TEST_F(PlaceOrderTest, ASessionThatBreaksIsAnsweredWithTheOrderThatWasOrWasNotWritten) {
  // The first time, the session ends within the statement.
  db_.Exec(
      "CREATE SEQUENCE inserts; GRANT USAGE ON SEQUENCE inserts TO PUBLIC;"
      "CREATE FUNCTION die_once() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN"
      "  IF nextval('inserts') = 1 THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF;"
      "  RETURN NULL; END $$;"
      "CREATE TRIGGER die_once AFTER INSERT ON orders EXECUTE FUNCTION die_once()");
  const auto placed = Run({Command("tea"), Command("cup")});
  for (const auto& one : placed) EXPECT_TRUE(one.ok()) << one.status();
  EXPECT_EQ(Count("orders"), 2);
  EXPECT_EQ(Count("request_keys"), 2);
}

TEST_F(PlaceOrderTest, ABatchIsOneTransaction) {
  const auto placed = Run({Command("tea"), Command("cup", 3), Command("tea", 2)});
  for (const auto& one : placed) ASSERT_TRUE(one.ok()) << one.status();
  EXPECT_EQ(placed[1]->total, (Money{2700, "USD"}));
  EXPECT_EQ(Transactions(), 1);
  EXPECT_EQ(Count("orders"), 3);
  EXPECT_EQ(Count("outbox"), 3);
}

TEST_F(PlaceOrderTest, NothingIsWrittenForACallerWhoHasLeft) {
  PlaceOrderCommand gone = Command("cup");
  gone.has_left = [] { return true; };
  const auto placed = Run({Command("tea"), gone});
  EXPECT_TRUE(placed[0].ok()) << placed[0].status();
  EXPECT_TRUE(absl::IsCancelled(placed[1].status())) << placed[1].status();
  EXPECT_EQ(Count("orders"), 1);
  EXPECT_EQ(Count("request_keys"), 1) << "the request_id is still free";
}

TEST_F(PlaceOrderTest, OneBadOrderInABatchFailsAlone) {
  const auto placed = Run({Command("tea"), Command("unknown"), Command("cup")});
  EXPECT_TRUE(placed[0].ok());
  EXPECT_EQ(ReasonOf(placed[1].status()), "PRODUCT_NOT_FOUND");
  EXPECT_EQ(ViolationsOf(placed[1].status())[0].field, "items[0].product_id");
  EXPECT_TRUE(placed[2].ok());
  EXPECT_EQ(Count("orders"), 2);
  EXPECT_EQ(Count("request_keys"), 2) << "a failure is not stored";
}

TEST_F(PlaceOrderTest, AnOrderThatTheDatabaseRefusesFailsAlone) {
  db_.Exec("ALTER TABLE order_lines ADD CHECK (quantity <> 666)");
  const auto placed =
      Run({Command("tea"), Command("tea"), Command("tea", 666), Command("tea"), Command("tea")});
  for (std::size_t i = 0; i < placed.size(); ++i) EXPECT_EQ(placed[i].ok(), i != 2) << i;
  EXPECT_EQ(Count("orders"), 4);
}

TEST_F(PlaceOrderTest, ACommandPastItsDeadlineWritesNothingAndHoldsUpNobody) {
  PlaceOrderCommand late = Command("tea");
  late.deadline = absl::Now() - absl::Milliseconds(1);
  const auto placed = Run({Command("tea"), late});
  EXPECT_TRUE(placed[0].ok());
  EXPECT_TRUE(absl::IsDeadlineExceeded(placed[1].status()));
  EXPECT_EQ(Count("orders"), 1);
}

TEST_F(PlaceOrderTest, ACommandWhoseDeadlinePassesBeforeTheCommitTakesNobodyWithIt) {
  // The database needs longer than that deadline the first time, and never again.
  db_.Exec(
      "CREATE SEQUENCE inserts;"
      "GRANT USAGE ON SEQUENCE inserts TO PUBLIC;"
      "CREATE FUNCTION wait_once() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
      "  IF nextval('inserts') = 1 THEN PERFORM pg_sleep(1.5); END IF; RETURN NULL; END $$;"
      "CREATE TRIGGER wait_once AFTER INSERT ON orders EXECUTE FUNCTION wait_once()");
  PlaceOrderCommand soon = Command("tea");
  soon.deadline = absl::Now() + absl::Seconds(1);
  const auto placed = Run({Command("tea"), soon, Command("cup")});
  EXPECT_TRUE(placed[0].ok());
  EXPECT_TRUE(absl::IsDeadlineExceeded(placed[1].status()));
  EXPECT_TRUE(placed[2].ok());
  EXPECT_EQ(Count("orders"), 2);
}

TEST_F(PlaceOrderTest, ARequestIdTwiceInOneBatchIsOneOrder) {
  const PlaceOrderCommand command = Command("tea");
  PlaceOrderCommand other = Command("cup");
  other.key = command.key;
  const auto placed = Run({command, command, other});
  ASSERT_TRUE(placed[0].ok());
  ASSERT_TRUE(placed[1].ok());
  EXPECT_EQ(*placed[0], *placed[1]);
  EXPECT_EQ(ReasonOf(placed[2].status()), "REQUEST_ID_REUSED");
  EXPECT_EQ(Count("orders"), 1);
}

TEST_F(PlaceOrderTest, ARequestIdAnswersItsOrderAlsoAfterItsProductChangedOrWent) {
  const PlaceOrderCommand command = Command("tea");
  const auto first = Run({command});
  Sell("tea", "Teabags", {99, "EUR"});
  EXPECT_EQ(*Run({command})[0], *first[0]);

  // A command that would be refused today is still answered with what it made then.
  PlaceOrderCommand mixed = Command("tea");
  mixed.items = {{Sku("tea"), 1}, {Sku("cup"), 1}};
  EXPECT_TRUE(absl::IsInvalidArgument(Run({mixed})[0].status()));
  Sell("tea", "Tea", {500, "USD"});
  const auto placed = Run({mixed});
  ASSERT_TRUE(placed[0].ok());
  Sell("tea", "Tea", {500, "EUR"});
  EXPECT_EQ(*Run({mixed})[0], *placed[0]);
}

TEST_F(PlaceOrderTest, ARefusedCommandWithAUsedRequestIdIsToldOfTheReuse) {
  const PlaceOrderCommand command = Command("tea");
  ASSERT_TRUE(Run({command})[0].ok());
  PlaceOrderCommand unknown = Command("unknown");
  unknown.key = command.key;
  EXPECT_EQ(ReasonOf(Run({unknown})[0].status()), "REQUEST_ID_REUSED");
}

TEST_F(PlaceOrderTest, TwoUsersMayUseTheSameRequestId) {
  const PlaceOrderCommand anns = Command("tea");
  PlaceOrderCommand bobs = Command("cup");
  bobs.key = {UserId("bob"), anns.key.request_id};
  const auto placed = Run({anns, bobs});
  ASSERT_TRUE(placed[0].ok());
  ASSERT_TRUE(placed[1].ok());
  EXPECT_NE(placed[0]->id, placed[1]->id);
}

TEST_F(PlaceOrderTest, AFailureOfTheDatabaseAnswersEveryCommand) {
  // The work is done, and the commit fails.
  db_.Exec(
      "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
      "  RAISE EXCEPTION 'down' USING ERRCODE = 'too_many_connections'; END $$;"
      "CREATE CONSTRAINT TRIGGER fail AFTER INSERT ON orders DEFERRABLE INITIALLY DEFERRED"
      "  FOR EACH ROW EXECUTE FUNCTION fail()");
  for (const auto& one : Run({Command("tea"), Command("cup")})) {
    EXPECT_TRUE(absl::IsUnavailable(one.status())) << one.status();
  }
  EXPECT_EQ(Count("orders"), 0);
  EXPECT_EQ(Count("request_keys"), 0);

  db_.Exec("DROP TRIGGER fail ON orders");
  for (const auto& one : Run({Command("tea"), Command("cup")})) EXPECT_TRUE(one.ok());
}

}  // namespace
}  // namespace waybill::order_svc
