#include "outbox_relay/base/snapshot.h"

#include <gtest/gtest.h>

namespace waybill::outbox_relay {
namespace {

TEST(RelaySnapshot, SeesWhatHadEndedAndNothingElse) {
  const auto snapshot = Snapshot::Parse("100:110:100,105");
  ASSERT_TRUE(snapshot.ok());
  EXPECT_TRUE(snapshot->Saw(99));
  EXPECT_FALSE(snapshot->Saw(100));
  EXPECT_TRUE(snapshot->Saw(101));
  EXPECT_FALSE(snapshot->Saw(105));
  EXPECT_TRUE(snapshot->Saw(109));
  EXPECT_FALSE(snapshot->Saw(110));
  EXPECT_FALSE(snapshot->Saw(5000));
}

// Transaction ids in the WAL have 32 bits and wrap around.
TEST(RelaySnapshot, TellsTheEpochOfAShortTransactionNumber) {
  const auto snapshot = Snapshot::Parse("4294967290:4294967300:4294967299");
  ASSERT_TRUE(snapshot.ok());
  EXPECT_TRUE(snapshot->Saw(4294967289U));
  EXPECT_TRUE(snapshot->Saw(4294967295U));
  EXPECT_TRUE(snapshot->Saw(2));
  EXPECT_FALSE(snapshot->Saw(3));
  EXPECT_FALSE(snapshot->Saw(4));
}

TEST(RelaySnapshot, RefusesWhatIsNone) {
  for (const char* text : {"", "1:2", "1:x:", "1:2:3,"}) {
    EXPECT_FALSE(Snapshot::Parse(text).ok()) << text;
  }
  EXPECT_TRUE(Snapshot::Parse("1:2:").ok());
}

}  // namespace
}  // namespace waybill::outbox_relay
