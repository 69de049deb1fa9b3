#include "platform/types/operator_time.h"

#include <gtest/gtest.h>

namespace waybill {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

TEST(OperatorTimeTest, IsReadAsRfc3339OrAsHowLongAgo) {
  EXPECT_EQ(ParseOperatorTime("2h", kNow).value(), kNow - absl::Hours(2));
  EXPECT_EQ(ParseOperatorTime("90s", kNow).value(), kNow - absl::Seconds(90));
  EXPECT_EQ(ParseOperatorTime("30m", kNow).value(), kNow - absl::Minutes(30));
  EXPECT_EQ(ParseOperatorTime("7d", kNow).value(), kNow - absl::Hours(168));
  EXPECT_EQ(ParseOperatorTime("0s", kNow).value(), kNow);
  EXPECT_EQ(ParseOperatorTime("2027-01-15T08:00:00Z", kNow).value(), kNow);
  EXPECT_EQ(ParseOperatorTime("2027-01-15T10:30:00.5+02:30", kNow).value(),
            kNow + absl::Milliseconds(500));
}

TEST(OperatorTimeTest, AnythingElseIsRefused) {
  for (const char* text :
       {"", "h", "2", "-2h", "2.5h", "2h30m", "2 h", "2w", "4000000000d", "99999999999s",
        "2027-01-15", "2027-01-15 08:00:00Z", "2027-01-15T08:00:00", "2027-02-30T00:00:00Z",
        "10000-01-01T00:00:00Z", "-0001-01-01T00:00:00Z", "infinite-past", "now", "yesterday"}) {
    EXPECT_FALSE(ParseOperatorTime(text, kNow).ok()) << text;
  }
}

}  // namespace
}  // namespace waybill
