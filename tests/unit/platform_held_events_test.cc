// What waits for a retry holds its key, and nothing else.
#include "platform/inbox/held_events.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace waybill::inbox {
namespace {

class HeldEventsTest : public ::testing::Test {
 protected:
  void Add(const std::string& key, const std::string& payload, int partition = 0) {
    ReceivedEvent received;
    received.partition = {"orders.events", partition};
    received.offset = next_offset_++;
    received.key = key;
    received.event.topic = "orders.events";
    received.event.key = key;
    received.event.payload = payload;
    held_.Add(std::move(received));
  }

  static std::string TextOf(const HeldEvents::Batch& batch) {
    std::string text;
    for (const ReceivedEvent* event : batch) text += event->event.payload;
    return text;
  }
  std::string Untried() { return TextOf(held_.Untried(100)); }
  std::string Due(absl::Time now, std::size_t max = 100) {
    return TextOf(held_.DueRetries(now, max));
  }
  // All newcomers are tried; those of these payloads fail.
  void TryAndFail(const std::string& payloads) {
    const HeldEvents::Batch tried = held_.Untried(100);
    HeldEvents::Batch pending;
    for (const ReceivedEvent* event : tried) {
      if (payloads.find(event->event.payload) != std::string::npos) pending.push_back(event);
    }
    held_.Settle(tried, pending, kNow);
  }

  static inline const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);
  static inline const absl::Time kLater = kNow + absl::Minutes(1);
  HeldEvents held_{4};
  std::int64_t next_offset_ = 0;
};

TEST_F(HeldEventsTest, ItsKeysAreThoseOfAllThatIsNotDone) {
  Add("waits", "a");
  Add("done", "b");
  TryAndFail("a");
  Add("behind", "c");
  EXPECT_THAT(held_.Keys(), ::testing::UnorderedElementsAre("waits", "behind"));
}

TEST_F(HeldEventsTest, AnEventThatWaitsHoldsTheLaterOnesOfItsKeyOnly) {
  Add("k", "a");
  Add("l", "b");
  EXPECT_EQ(Untried(), "ab");
  TryAndFail("a");
  Add("k", "c");
  Add("l", "d");
  EXPECT_EQ(Untried(), "d");
  EXPECT_EQ(Due(kNow), "");
  EXPECT_EQ(Due(kLater), "a");
  const HeldEvents::Batch retried = held_.DueRetries(kLater, 100);
  held_.Settle(retried, {}, kLater);
  EXPECT_EQ(Untried(), "cd");
}

TEST_F(HeldEventsTest, OfOneKeysPendingEventsOnlyTheFirstWaits) {
  for (const char* payload : {"a", "b", "c"}) Add("k", payload);
  TryAndFail("abc");
  EXPECT_EQ(Due(kLater), "a");
  EXPECT_EQ(Untried(), "");
}

TEST_F(HeldEventsTest, RetriesComeAFewAtATime) {
  for (const char* key : {"a", "b", "c"}) Add(key, key);
  TryAndFail("abc");
  EXPECT_EQ(Due(kLater, 2), "ab");
}

TEST_F(HeldEventsTest, AfterAnOutageAllCanBeTriedAtOnce) {
  for (const char* key : {"a", "b", "c"}) Add(key, key);
  const HeldEvents::Batch tried = held_.Untried(100);
  held_.SettleUntried(tried, {tried[1], tried[2]});
  EXPECT_EQ(Untried(), "bc");
  EXPECT_FALSE(held_.NextRetry().has_value());
}

TEST_F(HeldEventsTest, APartitionIsFullByEventsOrBytesAndTheOthersAreNot) {
  for (int i = 0; i < 4; ++i) Add("k" + std::to_string(i), "a", 1);
  Add("l", std::string(HeldEvents::kMaxBytesPerPartition, 'x'), 2);
  for (int i = 0; i < 3; ++i) Add("m" + std::to_string(i), "b", 3);
  EXPECT_EQ(held_.Full(),
            (std::set<kafka::TopicPartition>{{"orders.events", 1}, {"orders.events", 2}}));
}

TEST_F(HeldEventsTest, TheOldestOffsetOfEachPartitionIsKnown) {
  Add("a", "a", 1);
  Add("b", "b", 2);
  Add("c", "c", 1);
  TryAndFail("bc");
  EXPECT_EQ(held_.OldestOffsets(), (std::map<kafka::TopicPartition, std::int64_t>{
                                       {{"orders.events", 1}, 2}, {{"orders.events", 2}, 1}}));
  EXPECT_EQ(held_.size(), 2u);
}

}  // namespace
}  // namespace waybill::inbox
