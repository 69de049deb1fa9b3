#include "outbox_relay/sink/window.h"

#include <gtest/gtest.h>

#include <random>

namespace waybill::outbox_relay {
namespace {

TEST(Window, ATransactionIsConfirmedOnlyWhenEveryRecordOfItAndBeforeItIsDone) {
  Window window(10, 1000);
  const auto a = window.Add(10);
  window.EndTransaction(100);
  const auto b = window.Add(10);
  const auto c = window.Add(10);
  window.EndTransaction(200);
  window.Done(c);
  window.Done(b);
  EXPECT_EQ(window.confirmed(), 0u);
  window.Done(a);
  EXPECT_EQ(window.confirmed(), 200u);
  EXPECT_TRUE(window.empty());
  EXPECT_EQ(window.bytes(), 0u);
}

TEST(Window, TellsWhenEachTransactionWithRecordsWasCommittedOnceItIsDone) {
  const absl::Time early = absl::FromUnixSeconds(1);
  const absl::Time late = absl::FromUnixSeconds(2);
  Window window(10, 1000);
  const auto a = window.Add(10);
  window.EndTransaction(100, early);
  const auto b = window.Add(10);
  window.EndTransaction(200, late);
  EXPECT_EQ(window.oldest(), early);
  window.Done(b);
  EXPECT_TRUE(window.TakeCompleted().empty());
  window.Done(a);
  EXPECT_EQ(window.TakeCompleted(), (std::vector<absl::Time>{early, late}));
  EXPECT_EQ(window.oldest(), absl::InfiniteFuture());
  // One record is done before its transaction's end is known, and one has no end.
  window.Done(window.Add(10));
  window.EndTransaction(300, late);
  window.EndTransaction(400, early);
  EXPECT_EQ(window.TakeCompleted(), (std::vector<absl::Time>{late}));
}

TEST(Window, ATransactionThatHasNotEndedIsNotConfirmed) {
  Window window(10, 1000);
  window.EndTransaction(50);
  window.Done(window.Add(10));
  EXPECT_EQ(window.confirmed(), 50u);
}

TEST(Window, AnEmptyTransactionBehindOpenRecordsWaitsForThem) {
  Window window(10, 1000);
  const auto a = window.Add(10);
  window.EndTransaction(100);
  window.EndTransaction(300);
  EXPECT_EQ(window.confirmed(), 0u);
  window.Done(a);
  EXPECT_EQ(window.confirmed(), 300u);
}

TEST(Window, IsFullByRecordsAndByBytesButTakesOneThatIsLargerThanAllOfIt) {
  Window few(2, 1000);
  few.Add(1);
  few.Add(1);
  EXPECT_FALSE(few.HasRoom(1));
  Window small(10, 100);
  EXPECT_TRUE(small.HasRoom(5000));
  const auto large = small.Add(5000);
  EXPECT_FALSE(small.HasRoom(1));
  small.Done(large);
  EXPECT_TRUE(small.HasRoom(1));
}

TEST(Window, ARecordDoneTwiceCountsOnce) {
  Window window(10, 1000);
  const auto a = window.Add(10);
  const auto b = window.Add(20);
  window.Done(a);
  window.Done(a);
  EXPECT_EQ(window.bytes(), 20u);
  window.Done(b);
  EXPECT_TRUE(window.empty());
}

// Compares the window with the simplest model: a list of records with the ends of their
// transactions.
TEST(Window, ConfirmsWhatAPlainListWouldForAnyOrderOfOutcomes) {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    Window window(16, 1 << 20);
    struct Item {
      std::uint64_t number;
      Lsn end;
      bool done;
    };
    std::vector<Item> items;
    Lsn end = 0;
    for (int step = 0; step < 300; ++step) {
      if (random() % 2 == 0 && window.HasRoom(10)) {
        items.push_back({window.Add(10), 0, false});
        if (random() % 3 == 0) {
          window.EndTransaction(++end);
          for (Item& item : items) item.end = item.end == 0 ? end : item.end;
        }
      } else if (!items.empty()) {
        Item& item = items[random() % items.size()];
        window.Done(item.number);
        item.done = true;
      }
      Lsn expected = end;
      for (const Item& item : items) {
        if (item.done) continue;
        expected = item.end == 0 ? expected : std::min(expected, item.end - 1);
      }
      ASSERT_EQ(window.confirmed(), expected);
    }
  }
}

}  // namespace
}  // namespace waybill::outbox_relay
