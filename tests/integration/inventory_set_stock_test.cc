#include <gtest/gtest.h>

#include <thread>

#include "absl/time/clock.h"
#include "inventory_svc/application/get_stock.h"
#include "inventory_svc/application/set_stock.h"
#include "platform/postgres/unit_of_work.h"
#include "platform/types/error.h"
#include "tests/integration/inventory_events.h"
#include "tests/support/test_database.h"

namespace waybill::inventory_svc {
namespace {

using Answer = absl::StatusOr<StockLevel>;

class SetStockTest : public ::testing::Test {
 protected:
  static absl::Time Deadline() { return absl::Now() + absl::Seconds(60); }

  static SetStockCommand Command(const std::string& product, std::int64_t on_hand,
                                 const std::string& user = "stock-keeper") {
    return {.key = {UserId(user), RequestId::New()}, .sku = Sku(product), .on_hand = on_hand};
  }
  Answer Set(const SetStockCommand& command) {
    return set_stock_.Run({command}, Deadline()).front();
  }
  Answer Get(const std::string& product) { return get_stock_.Run(Sku(product), Deadline()); }
  absl::Status Handle(const std::vector<events::IncomingEvent>& batch) {
    const std::unique_ptr<inbox::BatchHandler> handler = MakeEventHandler(unit_of_work_);
    return postgres::RunTransaction(
        pool_, {.name = "test", .deadline = Deadline()},
        [&](postgres::Transaction& tx) { return handler->Handle(tx, batch); });
  }

  test::TestDatabase db_{"inventory"};
  postgres::Pool pool_{{.conninfo = db_.Conninfo("inventory_svc"), .pool_size = 30}, "test"};
  const UnitOfWork unit_of_work_{pool_, &Encode};
  GetStock get_stock_{unit_of_work_};
  SetStock set_stock_{unit_of_work_};
};

TEST_F(SetStockTest, ANewProductIsCreatedAndAnOldOneChanged) {
  EXPECT_EQ(ReasonOf(Get("cup").status()), "STOCK_NOT_FOUND");
  EXPECT_EQ(Get("cup").status().code(), absl::StatusCode::kNotFound);

  EXPECT_EQ(Set(Command("cup", 7)).value(), (StockLevel{7, 0}));
  EXPECT_EQ(Get("cup").value(), (StockLevel{7, 0}));
  EXPECT_EQ(Set(Command("cup", 0)).value(), (StockLevel{0, 0}));
  EXPECT_EQ(Get("cup").value(), (StockLevel{0, 0}));
}

TEST_F(SetStockTest, TheSameRequestGivesTheFirstAnswerAgain) {
  const SetStockCommand first = Command("cup", 7);
  ASSERT_TRUE(Set(first).ok());
  ASSERT_TRUE(Set(Command("cup", 9)).ok());

  EXPECT_EQ(Set(first).value(), (StockLevel{7, 0}));
  EXPECT_EQ(Get("cup").value(), (StockLevel{9, 0}));
}

// The fingerprint and the answer stand in the table as text that no later build may change.
TEST_F(SetStockTest, ARequestIdStoredByAnEarlierBuildStillAnswers) {
  const SetStockCommand first = Command("cup", 7);
  db_.Exec(
      "INSERT INTO request_keys (user_id, request_id, fingerprint, resource, response) VALUES "
      "('stock-keeper', '" +
      first.key.request_id.ToString() + "', sha256('8:SetStock3:cup1:7'), 'cup', '7 2')");

  EXPECT_EQ(Set(first).value(), (StockLevel{7, 2}));
  EXPECT_EQ(db_.QueryInt("SELECT count(*) FROM stock"), 0);
}

TEST_F(SetStockTest, ARequestIdForOtherParametersIsRefusedAndChangesNothing) {
  const SetStockCommand first = Command("cup", 7);
  ASSERT_TRUE(Set(first).ok());
  SetStockCommand other_quantity = first;
  other_quantity.on_hand = 8;
  SetStockCommand other_product = first;
  other_product.sku = Sku("pot");

  for (const SetStockCommand& reused : {other_quantity, other_product}) {
    const absl::Status status = Set(reused).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kAlreadyExists);
    EXPECT_EQ(ReasonOf(status), "REQUEST_ID_REUSED");
  }
  EXPECT_EQ(Get("cup").value(), (StockLevel{7, 0}));
  EXPECT_EQ(db_.QueryInt("SELECT count(*) FROM stock"), 1);

  SetStockCommand other_user = other_quantity;
  other_user.key.user = UserId("someone-else");
  EXPECT_TRUE(Set(other_user).ok());
}

TEST_F(SetStockTest, NothingBelowWhatIsReservedAndTheFailureIsNotStored) {
  const OrderId order = OrderId::New();
  ASSERT_TRUE(Set(Command("cup", 5)).ok());
  ASSERT_TRUE(Handle({Placed(order, {{"cup", 3}}), Paid(order)}).ok());
  const SetStockCommand too_low = Command("cup", 2);

  const absl::Status status = Set(too_low).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ReasonOf(status), "BELOW_RESERVED");
  EXPECT_EQ(Get("cup").value(), (StockLevel{5, 3}));

