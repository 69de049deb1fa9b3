#include "outbox_relay/source/row_mapper.h"

#include <gtest/gtest.h>

#include <map>

#include "outbox_relay/base/big_endian.h"
#include "outbox_relay/source/column_text.h"
#include "outbox_relay/source/header_json.h"

namespace waybill::outbox_relay {
namespace {

ColumnValue Binary(std::string_view data) { return {ColumnValue::Form::kBinary, data}; }

std::string Big(std::int64_t value) {
  char bytes[8];
  WriteBig64(bytes, static_cast<std::uint64_t>(value));
  return std::string(bytes, 8);
}

std::string Text(const std::string& data, ColumnForm form) {
  std::string scratch;
  return std::string(ColumnText(Binary(data), form, &scratch));
}

std::string OfOutput(std::string_view data, ColumnForm form) {
  std::string scratch;
  return std::string(ColumnText({ColumnValue::Form::kText, data}, form, &scratch));
}

std::map<std::string, std::string> Headers(std::string_view json) {
  std::vector<Header> headers;
  std::string scratch;
  EXPECT_TRUE(AppendJsonHeaders(json, &headers, &scratch)) << json;
  std::map<std::string, std::string> values;
  for (const Header& header : headers) {
    values[std::string(header.name)] = std::string(header.value);
  }
  return values;
}

TEST(ColumnText, IsTheTextOfTheBinaryForm) {
  EXPECT_EQ(Text(Big(-5), ColumnForm::kInt8), "-5");
  EXPECT_EQ(Text(Big(-1), ColumnForm::kXid8), "18446744073709551615");
  EXPECT_EQ(Text(std::string("\1\x90\xb5\xa2\0\0\x70\0\x80\0\0\0\0\0\0\1", 16), ColumnForm::kUuid),
            "0190b5a2-0000-7000-8000-000000000001");
  EXPECT_EQ(Text(Big(0), ColumnForm::kTimestamp), "2000-01-01T00:00:00.000000Z");
  EXPECT_EQ(Text(Big(-1), ColumnForm::kTimestamp), "1999-12-31T23:59:59.999999Z");
  EXPECT_EQ(Text(Big(762'825'599'000'001), ColumnForm::kTimestamp), "2024-03-03T23:59:59.000001Z");
  EXPECT_EQ(Text(Big(INT64_MAX), ColumnForm::kTimestamp), "9999-12-31T23:59:59.999999Z");
  EXPECT_EQ(Text(Big(INT64_MIN), ColumnForm::kTimestamp), "0001-01-01T00:00:00.000000Z");
  EXPECT_EQ(Text(std::string("\1{}", 3), ColumnForm::kJsonb), "{}");
  EXPECT_EQ(Text("plain", ColumnForm::kText), "plain");
}

TEST(ColumnText, OfTheOutputFunctionIsWhatACastMakes) {
  EXPECT_EQ(OfOutput("t", ColumnForm::kBool), "true");
  EXPECT_EQ(OfOutput("f", ColumnForm::kBool), "false");
  EXPECT_EQ(OfOutput("ab  ", ColumnForm::kBlankPadded), "ab");
  EXPECT_EQ(OfOutput("    ", ColumnForm::kBlankPadded), "");
  EXPECT_EQ(OfOutput("10.0.0.1", ColumnForm::kInet), "10.0.0.1/32");
  EXPECT_EQ(OfOutput("10.0.0.1/8", ColumnForm::kInet), "10.0.0.1/8");
  EXPECT_EQ(OfOutput("::1", ColumnForm::kInet), "::1/128");
  EXPECT_EQ(OfOutput("1.50", ColumnForm::kOther), "1.50");
  EXPECT_EQ(OfOutput("\\x00ff", ColumnForm::kBytea), "\\x00ff");
  EXPECT_EQ(Text("ab  ", ColumnForm::kBlankPadded), "ab");
  EXPECT_EQ(Text(std::string("\0\xff", 2), ColumnForm::kBytea), "\\x00ff");
}

TEST(ColumnText, OfATimestampIsRfc3339InBothForms) {
  const auto text = [](const char* iso) { return OfOutput(iso, ColumnForm::kTimestamp); };
  EXPECT_EQ(text("2024-03-03 23:59:59+00"), "2024-03-03T23:59:59.000000Z");
  EXPECT_EQ(text("2024-03-03 23:59:59.000001+00"), "2024-03-03T23:59:59.000001Z");
  EXPECT_EQ(text("2024-03-03 23:59:59.5"), "2024-03-03T23:59:59.500000Z");
  EXPECT_EQ(text("infinity"), "9999-12-31T23:59:59.999999Z");
  EXPECT_EQ(text("10000-01-01 00:00:00"), "9999-12-31T23:59:59.999999Z");
  EXPECT_EQ(text("-infinity"), "0001-01-01T00:00:00.000000Z");
  EXPECT_EQ(text("0044-03-15 12:00:00+00 BC"), "0001-01-01T00:00:00.000000Z");
}

TEST(ColumnBytes, OfAByteaAreItsOwnInBothForms) {
  std::string scratch;
  const std::string bytes("\0\xff", 2);
  EXPECT_EQ(ColumnBytes(Binary(bytes), ColumnForm::kBytea, &scratch), bytes);
  EXPECT_EQ(ColumnBytes({ColumnValue::Form::kText, "\\x00ff"}, ColumnForm::kBytea, &scratch),
            bytes);
}

TEST(HeaderJson, TakesStringsAsTheirTextAndLeavesNullsOut) {
  const auto headers =
      Headers(R"({"a": "x", "b": 5, "c": null, "d": {"e": [1, "}"]}, "f": "", "g": true})");
  EXPECT_EQ(headers,
            (std::map<std::string, std::string>{
                {"a", "x"}, {"b", "5"}, {"d", R"({"e": [1, "}"]})"}, {"f", ""}, {"g", "true"}}));
  EXPECT_TRUE(Headers(" { } ").empty());
}

