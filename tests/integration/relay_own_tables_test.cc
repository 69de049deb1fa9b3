// The relay makes its own tables where it finds none.
#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "outbox_relay/base/pg_connection.h"
#include "outbox_relay/checkpoint/relay_tables.h"
#include "tests/support/test_database.h"

namespace waybill::outbox_relay {
namespace {

// A relay that starts for the first time and an operator's commands may come at the same moment.
TEST(RelayOwnTables, AreMadeOnceByHowManyWantThemAtTheSameTime) {
  for (int round = 0; round < 3; ++round) {
    const test::TestDatabase db("");
    std::vector<absl::Status> statuses(8, absl::UnknownError("not run"));
    std::vector<std::thread> threads;
    for (absl::Status& status : statuses) {
      threads.emplace_back([&] {
        auto connection = PgConnection::Connect(db.Conninfo("postgres"), PgConnection::Kind::kSql,
                                                {}, absl::Seconds(60));
        status = connection.ok() ? EnsureRelayTables(*connection) : connection.status();
      });
    }
    for (std::thread& thread : threads) thread.join();
    for (const absl::Status& status : statuses) EXPECT_TRUE(status.ok()) << status;
  }
}

}  // namespace
}  // namespace waybill::outbox_relay
