// A backfill that is cut continues where it was, and leaves no gap.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <set>

#include "tests/integration/relay_standard_outbox.h"
#include "tests/support/throwaway_server.h"
#include "tests/support/wait.h"

namespace waybill::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kTopic[] = "outbox.event.Order";
constexpr char kComplete[] = "the backfill is complete";
constexpr char kContinues[] = "the backfill continues where it was cut";
constexpr int kRows = 1000;

int SequenceOf(const Record& record) {
  return std::stoi(record.payload->substr(record.payload->find("\"n\": ") + 5));
}

class RelayCutBackfill : public ::testing::Test {
 protected:
  explicit RelayCutBackfill(TestStack stack = TestStack::Get(), const std::string& columns = "",
                            std::string settings = "")
      : outbox_(std::move(stack), columns), settings_(std::move(settings)) {}

  // One record at a time, so that a backfill of 1,000 rows takes several seconds.
  void Start() {
    relay_ = outbox_.Run("[limits]\nin_flight_records = 1\n" + outbox_.Head() +
                             "[kafka.properties]\n\"linger.ms\" = \"5\"\n" +
                             outbox_.Source("app", outbox_.db.name(), settings_),
                         "relay.log");
  }
  // Waits until the backfill has stored that it has come further; false once it is complete.
  bool AwaitProgress() {
    WaitUntil(
        [&] {
          const auto rows = outbox_.db.QueryRows("SELECT rows FROM outbox_relay.backfills");
          const int now = rows.empty() ? 0 : std::stoi(rows[0][0]);
          if (now > stored_) {
            stored_ = now;
            return true;
          }
          return relay_->Output().find(kComplete) != std::string::npos;
        },
        "the backfill to come further");
    return relay_->Output().find(kComplete) == std::string::npos;
  }
  // Puts rows, starts a relay, and lets its first backfill come some way.
  void StartAndComeSomeWay() {
    outbox_.Put("a", kRows / 2);
    outbox_.Put("b", kRows / 2);
    Start();
    ASSERT_TRUE(AwaitProgress());
  }
  // Cuts the backfill in one way, time after time, while rows come in.
  void CutUntilComplete(const std::function<void()>& cut) {
    int cuts = 0;
    for (StartAndComeSomeWay(); cuts == 0 || AwaitProgress(); ++cuts) {
      cut();
      outbox_.Put("a");
    }
    EXPECT_GE(cuts, 2);
    const std::vector<Record> records = ExpectAll(kRows / 2 + cuts, kRows / 2);
    EXPECT_LT(records.size(), kRows + 30u * static_cast<unsigned>(cuts)) << cuts << " cuts";
  }
  // Waits for that many rows of the keys a and b.
  std::vector<Record> ExpectAll(int a, int b) {
    return outbox_.topics.ReadUntil(
        kTopic,
        [&](const std::vector<Record>& records) {
          std::map<std::string, std::set<int>> seen;
          for (const Record& record : records) seen[*record.key].insert(SequenceOf(record));
          return static_cast<int>(seen["a"].size()) >= a && static_cast<int>(seen["b"].size()) >= b;
        },
        "every row");
  }
  // Every key's n, as they came first, are 1, 2, 3, ...
  ::testing::AssertionResult FirstOccurrencesCameInOrder() {
    std::map<std::string, int> last;
    for (const Record& record : outbox_.topics.ReadAll(kTopic)) {
      const int sequence = SequenceOf(record);
      if (sequence <= last[*record.key]) continue;
      if (sequence != ++last[*record.key]) {
        return ::testing::AssertionFailure() << *record.key << " has " << sequence << " too early";
      }
    }
    return ::testing::AssertionSuccess();
  }
  // Changes something while no relay runs.
  void ExpectStartsAnewAfter(const std::string& change) {
    StartAndComeSomeWay();
    relay_->Kill();
    WaitUntil(
        [&] {
          return outbox_.db.QueryInt(
                     "SELECT count(active_pid) FROM pg_replication_slots WHERE"
                     " database = current_database()") == 0;
        },
        "the slot to be free");
    outbox_.db.Exec(change);
    Start();
    ExpectAll(kRows / 2, kRows / 2);
    EXPECT_TRUE(Logs(*relay_, kComplete));
    EXPECT_THAT(relay_->Output(), Not(HasSubstr(kContinues)));
    EXPECT_EQ(outbox_.db.QueryInt("SELECT count(*) FROM pg_replication_slots WHERE database ="
                                  " current_database()"),
              1);
  }