TEST(HeaderJson, UnescapesWithoutMovingWhatItHasAlreadyRead) {
  const auto headers = Headers(R"({"q\"": "\u00e9\ud83d\ude00\n\\", "r": "a\tb", "s": "\u0041"})");
  EXPECT_EQ(headers.at("q\""), "\xc3\xa9\xf0\x9f\x98\x80\n\\");
  EXPECT_EQ(headers.at("r"), "a\tb");
  EXPECT_EQ(headers.at("s"), "A");
}

TEST(HeaderJson, HalfACharacterBecomesAReplacementCharacter) {
  const auto headers = Headers(R"({"a": "\ud83d", "b": "\ude00", "c": "\ud83d\u0041"})");
  EXPECT_EQ(headers.at("a"), "\xef\xbf\xbd");
  EXPECT_EQ(headers.at("b"), "\xef\xbf\xbd");
  EXPECT_EQ(headers.at("c"), "\xef\xbf\xbd\x41");
}

TEST(HeaderJson, RefusesWhatIsNoObjectAndNeverReadsPastItsEnd) {
  const std::string whole = R"({"a": "x\u0041", "b": {"c": 1}})";
  std::vector<Header> headers;
  std::string scratch;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const std::string cut = whole.substr(0, size);
    EXPECT_FALSE(AppendJsonHeaders(cut, &headers, &scratch)) << cut;
  }
  for (const char* wrong : {"[]", "1", "\"a\"", "{a:1}", "{\"a\"}", "{} x", "{\"a\": \"\\x\"}"}) {
    EXPECT_FALSE(AppendJsonHeaders(wrong, &headers, &scratch)) << wrong;
  }
}

class RowMapping_ : public ::testing::Test {
 protected:
  const std::vector<ColumnInfo> columns_ = {{.name = "kind", .form = ColumnForm::kText},
                                            {.name = "k", .form = ColumnForm::kText},
                                            {.name = "body", .form = ColumnForm::kBytea},
                                            {.name = "h", .form = ColumnForm::kJsonb}};
  RowMapping mapping_{.topic = "out.{kind}.v1",
                      .key = "k",
                      .payload = "body",
                      .headers = "h",
                      .header_rules = {{"fixed", "", "yes"}, {"kind", "kind", ""}},
                      .row_id = "k",
                      .order = "",
                      .tx = ""};
};

TEST_F(RowMapping_, ATemplateNamesTheTopicAndHeadersComeFromColumnsConstantsAndJson) {
  RowMapper mapper(mapping_);
  ASSERT_TRUE(mapper.Bind(columns_).ok());
  Record record;
  const std::string json = "\1{\"x\": \"y\"}";
  ASSERT_TRUE(mapper.Map({Binary("Order"), Binary("k1"), Binary("v"), Binary(json)}, &record).ok());
  EXPECT_EQ(record.topic, "out.Order.v1");
  EXPECT_EQ(record.key, "k1");
  EXPECT_EQ(record.value, "v");
  ASSERT_EQ(record.headers.size(), 3u);
  EXPECT_EQ(record.headers[0].value, "yes");
  EXPECT_EQ(record.headers[1].value, "Order");
  EXPECT_EQ(record.headers[2].name, "x");
}

TEST_F(RowMapping_, ARowWithoutATopicOrWithBrokenHeadersMakesNoRecord) {
  RowMapper mapper(mapping_);
  ASSERT_TRUE(mapper.Bind(columns_).ok());
  Record record;
  EXPECT_FALSE(mapper.Map({{}, Binary("k"), Binary("v"), {}}, &record).ok());
  EXPECT_FALSE(mapper.Map({Binary("a"), Binary("k"), Binary("v"), Binary("\1[]")}, &record).ok());
  EXPECT_EQ(record.key, "k");
}

TEST_F(RowMapping_, AColumnThatTheTableLacksIsNamed) {
  mapping_.key = "nokey";
  RowMapper mapper(mapping_);
  const absl::Status status = mapper.Bind(columns_);
  EXPECT_NE(std::string(status.message()).find("\"nokey\""), std::string::npos) << status;
}

}  // namespace
}  // namespace waybill::outbox_relay
