#include "outbox_relay/source/start_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace waybill::outbox_relay {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const Checkpoint kCheckpoint{.slot = "s_2",
                             .confirmed = 500,
                             .horizon = 77,
                             .system_identifier = "here",
                             .publication_oid = 9,
                             .table_oid = 5};

Outbox Inspected(std::uint32_t table_oid, std::uint32_t publication_oid) {
  Outbox outbox;
  outbox.table_oid = table_oid;
  outbox.publication_oid = publication_oid;
  return outbox;
}

const Outbox kOutbox = Inspected(5, 9);
const Outbox kAltered = Inspected(5, 10);
const Outbox kAnotherTable = Inspected(6, 10);

SlotState Slot(const std::string& name, Lsn confirmed = 400) {
  return {.name = name, .lost = false, .confirmed = confirmed, .active_pid = 0};
}

TEST(StartPlan, AHealthySlotIsStreamedFrom) {
  const StartPlan plan = PlanStart(kCheckpoint, {Slot("s_2")}, "here", kOutbox, true);
  EXPECT_FALSE(plan.backfill);
  EXPECT_THAT(plan.drop, IsEmpty());
}

TEST(StartPlan, TheFirstStartBackfillsEverythingAndDropsSlotsOfAnInterruptedOne) {
  const StartPlan plan = PlanStart(std::nullopt, {Slot("s_1")}, "here", kOutbox, true);
  EXPECT_TRUE(plan.backfill);
  EXPECT_EQ(plan.horizon, 0u);
  EXPECT_THAT(plan.drop, ElementsAre("s_1"));
}

TEST(StartPlan, AMissingSlotBackfillsFromTheHorizon) {
  const StartPlan plan = PlanStart(kCheckpoint, {Slot("s_3")}, "here", kOutbox, true);
  EXPECT_TRUE(plan.backfill);
  EXPECT_EQ(plan.horizon, 77u);
  EXPECT_THAT(plan.drop, ElementsAre("s_3"));
}

TEST(StartPlan, ALostSlotBackfills) {
  SlotState lost = Slot("s_2");
  lost.lost = true;
  const StartPlan plan = PlanStart(kCheckpoint, {lost}, "here", kOutbox, true);
  EXPECT_TRUE(plan.backfill);
  EXPECT_THAT(plan.drop, ElementsAre("s_2"));
}

TEST(StartPlan, ASlotThatWasMovedBeyondTheCheckpointBackfills) {
  EXPECT_TRUE(PlanStart(kCheckpoint, {Slot("s_2", 501)}, "here", kOutbox, true).backfill);
  EXPECT_FALSE(PlanStart(kCheckpoint, {Slot("s_2", 500)}, "here", kOutbox, true).backfill);
}

TEST(StartPlan, ATableThatLeftThePublicationAndCameBackBackfills) {
  const StartPlan plan = PlanStart(kCheckpoint, {Slot("s_2")}, "here", kAltered, true);
  EXPECT_TRUE(plan.backfill);
  EXPECT_FALSE(plan.copy);
  EXPECT_EQ(plan.horizon, 77u);
}

TEST(StartPlan, ATableThatLeftThePublicationAndDoesNotKeepItsRowsIsCopiedAndItsSlotStreamed) {
  const StartPlan plan = PlanStart(kCheckpoint, {Slot("s_2")}, "here", kAltered, false);
  EXPECT_FALSE(plan.backfill);
  EXPECT_TRUE(plan.copy);
  EXPECT_THAT(plan.drop, IsEmpty());
}

TEST(StartPlan, AnotherTableByTheNameIsPublishedWholeOnceTheSlotOfTheFormerOneIsDrained) {
  for (const bool rows_are_kept : {true, false}) {
    const StartPlan plan =
        PlanStart(kCheckpoint, {Slot("s_2")}, "here", kAnotherTable, rows_are_kept);
    EXPECT_TRUE(plan.drain);
    EXPECT_TRUE(plan.backfill);
    EXPECT_FALSE(plan.copy);
    EXPECT_EQ(plan.horizon, 0u);
    EXPECT_EQ(plan.refusal, "");
  }
}

TEST(StartPlan, AFormerTableThatIsThereButHasNoSlotIsNotForgotten) {
  Outbox renamed = kAnotherTable;
  renamed.bound_name = "outbox_old";
  EXPECT_THAT(PlanStart(kCheckpoint, {}, "here", renamed, true).refusal, HasSubstr("outbox_old"));
  const StartPlan dropped = PlanStart(kCheckpoint, {}, "here", kAnotherTable, true);
  EXPECT_EQ(dropped.refusal, "");
  EXPECT_TRUE(dropped.backfill);
  EXPECT_FALSE(dropped.drain);
}

TEST(StartPlan, AMissingPartitionMayHaveRowsThatTheLogAloneHas) {
  Checkpoint partitioned = kCheckpoint;
  partitioned.partitions = {{3, 13}, {4, 14}};
  Outbox altered = kAltered;
  altered.partitions = {{3, 13}, {4, 14}, {5, 15}};
  EXPECT_TRUE(PlanStart(partitioned, {Slot("s_2")}, "here", altered, true).backfill);
  altered.partitions = {{4, 14}, {5, 15}};
  EXPECT_TRUE(PlanStart(partitioned, {Slot("s_2")}, "here", altered, true).copy);
}

TEST(StartPlan, APartitionThatWasRewrittenMayHaveBeenUnlogged) {
  Checkpoint partitioned = kCheckpoint;
  partitioned.partitions = {{3, 13}, {4, 14}};
  Outbox now = kOutbox;
  now.partitions = {{3, 13}, {4, 14}, {5, 15}};
  EXPECT_FALSE(PlanStart(partitioned, {Slot("s_2")}, "here", now, true).backfill);
  now.partitions = {{4, 14}};
  EXPECT_FALSE(PlanStart(partitioned, {Slot("s_2")}, "here", now, true).copy);
  now.partitions = {{3, 13}, {4, 24}};
  EXPECT_TRUE(PlanStart(partitioned, {Slot("s_2")}, "here", now, true).backfill);
  EXPECT_TRUE(PlanStart(partitioned, {Slot("s_2")}, "here", now, false).copy);
}

TEST(StartPlan, ACheckpointThatNamesNoTableIsOfTheTableByTheName) {
  Checkpoint unbound = kCheckpoint;
  unbound.table_oid = 0;
  EXPECT_FALSE(PlanStart(unbound, {Slot("s_2")}, "here", kOutbox, true).backfill);
}

TEST(StartPlan, AnotherClusterBackfillsFromTheBeginning) {
  const StartPlan plan = PlanStart(kCheckpoint, {Slot("s_2")}, "there", kOutbox, true);
  EXPECT_TRUE(plan.backfill);
  EXPECT_EQ(plan.horizon, 0u);
}

TEST(StartPlan, ASlotLeftByACrashInABackfillIsDroppedAndNeverStreamedFrom) {
  const StartPlan plan =
      PlanStart(kCheckpoint, {Slot("s_2"), Slot("s_3"), Slot("s")}, "here", kOutbox, true);
  EXPECT_FALSE(plan.backfill);
  EXPECT_THAT(plan.drop, ElementsAre("s_3", "s"));
}

TEST(NextSlotName, IsOneThatWasNeverUsed) {
  EXPECT_EQ(NextSlotName("s", {}), "s_1");
  EXPECT_EQ(NextSlotName("s", {"s", "s_9", "s_10", "s_x"}), "s_11");
}

}  // namespace
}  // namespace waybill::outbox_relay
