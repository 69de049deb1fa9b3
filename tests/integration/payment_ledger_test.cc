// What the payment sandbox retires of its books.
#include <gtest/gtest.h>

#include "absl/time/clock.h"
#include "platform/postgres/unit_of_work.h"
#include "tests/support/test_database.h"
#include "tools/payment_sandbox/ledger.h"

namespace waybill::payment_sandbox {
namespace {

TEST(PaymentLedgerTest, OldIntentsGoWithTheirRefundsAndNothingThatIsHeldOrWasRefundedLately) {
  test::TestDatabase db("sandbox");
  postgres::Pool pool({.conninfo = db.Conninfo("payment_sandbox")}, "test");
  db.Exec(
      "INSERT INTO payment_intents (id, amount, amount_captured, amount_refunded, currency, "
      "status, "
      "payment_method, created_at) VALUES "
      "('held', 5, 0, 0, 'eur', 'requires_capture', 'x', now() - interval '50 hours'),"
      "('captured', 5, 5, 0, 'eur', 'succeeded', 'x', now() - interval '50 hours'),"
      "('refunded', 5, 5, 2, 'eur', 'succeeded', 'x', now() - interval '50 hours'),"
      "('refunded lately', 5, 5, 2, 'eur', 'succeeded', 'x', now() - interval '50 hours'),"
      "('canceled', 5, 0, 0, 'eur', 'canceled', 'x', now() - interval '50 hours'),"
      "('young', 5, 5, 0, 'eur', 'succeeded', 'x', now());"
      "INSERT INTO refunds (id, payment_intent, amount, created_at) VALUES "
      "('a', 'refunded', 2, now() - interval '49 hours'), ('b', 'refunded lately', 2, now())");
  std::int64_t retired = 0;
  const absl::Status status = postgres::RunTransaction(
      pool, {.name = "test", .deadline = absl::Now() + absl::Seconds(60)},
      [&](postgres::Transaction& tx) {
        retired = Ledger(tx).RetireIntents({.before = absl::Now() - absl::Hours(48), .limit = 100});
        return absl::OkStatus();
      });
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(retired, 3);
  EXPECT_EQ(db.QueryText("SELECT string_agg(id, ', ' ORDER BY id) FROM payment_intents"),
            "held, refunded lately, young");
  EXPECT_EQ(db.QueryText("SELECT string_agg(id, ', ') FROM refunds"), "b");
}

}  // namespace
}  // namespace waybill::payment_sandbox
