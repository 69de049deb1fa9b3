// What one caller may have: calls in a second, calls and streams at a time.
#include "platform/grpc/caller_limits.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "platform/types/error.h"

namespace waybill::grpc {
namespace {

class CallerLimitsTest : public ::testing::Test {
 protected:
  CallerLimits& With(CallerLimitsConfig config) {
    limits_ = std::make_unique<CallerLimits>(config, registry_);
    return *limits_;
  }
  // Whether the call is taken; it stays open.
  bool Begin(CallerLimits& limits, const std::string& caller, absl::Duration now,
             CallKind kind = CallKind::kUnary) {
    absl::StatusOr<OpenCall> call = limits.Begin(caller, kind, now);
    if (!call.ok()) {
      refusal_ = call.status();
      return false;
    }
    open_.push_back(*std::move(call));
    return true;
  }
  int BeginAll(CallerLimits& limits, const std::string& caller, absl::Duration now, int calls) {
    int taken = 0;
    for (int i = 0; i < calls; ++i) taken += Begin(limits, caller, now) ? 1 : 0;
    return taken;
  }

  metrics::Registry registry_;
  std::unique_ptr<CallerLimits> limits_;
  std::vector<OpenCall> open_;
  absl::Status refusal_;
};

TEST_F(CallerLimitsTest, NothingIsLimitedWithoutConfiguration) {
  CallerLimits& limits = With({});
  EXPECT_EQ(BeginAll(limits, "ann", absl::ZeroDuration(), 10'000), 10'000);
}

TEST_F(CallerLimitsTest, OneSecondsCallsMayComeAtOnceThenOneAfterTheOther) {
  CallerLimits& limits = With({.calls_per_second = 10});
  EXPECT_EQ(BeginAll(limits, "ann", absl::Seconds(100), 100), 10);
  EXPECT_EQ(BeginAll(limits, "ann", absl::Seconds(100) + absl::Milliseconds(99), 1), 0);
  EXPECT_EQ(BeginAll(limits, "ann", absl::Seconds(100) + absl::Milliseconds(100), 2), 1);
  EXPECT_EQ(BeginAll(limits, "ann", absl::Seconds(100) + absl::Milliseconds(550), 100), 4);
  EXPECT_EQ(BeginAll(limits, "ann", absl::Seconds(200), 100), 10);
}

TEST_F(CallerLimitsTest, ARefusalSaysWhichLimitAndWhenToComeAgain) {
  CallerLimits& limits = With({.calls_per_second = 4});
  EXPECT_EQ(BeginAll(limits, "ann", absl::Seconds(5), 5), 4);
  EXPECT_TRUE(absl::IsResourceExhausted(refusal_));
  EXPECT_EQ(ReasonOf(refusal_), "CALLER_LIMIT");
  EXPECT_EQ(RetryAfterOf(refusal_), absl::Milliseconds(250));
  EXPECT_EQ(refusal_.message(), "this caller has used up limits.calls_per_second, which is 4");
  EXPECT_TRUE(Begin(limits, "ann", absl::Seconds(5) + absl::Milliseconds(250)));
}

TEST_F(CallerLimitsTest, OneCallerDoesNotNoticeAnother) {
  CallerLimits& limits = With({.calls_per_second = 2, .calls_in_flight = 2});
  EXPECT_EQ(BeginAll(limits, "ann", absl::ZeroDuration(), 1000), 2);
  EXPECT_EQ(BeginAll(limits, "bob", absl::ZeroDuration(), 1000), 2);
}

TEST_F(CallerLimitsTest, NewLimitsHoldAtOnceAndCountWhatIsOpen) {
  CallerLimits& limits = With({.calls_in_flight = 5});
  EXPECT_EQ(BeginAll(limits, "ann", absl::ZeroDuration(), 3), 3);
  limits.Set({.calls_in_flight = 4});
  EXPECT_EQ(BeginAll(limits, "ann", absl::ZeroDuration(), 3), 1);
  limits.Set({});
  EXPECT_EQ(BeginAll(limits, "ann", absl::ZeroDuration(), 100), 100);
  limits.Set({.calls_per_second = 2});
  EXPECT_EQ(BeginAll(limits, "ann", absl::Seconds(100), 100), 2);
}

TEST_F(CallerLimitsTest, ACallCountsUntilItEndsOnce) {
  CallerLimits& limits = With({.calls_in_flight = 2});
  EXPECT_EQ(BeginAll(limits, "ann", absl::ZeroDuration(), 3), 2);
  open_[0].End();
  open_[0].End();
  EXPECT_EQ(BeginAll(limits, "ann", absl::ZeroDuration(), 3), 1);
  open_.clear();
  EXPECT_EQ(BeginAll(limits, "ann", absl::ZeroDuration(), 3), 2);
}

TEST_F(CallerLimitsTest, StreamsAndUnaryCallsCountApart) {
  CallerLimits& limits = With({.calls_in_flight = 1, .streams = 1});
  EXPECT_TRUE(Begin(limits, "ann", absl::ZeroDuration(), CallKind::kStream));
  EXPECT_FALSE(Begin(limits, "ann", absl::ZeroDuration(), CallKind::kStream));
  EXPECT_TRUE(Begin(limits, "ann", absl::ZeroDuration()));
  EXPECT_FALSE(Begin(limits, "ann", absl::ZeroDuration()));
}

TEST_F(CallerLimitsTest, ARefusedCallUsesNothingUp) {
  CallerLimits& limits = With({.calls_per_second = 10, .calls_in_flight = 1});
  EXPECT_EQ(BeginAll(limits, "ann", absl::ZeroDuration(), 50), 1);
  for (int i = 0; i < 9; ++i) {
    open_.clear();
    EXPECT_TRUE(Begin(limits, "ann", absl::ZeroDuration())) << i;
  }
  open_.clear();
  EXPECT_FALSE(Begin(limits, "ann", absl::ZeroDuration()));
}

TEST_F(CallerLimitsTest, CallersThatAreGoneMakeRoomForNewOnes) {
  CallerLimits& limits = With({.calls_per_second = 1});
  for (std::size_t i = 0; i < CallerLimits::kMaxCallers; ++i) {
    EXPECT_TRUE(Begin(limits, absl::StrCat("user-", i), absl::ZeroDuration()));
  }
  open_.clear();
  EXPECT_TRUE(Begin(limits, "ann", absl::Seconds(2)));
  EXPECT_FALSE(Begin(limits, "ann", absl::Seconds(2)));
}

}  // namespace
}  // namespace waybill::grpc
