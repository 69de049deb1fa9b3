// However the slot gets lost, no row is: the relay heals itself from the table.
#include <gtest/gtest.h>

#include "tests/integration/relay_harness.h"
#include "tests/support/wait.h"

namespace waybill::test {
namespace {

std::string Slot(RelayHarness& relay) {
  return relay.db.QueryText("SELECT slot FROM outbox_relay.checkpoints");
}

void ExpectAllInOrder(RelayHarness& relay, const std::map<std::string, int>& written) {
  for (const auto& [key, count] : written) relay.ExpectInOrder(key, count);
}

void AwaitPublished(RelayHarness& relay, int more) {
  relay.topics.ReadCount("orders.events", relay.topics.ReadAll("orders.events").size() +
                                              static_cast<std::size_t>(more));
}

// A relay that has streamed for a while and then been killed, with a writer going on.
class SlotLoss : public ::testing::Test {
 protected:
  void SetUp() override {
    relay_.Start();
    writer_ = std::make_unique<Writer>(relay_, 1, 7);
    AwaitPublished(relay_, 100);
    ASSERT_TRUE(Eventually(
        [&] {
          return relay_.db.QueryInt(
                     "SELECT (horizon::text::bigint > 0)::int"
                     " FROM outbox_relay.checkpoints") == 1;
        },
        "a checkpoint"));
    relay_.Kill();
    ASSERT_TRUE(Eventually(
        [&] {
          return relay_.db.QueryInt(
                     "SELECT count(*) FROM pg_replication_slots WHERE active AND"
                     " database = current_database()") == 0;
        },
        "the slot is free"));
  }

  void ExpectHealed() {
    AwaitPublished(relay_, 100);
    ExpectAllInOrder(relay_, writer_->Stop());
    EXPECT_EQ(relay_.db.QueryRows("SELECT slot_name FROM pg_replication_slots WHERE database ="
                                  " current_database()"),
              (std::vector<std::vector<std::string>>{{Slot(relay_)}}));
  }

  RelayHarness relay_;
  std::unique_ptr<Writer> writer_;
};

TEST_F(SlotLoss, ADroppedSlotHealsWithoutAGap) {
  relay_.db.Exec("SELECT pg_drop_replication_slot(slot) FROM outbox_relay.checkpoints");
  relay_.Start();
  ExpectHealed();
}

TEST_F(SlotLoss, ASlotThatSomebodyMovedHealsWithoutAGap) {
  relay_.db.Exec(
      "SELECT pg_replication_slot_advance(slot, pg_current_wal_insert_lsn())"
      " FROM outbox_relay.checkpoints");
  relay_.Start();
  ExpectHealed();
}

TEST_F(SlotLoss, ACrashAtAnyStepOfTheBackfillHealsWithoutAGap) {
  relay_.db.Exec("SELECT pg_drop_replication_slot(slot) FROM outbox_relay.checkpoints");
  for (const char* point : {"outbox_relay.slot_created", "outbox_relay.backfill_row:50",
                            "outbox_relay.backfill_published"}) {
    relay_.env = {{"WAYBILL_DIE_AT", point}};
    relay_.Start();
    EXPECT_EQ(relay_.process().Wait(absl::Seconds(30)), 128 + SIGKILL) << point;
  }
  relay_.env.clear();
  relay_.Start();
  ExpectHealed();
}

TEST_F(SlotLoss, ATableThatLeftThePublicationAndCameBackHealsWithoutAGap) {
  relay_.db.Exec("ALTER PUBLICATION waybill_outbox DROP TABLE outbox");
  relay_.Put("unseen", 5);
  relay_.db.Exec("ALTER PUBLICATION waybill_outbox ADD TABLE outbox");
  relay_.Start();
  relay_.ExpectInOrder("unseen", 5);
  ExpectHealed();
}

TEST_F(SlotLoss, ThePublicationMadeAnewUnderARunningRelayHealsWithoutAGap) {
  relay_.Start();
  AwaitPublished(relay_, 50);
  relay_.db.Exec("DROP PUBLICATION waybill_outbox");
  relay_.Put("unseen", 5);
  relay_.db.Exec(
      "CREATE PUBLICATION waybill_outbox FOR TABLE outbox"
      " WITH (publish = 'insert', publish_via_partition_root = true)");
  relay_.ExpectInOrder("unseen", 5);
  ExpectHealed();
}

TEST_F(SlotLoss, ACrashBetweenTheCheckpointAndTheConfirmationLosesNothing) {
  for (const char* point : {"outbox_relay.before_checkpoint:2", "outbox_relay.before_confirm:2"}) {
    relay_.env = {{"WAYBILL_DIE_AT", point}};
    relay_.Start();
    EXPECT_EQ(relay_.process().Wait(absl::Seconds(30)), 128 + SIGKILL) << point;
  }
  relay_.env.clear();
  const std::string slot = Slot(relay_);
  relay_.Start();
  ExpectHealed();
  EXPECT_EQ(Slot(relay_), slot) << "a backfill that nobody needed";
}

// A transaction that was open when the backfill's snapshot was taken is in the slot, and one that
// was open when the slot was to be made is waited for.
TEST_F(SlotLoss, ATransactionThatIsOpenDuringTheBackfillIsNotLost) {
  relay_.db.Exec("SELECT pg_drop_replication_slot(slot) FROM outbox_relay.checkpoints");
  relay_.db.Exec("CREATE EXTENSION IF NOT EXISTS dblink");
  relay_.db.Exec("SELECT dblink_connect('open', '" + relay_.db.Conninfo("postgres") + "')");
  relay_.db.Exec("SELECT dblink_exec('open', 'BEGIN')");
  relay_.db.Exec(
      "SELECT * FROM dblink('open', $$SELECT relay_test_put('open', 3, '',"
      " 'orders.events')::text$$) AS t(x text)");
  relay_.Start();
  EXPECT_TRUE(Eventually(
      [&] { return relay_.Log().find("the new slot waits for transactions") != std::string::npos; },
      "the relay says whom it waits for"));
  relay_.db.Exec("SELECT dblink_exec('open', 'COMMIT')");
  relay_.ExpectInOrder("open", 3);
  ExpectHealed();
}

}  // namespace
}  // namespace waybill::test