  StandardOutbox outbox_;
  std::unique_ptr<ChildProcess> relay_;

 private:
  const std::string settings_;
  int stored_ = 0;
};

class RelayCutOrderedBackfill : public RelayCutBackfill {
 protected:
  RelayCutOrderedBackfill()
      : RelayCutBackfill(TestStack::Get(), ", place bigserial UNIQUE",
                         "columns.order = \"place\"\n") {}
};

class RelayCutByServer : public RelayCutBackfill {
 protected:
  explicit RelayCutByServer(
      std::unique_ptr<ThrowawayPostgres> postgres = std::make_unique<ThrowawayPostgres>())
      : RelayCutBackfill(postgres->stack()), postgres_(std::move(postgres)) {}
  std::unique_ptr<ThrowawayPostgres> postgres_;
};

TEST_F(RelayCutBackfill, ContinuesWhenTheRelayIsKilled) {
  CutUntilComplete([&] {
    relay_->Kill();
    Start();
  });
  EXPECT_THAT(relay_->Output(), HasSubstr(kContinues));
}

TEST_F(RelayCutBackfill, ContinuesWhenItsConnectionsAreCut) {
  CutUntilComplete([&] {
    outbox_.db.Exec(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname ="
        " current_database() AND usename = 'outbox_relay'");
  });
  EXPECT_THAT(relay_->Output(), HasSubstr(kContinues));
}

TEST_F(RelayCutByServer, ContinuesWhenTheServerIsRestarted) {
  CutUntilComplete([&] {
    postgres_->Kill();
    postgres_->Start();
    ASSERT_TRUE(outbox_.ServerAnswers());
  });
  EXPECT_THAT(relay_->Output(), HasSubstr(kContinues));
}

TEST_F(RelayCutBackfill, WithoutItsSlotItStartsAnew) {
  ExpectStartsAnewAfter("SELECT pg_drop_replication_slot(slot) FROM outbox_relay.backfills");
}

TEST_F(RelayCutBackfill, WithAnotherPublicationItStartsAnew) {
  ExpectStartsAnewAfter("ALTER PUBLICATION p SET (publish = 'insert, update')");
}

TEST_F(RelayCutBackfill, WithEveryRowInAnotherPlaceItStartsAnew) {
  ExpectStartsAnewAfter("CLUSTER outbox USING outbox_pkey");
}

TEST_F(RelayCutOrderedBackfill, ContinuesInOrder) {
  CutUntilComplete([&] {
    relay_->Kill();
    Start();
  });
  EXPECT_THAT(relay_->Output(), HasSubstr(kContinues));
  EXPECT_TRUE(FirstOccurrencesCameInOrder());
}

// The rows of a key that came in while the backfill ran are before and behind the place that it had
// reached.
TEST_F(RelayCutOrderedBackfill, NoRowOfAKeyOvertakesOneBeforeThePlaceItHadReached) {
  StartAndComeSomeWay();
  relay_->Kill();
  outbox_.db.Exec(
      "INSERT INTO outbox (aggregatetype, aggregateid, type, payload, place)"
      " VALUES ('Order', 'late', '', '{\"n\": 1}', -1)");
  outbox_.db.Exec(
      "INSERT INTO outbox (aggregatetype, aggregateid, type, payload, place)"
      " VALUES ('Order', 'late', '', '{\"n\": 2}', 1000000)");
  Start();
  EXPECT_TRUE(Logs(*relay_, kContinues));
  ExpectAll(kRows / 2, kRows / 2);
  EXPECT_TRUE(Logs(*relay_, kComplete));
  EXPECT_TRUE(FirstOccurrencesCameInOrder());
}

TEST_F(RelayCutOrderedBackfill, ARowWithoutAPlaceIsNotLeftOut) {
  outbox_.db.Exec(
      "ALTER TABLE outbox ALTER place DROP NOT NULL;"
      "INSERT INTO outbox (aggregatetype, aggregateid, type, payload, place)"
      " VALUES ('Order', 'b', '', '{\"n\": 1000}', NULL)");
  StartAndComeSomeWay();
  relay_->Kill();
  Start();
  EXPECT_TRUE(Logs(*relay_, kContinues));
  ExpectAll(kRows / 2, kRows / 2 + 1);
}

}  // namespace
}  // namespace waybill::test
