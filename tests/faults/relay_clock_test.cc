// The relay does without the wall clock: somebody may set it.
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/integration/relay_endpoint.h"
#include "tests/integration/relay_harness.h"
#include "tests/support/settable_clock.h"
#include "tests/support/wait.h"

namespace waybill::test {
namespace {

class RelayClock : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!SettableClock::IsSupported()) GTEST_SKIP() << "a sanitizer must be loaded first";
    relay_.env = clock_.env();
    relay_.extra = endpoint_.Config();
    relay_.Start();
    relay_.Put("a", ++rows_);
    relay_.ExpectInOrder("a", rows_);
    EXPECT_TRUE(endpoint_.BecomesReady());
  }

  void ExpectNewRowsArriveAndAreConfirmed() {
    const std::string before = relay_.db.QueryText("SELECT pg_current_wal_lsn()");
    relay_.Put("a");
    relay_.ExpectInOrder("a", ++rows_);
    EXPECT_TRUE(Eventually(
        [&] {
          return relay_.db.QueryInt(
                     "SELECT count(*) FROM pg_replication_slots s JOIN outbox_relay.checkpoints c"
                     " ON c.slot = s.slot_name WHERE s.confirmed_flush_lsn >= '" +
                     before + "' AND c.confirmed_lsn >= '" + before + "'") == 1;
        },
        "the rows are confirmed"));
  }

  // Of the session that holds the leader's locks, which is the control session.
  std::string Leader() {
    return relay_.db.QueryText(
        "SELECT DISTINCT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND database ="
        " (SELECT oid FROM pg_database WHERE datname = current_database())");
  }

  RelayHarness relay_;
  SettableClock clock_;
  RelayEndpoint endpoint_;
  int rows_ = 0;
};

TEST_F(RelayClock, SetBackOrForwardByAnHourWhileRowsFlowChangesNothing) {
  Writer writer(relay_, 1, 5);
  const std::string leader = Leader();
  for (const absl::Duration ahead :
       {-absl::Hours(1), absl::Hours(1), absl::ZeroDuration(), -absl::Hours(48)}) {
    SCOPED_TRACE(absl::FormatDuration(ahead));
    clock_.Set(ahead);
    ExpectNewRowsArriveAndAreConfirmed();
    EXPECT_TRUE(endpoint_.BecomesReady());
  }
  for (const auto& [key, count] : writer.Stop()) relay_.ExpectInOrder(key, count);
  EXPECT_EQ(Leader(), leader);
  // The clock was the one that the relay read. absl::Now() counts CPU cycles between two looks at the
  // clock, for up to 2.1 s; each row of an unknown topic is worth a line.
  const std::string day =
      absl::FormatTime("{\"time\":\"%Y-%m-%d", absl::Now() - absl::Hours(48), absl::UTCTimeZone());
  int topics = 0;
  EXPECT_TRUE(Eventually(
      [&] {
        relay_.Put("b", 1, "{}", absl::StrCat("no.such.topic.", ++topics));
        return relay_.Log().find(day) != std::string::npos;
      },
      "a line of two days ago"));
  EXPECT_EQ(relay_.Stop(), 0);
}

// What the relay waits for next, it must find whatever the clock says: here, that its session ended.
TEST_F(RelayClock, SetBackAControlSessionThatEndsIsNoticedAndTheRelayLeadsAgain) {
  clock_.Set(-absl::Hours(1));
  const std::string leader = Leader();
  relay_.db.Exec("SELECT pg_terminate_backend(" + leader + ")");
  EXPECT_TRUE(Eventually([&] { return Leader() != leader; }, "the relay leads again"));
  ExpectNewRowsArriveAndAreConfirmed();
  EXPECT_TRUE(endpoint_.BecomesReady());
}

TEST_F(RelayClock, SetBackARowThatIsParkedIsStoredAndReleased) {
  clock_.Set(-absl::Hours(1));
  relay_.Put("b", 2, "{}", "no.such.topic");
  const std::string parked = "SELECT count(*) FROM outbox_relay.parked_rows";
  EXPECT_TRUE(Eventually([&] { return relay_.db.QueryInt(parked) == 2; }, "two parked rows"));
  relay_.topics.Create({"no.such.topic"});
  relay_.ExpectInOrder("b", 2, "no.such.topic");
}

}  // namespace
}  // namespace waybill::test
