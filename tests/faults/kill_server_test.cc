// Kafka or PostgreSQL is killed with SIGKILL under load and restarted.
#include <gtest/gtest.h>

#include "tests/e2e/books.h"
#include "tests/e2e/load.h"
#include "tests/e2e/system.h"
#include "tests/support/throwaway_server.h"
#include "tests/support/wait.h"

namespace waybill::e2e {
namespace {

constexpr int kOrders = 600;

void KillUnderLoad(const test::TestStack& stack, test::ThrowawayServer& victim) {
  System system({.stack = stack, .secure = false});
  Load::Stock(system);
  Load load(system, kOrders);
  ASSERT_TRUE(test::Eventually([&] { return load.placed() >= kOrders / 4; },
                               "a quarter of the orders to be placed"));
  victim.Kill();
  victim.Start();
  load.Finish();
  ASSERT_TRUE(BooksAgree(system, absl::Seconds(150)));
  EXPECT_EQ(system.Db("orders").QueryInt("SELECT count(*) FROM orders"), kOrders);
  for (const char* name :
       {kOrderSvc, kPaymentSvc, kInventorySvc, kNotificationSvc, kRelay, kSandbox}) {
    EXPECT_TRUE(system.IsRunning(name)) << name << " died with its server:\n" << system.Log(name);
  }
}

TEST(KillServerTest, KafkaComesBackAndNothingIsLost) {
  test::ThrowawayKafka kafka;
  KillUnderLoad(kafka.stack(), kafka);
}

TEST(KillServerTest, PostgresComesBackAndNothingIsLost) {
  test::ThrowawayPostgres postgres;
  KillUnderLoad(postgres.stack(), postgres);
}

}  // namespace
}  // namespace waybill::e2e
