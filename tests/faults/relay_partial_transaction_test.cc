// A session that ends in the middle of a transaction leaves the rest of it to the next one, and no
// more.
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "tests/integration/relay_standard_outbox.h"
#include "tests/support/wait.h"

namespace waybill::test {
namespace {

constexpr char kTopic[] = "outbox.event.Order";

std::string Insert(int from, int to, const std::string& payload_column = "payload") {
  return "INSERT INTO outbox (aggregatetype, aggregateid, type, " + payload_column +
         ") SELECT 'Order', 'k', 'Changed', to_jsonb(i) FROM generate_series(" +
         std::to_string(from) + ", " + std::to_string(to) + ") i;";
}

class RelayPartialTransaction : public ::testing::Test {
 protected:
  void Start(const std::string& extra = "") {
    relay_ = outbox_.Run(outbox_.Head() + outbox_.Source("app", outbox_.db.name(), extra),
                         "relay" + std::to_string(++starts_) + ".log");
    ASSERT_TRUE(Logs(*relay_, "\"the stream starts\""));
  }

  // The relay has met the row that it can't map, and has tried again.
  void ExpectStuckAfter(int rows) {
    EXPECT_TRUE(Logs(*relay_, "change [source.columns]"));
    EXPECT_TRUE(Eventually(
        [&] {
          return outbox_.db.QueryInt("SELECT partial_rows FROM outbox_relay.checkpoints") == rows;
        },
        "the checkpoint to have the rows of the open transaction"));
    ExpectPayloads(rows);
  }

  // The topic has the numbers 1 to `count`, each once and in order.
  void ExpectPayloads(int count) {
    const std::vector<Record> records =
        outbox_.topics.ReadCount(kTopic, static_cast<std::size_t>(count));
    ASSERT_EQ(records.size(), static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) {
      ASSERT_EQ(records[static_cast<std::size_t>(i)].payload, std::to_string(i + 1));
    }
  }

  // A configuration that can map the last row publishes it, and what comes after it.
  void ExpectGoesOnWith(const std::string& config, const std::string& column, int rows) {
    EXPECT_EQ(relay_->Terminate(), 0);
    Start(config);
    ExpectPayloads(rows);
    outbox_.db.Exec(Insert(rows + 1, rows + 2, column));
    ExpectPayloads(rows + 2);
    EXPECT_TRUE(Eventually(
        [&] {
          return outbox_.db.QueryInt(
                     "SELECT count(*) FROM outbox_relay.checkpoints WHERE partial_lsn IS NULL AND"
                     " partial_rows = 0") == 1;
        },
        "the checkpoint to have no open transaction"));
  }

  StandardOutbox outbox_;
  std::unique_ptr<ChildProcess> relay_;
  int starts_ = 0;
};

// The statements are one transaction, as those of one `psql -c` are.
TEST_F(RelayPartialTransaction,
       AColumnRenamedInItsMiddleRepeatsNothingAndTheNewConfigurationGoesOn) {
  Start();
  outbox_.db.Exec(Insert(1, 20) + "ALTER TABLE outbox RENAME COLUMN payload TO body;" +
                  Insert(21, 21, "body"));
  ExpectStuckAfter(20);
  ExpectGoesOnWith("columns.payload = \"body\"\n", "body", 21);
}

TEST_F(RelayPartialTransaction, AnErrorBehindFiveThousandRowsRepeatsNoneOfThem) {
  Start();
  outbox_.db.Exec(Insert(1, 5000) + "ALTER TABLE outbox RENAME COLUMN payload TO body;" +
                  Insert(5001, 5001, "body"));
  ExpectStuckAfter(5000);
  ExpectGoesOnWith("columns.payload = \"body\"\n", "body", 5001);
}

TEST_F(RelayPartialTransaction, AColumnDroppedInItsMiddleRepeatsNothing) {
  outbox_.db.Exec("ALTER TABLE outbox ADD COLUMN body jsonb");
  Start();
  outbox_.db.Exec(Insert(1, 3) + "ALTER TABLE outbox DROP COLUMN payload;" + Insert(4, 4, "body"));
  ExpectStuckAfter(3);
  ExpectGoesOnWith("columns.payload = \"body\"\n", "body", 4);
}

TEST_F(RelayPartialTransaction, AColumnWhoseTypeChangesInItsMiddleIsReadAsBothTypes) {
  Start();
  outbox_.db.Exec(Insert(1, 3) + "ALTER TABLE outbox ALTER COLUMN payload TYPE text;" +
                  "INSERT INTO outbox (aggregatetype, aggregateid, type, payload)"
                  " VALUES ('Order', 'k', 'Changed', '4')");
  ExpectPayloads(4);
}

// A transaction of another session, committed while the first one is open, comes first in the log.
TEST_F(RelayPartialTransaction, RowsCommittedBeforeAndAfterItArriveOnceAndInOrder) {
  Start();
  outbox_.db.Exec(Insert(1, 2));
  outbox_.db.Exec(Insert(3, 4) + "ALTER TABLE outbox RENAME COLUMN payload TO body;" +
                  Insert(5, 5, "body"));
  outbox_.db.Exec(Insert(6, 7, "body"));
  EXPECT_TRUE(Logs(*relay_, "change [source.columns]"));
  ExpectPayloads(4);
  ExpectGoesOnWith("columns.payload = \"body\"\n", "body", 7);
}

// The relay dies without a chance to say how far it has come: it has said so while it ran.
TEST_F(RelayPartialTransaction, ARelayKilledInItsMiddleRepeatsOnlyWhatCameAfterTheLastCheckpoint) {
  constexpr int kRowsOfATransaction = 500'000;
  outbox_.db.Exec("INSERT INTO put VALUES ('k', 0)");
  Start();
  const std::string partial = "SELECT partial_rows FROM outbox_relay.checkpoints";
  std::int64_t rows = 0;
  std::int64_t before = 0;
  std::int64_t known = 0;
  // A relay that gets through a transaction between two looks at it gets another one.
  for (int attempt = 0; attempt < 10 && known == 0; ++attempt) {
    before = rows;
    outbox_.Put("k", kRowsOfATransaction);
    rows += kRowsOfATransaction;
    if (!Eventually([&] { return outbox_.db.QueryInt(partial) > 0; }, "a partial checkpoint",
                    absl::Seconds(5))) {
      continue;
    }
    relay_->Kill();
    known = outbox_.db.QueryInt(partial);
    if (known == 0) Start();
  }
  ASSERT_GT(known, 0);
  Start();
  const std::vector<Record> records = outbox_.topics.ReadUntil(
      kTopic,
      [rows](const std::vector<Record>& sofar) {
        return !sofar.empty() && sofar.back().payload == "{\"n\": " + std::to_string(rows) + "}";
      },
      "the last row");
  std::int64_t next = 1;
  for (const Record& record : records) {
    const std::int64_t n = std::stoll(record.payload->substr(6));
    ASSERT_LE(n, next) << "a gap";
    if (n < next) {
      ASSERT_GT(n, before + known) << "it was known to be published";
    }
    next = std::max(next, n + 1);
  }
}

}  // namespace
}  // namespace waybill::test
