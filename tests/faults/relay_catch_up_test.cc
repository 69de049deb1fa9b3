// A long backlog is read from the table; nothing of it is lost or overtaken.
#include <gtest/gtest.h>

#include <csignal>

#include "tests/faults/killed_relay.h"
#include "tests/support/wait.h"

namespace waybill::test {
namespace {

class CatchUp : public KilledRelay {
 protected:
  void SetUp() override {
    KilledRelay::SetUp();
    relay_.extra = "[limits]\ncatch_up_bytes = 1\n";
  }

  ::testing::AssertionResult HasCaughtUp() {
    return Eventually(
        [&] { return relay_.Log().find("\"caught up by copy\"") != std::string::npos; },
        "caught up by copy");
  }
};

TEST_F(CatchUp, LosesAndReordersNothingWhileAWriterGoesOn) {
  relay_.Put("large", 5000);
  const std::string slot = Slot();
  relay_.Start();
  EXPECT_TRUE(HasCaughtUp());
  relay_.ExpectInOrder("large", 5000);
  ExpectHealed();
  EXPECT_EQ(Slot(), slot);
}

TEST_F(CatchUp, ACrashAtAnyStepOfItLosesAndReordersNothing) {
  for (const char* point : {"outbox_relay.backfill_row:50", "outbox_relay.backfill_published",
                            "outbox_relay.before_slot_moves"}) {
    relay_.env = {{"WAYBILL_DIE_AT", point}};
    relay_.Start();
    EXPECT_EQ(relay_.process().Wait(absl::Seconds(60)), 128 + SIGKILL) << point;
  }
  relay_.env.clear();
  relay_.Start();
  EXPECT_TRUE(HasCaughtUp());
  ExpectHealed();
}

// One that was open when the position was noted would be behind the slot and unseen by the
// snapshot.
TEST_F(CatchUp, ATransactionThatIsOpenIsWaitedForAndNotLost) {
  relay_.db.Exec("CREATE EXTENSION IF NOT EXISTS dblink");
  relay_.db.Exec("SELECT dblink_connect('open', '" + relay_.db.Conninfo("postgres") + "')");
  relay_.db.Exec("SELECT dblink_exec('open', 'BEGIN')");
  relay_.db.Exec(
      "SELECT * FROM dblink('open', $$SELECT relay_test_put('open', 3, '',"
      " 'orders.events')::text$$) AS t(x text)");
  relay_.Start();
  EXPECT_TRUE(Eventually(
      [&] { return relay_.Log().find("catch-up waits for transactions") != std::string::npos; },
      "the relay says whom it waits for"));
  relay_.db.Exec("SELECT dblink_exec('open', 'COMMIT')");
  EXPECT_TRUE(HasCaughtUp());
  relay_.ExpectInOrder("open", 3);
  ExpectHealed();
}

TEST_F(CatchUp, AParkedKeyStaysParkedAndTheOthersDontNotice) {
  relay_.Put("large", 1, std::string(2'000'000, 'x'));
  relay_.Start();
  const auto parked = [&] {
    return relay_.db.QueryInt("SELECT count(*) FROM outbox_relay.parked_rows");
  };
  EXPECT_TRUE(Eventually([&] { return parked() == 1; }, "the first row is parked"));
  relay_.Kill();
  relay_.Put("large", 3);
  relay_.Start();
  EXPECT_TRUE(Eventually([&] { return parked() == 4; }, "the others are parked behind it"));
  ExpectHealed();
  for (const Record& record : relay_.topics.ReadAll("orders.events"))
    EXPECT_NE(record.key, "large");
}

}  // namespace
}  // namespace waybill::test
