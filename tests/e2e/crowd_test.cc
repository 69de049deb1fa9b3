// Many buyers compete for few units.
#include <gtest/gtest.h>

#include "tests/e2e/books.h"
#include "tests/e2e/shop.h"
#include "tests/support/wait.h"

namespace waybill::e2e {
namespace {

constexpr int kBuyers = 1000;
constexpr int kUnits = 100;

TEST(CrowdTest, OfAThousandBuyersOfAHundredUnitsExactlyAHundredGetOne) {
  System system;
  Shop shop(system);
  shop.Stock("last", 1000, kUnits);
  const std::vector<Purchase> purchases = [] {
    std::vector<Purchase> all;
    for (int i = 0; i < kBuyers; ++i) {
      const std::string user = "buyer-" + std::to_string(i);
      all.push_back({.items = {{"last", 1}}, .user = user, .email = user + "@example.com"});
    }
    return all;
  }();
  shop.PlaceAll(purchases);

  ASSERT_TRUE(BooksAgree(system, absl::Seconds(120)));
  test::TestDatabase& orders = system.Db("orders");
  EXPECT_EQ(orders.QueryInt("SELECT count(*) FROM orders"), kBuyers);
  EXPECT_EQ(orders.QueryInt("SELECT count(*) FROM orders WHERE state = 'CONFIRMED'"), kUnits);
  EXPECT_EQ(orders.QueryInt("SELECT count(*) FROM orders WHERE cancel_reason = 'OUT_OF_STOCK'"),
            kBuyers - kUnits);
  EXPECT_EQ(system.Db("inventory").QueryText("SELECT on_hand || ' ' || reserved FROM stock"),
            "100 100");
  const Sandbox::Totals ledger = Sandbox(system).Ledger();
  EXPECT_EQ(ledger.captured, kUnits * 1000);
  EXPECT_EQ(ledger.refunded, 0);
  EXPECT_EQ(ledger.held, 0);
  EXPECT_EQ(ledger.intents, kBuyers);
}

}  // namespace
}  // namespace waybill::e2e
