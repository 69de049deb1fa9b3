#include <gtest/gtest.h>

#include <vector>

#include "absl/time/time.h"
#include "tools/verify/judge.h"

namespace waybill::verify {
namespace {

const absl::Time kHorizon = absl::FromUnixSeconds(1'800'000'000);

// What verify finds of an event that one service has processed, and that neither its outbox nor its
// topic holds, when they hold what was committed since kHorizon.
std::vector<Violation> JudgeUncommitted(absl::Time made, absl::Time processed) {
  const NotedEvent note{.event = Uuid::LowestV7(made), .at = absl::ToUnixMicros(processed)};
  std::vector<Violation> violations;
  JudgeEvent({}, {&note, 1},
             {.idle_since = absl::ToUnixMicros(kHorizon + absl::Hours(100)),
              .rows_from = absl::ToUnixMicros(kHorizon)},
             violations);
  return violations;
}

TEST(VerifyJudgeTest, AnEventThatWasNeverCommittedIsNamed) {
  const absl::Time made = kHorizon + absl::Hours(2);
  EXPECT_EQ(JudgeUncommitted(made, made + absl::Seconds(1)).size(), 1u);
}

TEST(VerifyJudgeTest, AnEventMadeBeforeTheHorizonAndProcessedAfterItProvesNothing) {
  const absl::Time made = kHorizon - absl::Milliseconds(20);
  EXPECT_TRUE(JudgeUncommitted(made, kHorizon + absl::Milliseconds(5)).empty());
  // A service that was down for a day.
  EXPECT_TRUE(JudgeUncommitted(made, kHorizon + absl::Hours(24)).empty());
}

TEST(VerifyJudgeTest, ATransactionThatBeganBeforeTheHorizonMayHaveMadeTheIdAfterIt) {
  const absl::Time made = kHorizon + absl::Milliseconds(3);
  EXPECT_TRUE(JudgeUncommitted(made, made + absl::Hours(3)).empty());
}

}  // namespace
}  // namespace waybill::verify
