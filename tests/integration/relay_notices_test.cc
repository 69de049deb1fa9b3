// What PostgreSQL warns a client of doesn't get between the log's lines.
#include <gtest/gtest.h>

#include "outbox_relay/base/pg_connection.h"
#include "tests/support/test_database.h"

namespace waybill::outbox_relay {
namespace {

// As after an upgrade of the system's C library: PostgreSQL warns each session when it begins.
TEST(RelayNotices, AWarningAtTheBeginningOfASessionIsNotPrinted) {
  test::TestDatabase db("");
  db.Exec("UPDATE pg_database SET datcollversion = '1.0' WHERE datname = '" + db.name() + "'");
  testing::internal::CaptureStderr();
  const auto connection = PgConnection::Connect(db.Conninfo("postgres"), PgConnection::Kind::kSql,
                                                {}, absl::Seconds(60));
  const std::string printed = testing::internal::GetCapturedStderr();
  ASSERT_TRUE(connection.ok()) << connection.status();
  EXPECT_EQ(printed, "");
}

}  // namespace
}  // namespace waybill::outbox_relay
