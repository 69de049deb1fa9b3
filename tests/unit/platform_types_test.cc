#include <gtest/gtest.h>

#include <set>

#include "absl/time/clock.h"
#include "platform/types/error.h"
#include "platform/types/ids.h"
#include "platform/types/money.h"
#include "platform/types/utf8.h"

namespace waybill {
namespace {

TEST(UuidTest, NewOnesAreUniqueSortByTimeAndCarryVersionAndVariant) {
  std::set<Uuid> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(Uuid::NewV7());
  EXPECT_EQ(seen.size(), 1000u);
  const std::string text = seen.begin()->ToString();
  EXPECT_EQ(text[14], '7');
  EXPECT_NE(std::string("89ab").find(text[19]), std::string::npos);
  const absl::Time now = absl::Now();
  EXPECT_LT(Uuid::LowestV7(now - absl::Seconds(60)), *seen.begin());
  EXPECT_GT(Uuid::LowestV7(now + absl::Seconds(60)), *seen.rbegin());
}

TEST(UuidTest, TextGoesThereAndBack) {
  const std::string text = "0190a6d0-7d2a-7abc-8def-0123456789ab";
  EXPECT_EQ(Uuid::Parse(text)->ToString(), text);
  EXPECT_EQ(Uuid::Parse("0190A6D0-7D2A-7ABC-8DEF-0123456789AB")->ToString(), text);
}

TEST(UuidTest, AnythingElseIsRefused) {
  for (const char* text :
       {"", "x", "0190a6d07d2a7abc8def0123456789ab", "0190a6d0-7d2a-7abc-8def-0123456789a",
        "0190a6d0-7d2a-7abc-8def-0123456789abc", "0190a6d0-7d2a-7abc-8def-0123456789ag",
        "0190a6d0-7d2a-7abc-8def+0123456789ab", "{0190a6d0-7d2a-7abc-8def-0123456789ab}"}) {
    EXPECT_FALSE(Uuid::Parse(text).ok()) << text;
  }
}

TEST(UuidTest, ANameGivesTheSameUuidForEver) {
  EXPECT_EQ(Uuid::FromName("orders.events/3/17").ToString(),
            Uuid::FromName("orders.events/3/17").ToString());
  EXPECT_NE(Uuid::FromName("orders.events/3/17"), Uuid::FromName("orders.events/3/18"));
}

TEST(MoneyTest, NeverOverflowsAndNeverMixesCurrencies) {
  EXPECT_EQ(Multiply({1999, "USD"}, 3)->minor_units, 5997);
  EXPECT_TRUE(absl::IsOutOfRange(Multiply({kMaxMinorUnits, "USD"}, 2).status()));
  EXPECT_TRUE(absl::IsOutOfRange(Multiply({INT64_MAX / 2, "USD"}, 1000).status()));
  EXPECT_EQ(Add({1, "USD"}, {2, "USD"})->minor_units, 3);
  EXPECT_TRUE(absl::IsInvalidArgument(Add({1, "USD"}, {2, "EUR"}).status()));
  EXPECT_TRUE(absl::IsOutOfRange(Add({kMaxMinorUnits, "USD"}, {1, "USD"}).status()));
}

TEST(MoneyTest, PeopleReadTheCurrencysOwnDigits) {
  EXPECT_EQ(ForPeople({1999, "USD"}), "19.99 USD");
  EXPECT_EQ(ForPeople({5, "EUR"}), "0.05 EUR");
  EXPECT_EQ(ForPeople({500, "JPY"}), "500 JPY");
  EXPECT_EQ(ForPeople({1500, "KWD"}), "1.500 KWD");
}

TEST(Utf8Test, WhatIsNotUtf8IsReplacedAndTheRestKept) {
  EXPECT_TRUE(IsUtf8("Bo\xc3\xaete \xf0\x9f\x8d\xb5"));
  EXPECT_FALSE(IsUtf8("Bo\xeete"));
  EXPECT_FALSE(IsUtf8("\xed\xa0\x80"));
  EXPECT_FALSE(IsUtf8("\xc0\xaf"));
  EXPECT_EQ(ToStorableText("Bo\xc3\xaete"), "Bo\xc3\xaete");
  EXPECT_EQ(ToStorableText("Bo\xeete"), "Bo\xef\xbf\xbdte");
  EXPECT_EQ(ToStorableText(std::string("a\0b", 3)),
            "a\xef\xbf\xbd"
            "b");
  EXPECT_EQ(ToStorableText("cut \xf0\x9f\x8d"), "cut \xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
}

TEST(ErrorTest, CarriesReasonViolationsAndRetry) {
  absl::Status status =
      InvalidFields({{"items[0].quantity", "is 0, outside 1 to 1000"}, {"email", "is required"}});
  SetRetryAfter(status, absl::Milliseconds(250));
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ReasonOf(status), "INVALID_FIELDS");
  EXPECT_EQ(ViolationsOf(status),
            (std::vector<FieldViolation>{{"items[0].quantity", "is 0, outside 1 to 1000"},
                                         {"email", "is required"}}));
  EXPECT_EQ(RetryAfterOf(status), absl::Milliseconds(250));
  EXPECT_EQ(status.message(), "items[0].quantity: is 0, outside 1 to 1000; email: is required");
  EXPECT_EQ(ReasonOf(absl::InternalError("x")), "");
  EXPECT_EQ(RetryAfterOf(absl::InternalError("x")), std::nullopt);
}

}  // namespace
}  // namespace waybill
