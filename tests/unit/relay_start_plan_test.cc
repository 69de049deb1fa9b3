#include "outbox_relay/source/start_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace waybill::outbox_relay {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const Checkpoint kCheckpoint{.slot = "s_2",
                             .confirmed = 500,
                             .horizon = 77,
                             .system_identifier = "here",
                             .publication_oid = 9};

SlotState Slot(const std::string& name, Lsn confirmed = 400) {
  return {.name = name, .lost = false, .confirmed = confirmed, .active_pid = 0};
}

TEST(StartPlan, AHealthySlotIsStreamedFrom) {
  const StartPlan plan = PlanStart(kCheckpoint, {Slot("s_2")}, "here", 9);
  EXPECT_FALSE(plan.backfill);
  EXPECT_THAT(plan.drop, IsEmpty());
}

TEST(StartPlan, TheFirstStartBackfillsEverythingAndDropsSlotsOfAnInterruptedOne) {
  const StartPlan plan = PlanStart(std::nullopt, {Slot("s_1")}, "here", 9);
  EXPECT_TRUE(plan.backfill);
  EXPECT_EQ(plan.horizon, 0u);
  EXPECT_THAT(plan.drop, ElementsAre("s_1"));
}

TEST(StartPlan, AMissingSlotBackfillsFromTheHorizon) {
  const StartPlan plan = PlanStart(kCheckpoint, {Slot("s_3")}, "here", 9);
  EXPECT_TRUE(plan.backfill);
  EXPECT_EQ(plan.horizon, 77u);
  EXPECT_THAT(plan.drop, ElementsAre("s_3"));
}

TEST(StartPlan, ALostSlotBackfills) {
  SlotState lost = Slot("s_2");
  lost.lost = true;
  const StartPlan plan = PlanStart(kCheckpoint, {lost}, "here", 9);
  EXPECT_TRUE(plan.backfill);
  EXPECT_THAT(plan.drop, ElementsAre("s_2"));
}

TEST(StartPlan, ASlotThatWasMovedBeyondTheCheckpointBackfills) {
  EXPECT_TRUE(PlanStart(kCheckpoint, {Slot("s_2", 501)}, "here", 9).backfill);
  EXPECT_FALSE(PlanStart(kCheckpoint, {Slot("s_2", 500)}, "here", 9).backfill);
}

TEST(StartPlan, ATableThatLeftThePublicationAndCameBackBackfills) {
  EXPECT_TRUE(PlanStart(kCheckpoint, {Slot("s_2")}, "here", 10).backfill);
}

TEST(StartPlan, AnotherClusterBackfillsFromTheBeginning) {
  const StartPlan plan = PlanStart(kCheckpoint, {Slot("s_2")}, "there", 9);
  EXPECT_TRUE(plan.backfill);
  EXPECT_EQ(plan.horizon, 0u);
}

TEST(StartPlan, ASlotLeftByACrashInABackfillIsDroppedAndNeverStreamedFrom) {
  const StartPlan plan = PlanStart(kCheckpoint, {Slot("s_2"), Slot("s_3"), Slot("s")}, "here", 9);
  EXPECT_FALSE(plan.backfill);
  EXPECT_THAT(plan.drop, ElementsAre("s_3", "s"));
}

TEST(NextSlotName, IsOneThatWasNeverUsed) {
  EXPECT_EQ(NextSlotName("s", {}), "s_1");
  EXPECT_EQ(NextSlotName("s", {"s", "s_9", "s_10", "s_x"}), "s_11");
}

}  // namespace
}  // namespace waybill::outbox_relay