  ASSERT_TRUE(Handle({Cancelled(order)}).ok());
  EXPECT_EQ(Set(too_low).value(), (StockLevel{2, 0}));
}

TEST_F(SetStockTest, ABadCommandOfABatchFailsAlone) {
  const OrderId order = OrderId::New();
  ASSERT_TRUE(Set(Command("cup", 5)).ok());
  ASSERT_TRUE(Handle({Placed(order, {{"cup", 3}}), Paid(order)}).ok());
  const SetStockCommand pot = Command("pot", 4);
  SetStockCommand reused = pot;
  reused.sku = Sku("pan");

  const std::vector<Answer> answers = set_stock_.Run(
      {pot, Command("cup", 1), pot, reused, Command("cup", 6), Command("cup", 8)}, Deadline());

  ASSERT_EQ(answers.size(), 6u);
  EXPECT_EQ(answers[0].value(), (StockLevel{4, 0}));
  EXPECT_EQ(ReasonOf(answers[1].status()), "BELOW_RESERVED");
  EXPECT_EQ(answers[2].value(), (StockLevel{4, 0}));
  EXPECT_EQ(ReasonOf(answers[3].status()), "REQUEST_ID_REUSED");
  EXPECT_EQ(answers[4].value(), (StockLevel{6, 3}));
  EXPECT_EQ(answers[5].value(), (StockLevel{8, 3}));
  EXPECT_EQ(Get("cup").value(), (StockLevel{8, 3}));
  EXPECT_EQ(Get("pan").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(db_.QueryInt("SELECT count(*) FROM request_keys"), 4);
}

TEST_F(SetStockTest, TwentyParallelCallsWithOneRequestIdTakeEffectOnce) {
  const SetStockCommand command = Command("cup", 7);
  std::vector<Answer> answers(20, absl::UnknownError("not answered"));
  std::vector<std::thread> callers;
  for (Answer& answer : answers) {
    callers.emplace_back([this, &answer, &command] { answer = Set(command); });
  }
  for (std::thread& caller : callers) caller.join();

  for (const Answer& answer : answers) EXPECT_EQ(answer.value(), (StockLevel{7, 0}));
  EXPECT_EQ(db_.QueryInt("SELECT count(*) FROM request_keys"), 1);
}

TEST_F(SetStockTest, OfTwentyParallelCallsWithOneRequestIdForManyProductsOneWins) {
  const SetStockCommand command = Command("any", 7);
  std::vector<Answer> answers(20, absl::UnknownError("not answered"));
  std::vector<std::thread> callers;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    callers.emplace_back([this, i, &answers, &command] {
      SetStockCommand mine = command;
      mine.sku = Sku("product-" + std::to_string(i));
      answers[i] = Set(mine);
    });
  }
  for (std::thread& caller : callers) caller.join();

  int succeeded = 0;
  for (const Answer& answer : answers) {
    if (answer.ok()) {
      ++succeeded;
    } else {
      EXPECT_EQ(ReasonOf(answer.status()), "REQUEST_ID_REUSED") << answer.status();
    }
  }
  EXPECT_EQ(succeeded, 1);
  EXPECT_EQ(db_.QueryInt("SELECT count(*) FROM stock"), 1);
}

TEST_F(SetStockTest, SettingAndReservingAtOnceNeverCross) {
  ASSERT_TRUE(Set(Command("cup", 100)).ok());
  absl::Status reserving;
  std::thread reserver([&] {
    for (int i = 0; i < 60 && reserving.ok(); ++i) {
      const OrderId order = OrderId::New();
      reserving = Handle({Placed(order, {{"cup", 1}}), Paid(order)});
    }
  });
  int refused = 0;
  for (int on_hand = 100; on_hand >= 0; --on_hand) {
    const Answer answer = Set(Command("cup", on_hand));
    if (answer.ok()) {
      EXPECT_EQ(answer->on_hand, on_hand);
      EXPECT_GE(answer->available(), 0);
    } else {
      EXPECT_EQ(ReasonOf(answer.status()), "BELOW_RESERVED") << answer.status();
      ++refused;
    }
  }
  reserver.join();

  EXPECT_TRUE(reserving.ok()) << reserving;
  const StockLevel level = Get("cup").value();
  EXPECT_GE(level.available(), 0);
  EXPECT_EQ(level.reserved,
            db_.QueryInt("SELECT count(*) FROM reservations WHERE state = 'RESERVED'"));
  EXPECT_EQ(db_.QueryInt("SELECT count(*) FROM reservations"), 60);
}

}  // namespace
}  // namespace waybill::inventory_svc
