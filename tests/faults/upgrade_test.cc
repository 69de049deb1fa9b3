// An upgrade without a stop, as docs/upgrade.md describes it, forwards and back: the programs of an
// earlier build and today's run beside each other, over the earlier schema and today's, under load.
// ./dev test-upgrade runs it; it needs
//
//   WAYBILL_BEFORE        the folder with the earlier build's programs
//   WAYBILL_TEST_STACK    a stack whose templates have the earlier build's schema
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "absl/strings/str_split.h"
#include "tests/e2e/load.h"
#include "tests/e2e/pairs.h"
#include "tests/e2e/shop.h"
#include "tests/e2e/system.h"
#include "tests/support/process.h"
#include "tests/support/test_stack.h"

namespace waybill::e2e {
namespace {

constexpr int kPerSecond = 20;
constexpr int kSome = 40;

// What is started from now on is of the earlier build, or of today's.
void UseBefore() { setenv("WAYBILL_BIN", std::getenv("WAYBILL_BEFORE"), 1); }
void UseToday() { unsetenv("WAYBILL_BIN"); }

void Migrate(System& system) {
  const std::vector<std::string> server =
      absl::StrSplit(test::TestStack::Get().server_conninfo, "port=");
  for (const char* name : {"orders", "payments", "inventory", "notifications", "sandbox"}) {
    test::TestDatabase& db = system.Db(name);
    db.Exec("ALTER DATABASE " + db.name() + " OWNER TO waybill");
    const test::Finished finished = test::RunToEnd(
        {test::SourcePath("tests/support/migrate.sh"), server.back(), db.name(), name}, {},
        absl::Seconds(240));
    ASSERT_EQ(finished.status, 0) << finished.output;
  }
}

// Replaces one instance after the other by what UseBefore or UseToday has chosen.
void Replace(System& system, const Load& load, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    system.Stop(name);
    system.Start(name);
    WaitForOrders(load, kPerSecond);
  }
}

std::vector<std::string> Reversed(const std::vector<std::string>& names) {
  return {names.rbegin(), names.rend()};
}

// Orders come to each end, by whichever build each of their steps meets.
void ExpectEachEnd(System& system) {
  constexpr absl::Duration kPatience = absl::Seconds(240);
  ExpectFulfilment(system);
  Shop shop(system);
  const std::string shipped = shop.Place({.items = {{"tea", 1}}}, kPatience).order_id();
  const std::string declined =
      shop.Place({.items = {{"tea", 1}}, .payment_method = kDeclinedCard}, kPatience).order_id();
  shop.WaitFor(shipped, orders_v1::ORDER_STATE_CONFIRMED, kPatience);
  const grpc::Status ship = shop.Ship(shipped);
  EXPECT_TRUE(ship.ok()) << ship.error_message();
  shop.MustRefund(shipped, 100);
  shop.WaitFor(declined, orders_v1::ORDER_STATE_CANCELLED, kPatience);
}

TEST(UpgradeTest, ForwardsAndBackNothingIsLostOrDoubled) {
  if (std::getenv("WAYBILL_BEFORE") == nullptr) {
    GTEST_SKIP() << "there is no earlier build: ./dev test-upgrade makes one";
  }
  UseBefore();
  System system({.secure = false, .instances = 2});
  Load::Stock(system);
  Load load(system, kEndless, kPerSecond);
  WaitForOrders(load, kSome);

  // Expand, under the earlier programs.
  Migrate(system);
  if (::testing::Test::HasFatalFailure()) return;
  WaitForOrders(load, kSome);
  ExpectEachEnd(system);

  // Half of each, then all, and back, and forwards again.
  UseToday();
  Replace(system, load, {kSandbox});
  Replace(system, load, OneOfEach(1));
  ExpectEachEnd(system);
  Replace(system, load, OneOfEach(2));
  ExpectEachEnd(system);
  UseBefore();
  Replace(system, load, Reversed(OneOfEach(1)));
  ExpectEachEnd(system);
  Replace(system, load, Reversed(OneOfEach(2)));
  ExpectEachEnd(system);
  UseToday();
  Replace(system, load, OneOfEach(1));
  Replace(system, load, OneOfEach(2));
  ExpectEachEnd(system);
  ExpectAllIsWell(system, load.Stop());
}

}  // namespace
}  // namespace waybill::e2e
