#include <gtest/gtest.h>

#include <atomic>

#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/notification.h"
#include "platform/executor/backoff.h"
#include "platform/executor/executor.h"
#include "platform/executor/periodic_worker.h"

namespace waybill {
namespace {

TEST(ExecutorTest, AFullQueueRefusesAtOnceAndWhatWasTakenRuns) {
  std::atomic<int> ran{0};
  absl::Notification begun, go;
  {
    Executor executor(1, 2);
    ASSERT_TRUE(executor.TrySubmit([&] {
      begun.Notify();
      go.WaitForNotification();
      ++ran;
    }));
    begun.WaitForNotification();
    EXPECT_TRUE(executor.TrySubmit([&] { ++ran; }));
    EXPECT_TRUE(executor.TrySubmit([&] { ++ran; }));
    EXPECT_FALSE(executor.TrySubmit([&] { ++ran; }));
    go.Notify();
  }
  EXPECT_EQ(ran, 3);
}

TEST(ExecutorTest, NothingIsTakenAfterShutdown) {
  Executor executor(2, 10);
  executor.Shutdown();
  EXPECT_FALSE(executor.TrySubmit([] {}));
}

TEST(BackoffTest, GrowsToItsBoundWithJitter) {
  Backoff backoff({.initial = absl::Milliseconds(100), .max = absl::Seconds(1)});
  absl::Duration bound = absl::Milliseconds(100);
  for (int i = 0; i < 20; ++i) {
    const absl::Duration wait = backoff.Next();
    EXPECT_GE(wait, bound / 2);
    EXPECT_LE(wait, bound);
    bound = std::min(bound * 2, absl::Seconds(1));
  }
  backoff.Reset();
  EXPECT_LE(backoff.Next(), absl::Milliseconds(100));
}

TEST(PeriodicWorkerTest, AWakeBeginsARoundBeforeTheIntervalIsOver) {
  absl::BlockingCounter rounds(2);
  std::atomic<int> count{0};
  PeriodicWorker worker("test", absl::Hours(1), [&]() -> absl::StatusOr<RoundResult> {
    if (count++ < 2) rounds.DecrementCount();
    return RoundResult::kIdle;
  });
  worker.Start();
  worker.Wake();
  worker.Wake();
  // The first round may have consumed both wakes.
  while (count < 2) worker.Wake();
  rounds.Wait();
  worker.Stop();
}

TEST(PeriodicWorkerTest, AFailingRoundIsTriedAgain) {
  absl::Notification succeeded;
  int round = 0;
  PeriodicWorker worker("test", absl::Hours(1), [&]() -> absl::StatusOr<RoundResult> {
    if (++round < 3) return absl::UnavailableError("not yet");
    succeeded.Notify();
    return RoundResult::kIdle;
  });
  worker.Start();
  succeeded.WaitForNotification();
  worker.Stop();
  EXPECT_EQ(round, 3);
}

}  // namespace
}  // namespace waybill
