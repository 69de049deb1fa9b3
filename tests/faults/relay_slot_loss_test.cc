// However the slot is lost, no row is lost: the relay heals itself from the table.
#include <gtest/gtest.h>

#include "tests/faults/killed_relay.h"
#include "tests/support/wait.h"

namespace waybill::test {
namespace {

class SlotLoss : public KilledRelay {};

TEST_F(SlotLoss, ADroppedSlotHealsWithoutAGap) {
  relay_.db.DropSlots("slot FROM outbox_relay.checkpoints");
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
  relay_.db.DropSlots("slot FROM outbox_relay.checkpoints");
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
  AwaitPublished(50);
  relay_.db.Exec("DROP PUBLICATION waybill_outbox");
  relay_.Put("unseen", 5);
  relay_.db.Exec(
      "CREATE PUBLICATION waybill_outbox FOR TABLE outbox"
      " WITH (publish = 'insert', publish_via_partition_root = true)");
  relay_.ExpectInOrder("unseen", 5);
  ExpectHealed();
}

TEST_F(SlotLoss, APublicationThatStoppedPublishingInsertsForAWhileHealsWithoutAGap) {
  relay_.Start();
  AwaitPublished(50);
  relay_.db.Exec("ALTER PUBLICATION waybill_outbox SET (publish = 'update')");
  relay_.Put("unseen", 5);
  relay_.db.Exec("ALTER PUBLICATION waybill_outbox SET (publish = 'insert')");
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
  const std::string slot = Slot();
  relay_.Start();
  ExpectHealed();
  EXPECT_EQ(Slot(), slot) << "the relay has made an unnecessary backfill";
}

// A transaction that was open when the backfill's snapshot was taken is in the slot, and the relay
// waits for one that was open when it was about to create the slot.
TEST_F(SlotLoss, ATransactionThatIsOpenDuringTheBackfillIsNotLost) {
  relay_.db.DropSlots("slot FROM outbox_relay.checkpoints");
  relay_.db.Exec("CREATE EXTENSION IF NOT EXISTS dblink");
  relay_.db.Exec("SELECT dblink_connect('open', '" + relay_.db.Conninfo("postgres") + "')");
  relay_.db.Exec("SELECT dblink_exec('open', 'BEGIN')");
  relay_.db.Exec(
      "SELECT * FROM dblink('open', $$SELECT relay_test_put('open', 3, '',"
      " 'orders.events')::text$$) AS t(x text)");
  relay_.Start();
  EXPECT_TRUE(Eventually(
      [&] { return relay_.Log().find("the new slot waits for transactions") != std::string::npos; },
      "the relay to name the transactions that it waits for"));
  relay_.db.Exec("SELECT dblink_exec('open', 'COMMIT')");
  relay_.ExpectInOrder("open", 3);
  ExpectHealed();
}

}  // namespace
}  // namespace waybill::test
