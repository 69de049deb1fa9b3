#include <gtest/gtest.h>

#include <atomic>

#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/notification.h"
#include "platform/executor/backoff.h"
#include "platform/executor/batcher.h"
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

using TestBatcher = Batcher<int, int>;

// A batcher of one lane that doubles numbers. Its batches are recorded, and wait for `go`.
class BatcherTest : public ::testing::Test {
 protected:
  std::vector<absl::StatusOr<int>> WorkOff(absl::Span<const int> numbers) {
    std::vector<absl::StatusOr<int>> answers;
    for (const int number : numbers) answers.emplace_back(2 * number);
    batches_.emplace_back(numbers.begin(), numbers.end());
    if (batches_.size() == 1) begun_.Notify();
    go_.WaitForNotification();
    return answers;
  }

  std::unique_ptr<TestBatcher> Make(BatcherOptions options) {
    options.lanes = 1;
    return std::make_unique<TestBatcher>(
        options, [this](absl::Span<const int> numbers) { return WorkOff(numbers); });
  }

  TestBatcher::Done Into(absl::StatusOr<int>& answer) {
    return [&answer](absl::StatusOr<int> got) { answer = std::move(got); };
  }

  std::vector<std::vector<int>> batches_;
  absl::Notification begun_, go_;
};

TEST_F(BatcherTest, WhatComesWhileTheLaneIsBusyMakesTheNextBatch) {
  auto batcher = Make({.max_batch = 3});
  std::vector<absl::StatusOr<int>> answers(5, absl::UnknownError("none"));
  EXPECT_TRUE(batcher->TrySubmit(1, 1, Into(answers[0])));
  begun_.WaitForNotification();
  for (int i = 1; i < 5; ++i) EXPECT_TRUE(batcher->TrySubmit(i + 1, 1, Into(answers[i])));
  go_.Notify();
  batcher->Shutdown();
  EXPECT_EQ(batches_, (std::vector<std::vector<int>>{{1}, {2, 3, 4}, {5}}));
  for (int i = 0; i < 5; ++i) EXPECT_EQ(answers[i].value_or(0), 2 * (i + 1));
  EXPECT_FALSE(batcher->TrySubmit(6, 1, Into(answers[0]))) << "it is shut down";
}

TEST_F(BatcherTest, CountAndBytesOfWhatWaitsAreBounded) {
  auto batcher = Make({.max_waiting = 2, .max_waiting_bytes = 100});
  absl::StatusOr<int> first, second, third;
  EXPECT_TRUE(batcher->TrySubmit(1, 1, Into(first)));
  begun_.WaitForNotification();
  EXPECT_TRUE(batcher->TrySubmit(2, 60, Into(second)));
  EXPECT_FALSE(batcher->TrySubmit(3, 60, Into(third))) << "more bytes than may wait";
  EXPECT_TRUE(batcher->TrySubmit(3, 40, Into(third)));
  EXPECT_FALSE(batcher->TrySubmit(4, 0, Into(third))) << "more requests than may wait";
  go_.Notify();
  batcher->Shutdown();
  EXPECT_EQ(third.value_or(0), 6);
}

TEST_F(BatcherTest, WhatWaitsForTooLongIsRefusedAlthoughTheLaneIsStuck) {
  auto batcher = Make({.max_wait = absl::Milliseconds(20)});
  absl::StatusOr<int> first;
  absl::Notification refused;
  absl::Status second;
  EXPECT_TRUE(batcher->TrySubmit(1, 1, Into(first)));
  begun_.WaitForNotification();
  EXPECT_TRUE(batcher->TrySubmit(2, 1, [&](const absl::StatusOr<int>& answer) {
    second = answer.status();
    refused.Notify();
  }));
  refused.WaitForNotification();
  EXPECT_TRUE(absl::IsResourceExhausted(second)) << second;
  EXPECT_TRUE(RetryAfterOf(second).has_value());
  go_.Notify();
  batcher->Shutdown();
  EXPECT_EQ(batches_.size(), 1u) << "the refused one was never begun";
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
