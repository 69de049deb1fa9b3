#include "platform/postgres/session_settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "platform/postgres/conninfo.h"

namespace waybill::postgres {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Key;
using ::testing::Not;
using ::testing::Pair;

TEST(SessionSettings, AValueOfTheCallersReplacesThePinnedOneAndOthersAreAdded) {
  const Settings settings =
      PinnedSettings({{"statement_timeout", "5000"}, {"work_mem", "1 MB"}}, 150000);
  EXPECT_THAT(settings, Contains(Pair("bytea_output", "hex")));
  EXPECT_THAT(settings, Contains(Pair("statement_timeout", "5000")));
  EXPECT_THAT(settings, Not(Contains(Pair("statement_timeout", "0"))));
  EXPECT_THAT(settings, Contains(Pair("work_mem", "1 MB")));
  EXPECT_EQ(SetStatement("work_mem", "1 'MB'"), "SET work_mem = '1 ''MB'''");
  EXPECT_EQ(SetStatement("search_path", "a, b"), "SET search_path = a, b");
}

TEST(SessionSettings, AServerIsNotToldOfASettingThatItDoesNotKnow) {
  const Settings callers = {{"idle_session_timeout", "9"}};
  EXPECT_THAT(PinnedSettings(callers, 130000), Not(Contains(Key("idle_session_timeout"))));
  EXPECT_THAT(PinnedSettings(callers, 140000), Contains(Pair("idle_session_timeout", "9")));
  EXPECT_THAT(PinnedSettings(callers, 160000), Not(Contains(Key("transaction_timeout"))));
  EXPECT_THAT(PinnedSettings(callers, 170000), Contains(Pair("transaction_timeout", "0")));
}

TEST(SessionSettings, AnOperatorsBrakeIsLeftAlone) {
  EXPECT_THAT(ServiceSessionSql({}, 150000), Not(HasSubstr("default_transaction_read_only")));
}

TEST(Conninfo, AStringAndAUriSayTheSame) {
  const auto keywords = ParseConninfo("host=h port=1 dbname='a b' user='o\\'x' options='-c a=b'");
  ASSERT_TRUE(keywords.ok()) << keywords.status();
  EXPECT_EQ(keywords->at("user"), "o'x");
  const auto uri = ParseConninfo("postgresql://o%27x@h:1/a%20b?options=-c%20a%3Db");
  ASSERT_TRUE(uri.ok()) << uri.status();
  EXPECT_EQ(*keywords, *uri);
  const auto again = ParseConninfo(ConninfoOf(*uri));
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(*again, *uri);
  EXPECT_FALSE(ParseConninfo("nonsense").ok());
}

}  // namespace
}  // namespace waybill::postgres
