#include "outbox_relay/republish/row_range.h"

#include <gtest/gtest.h>

namespace waybill::outbox_relay {
namespace {

SourceConfig Source() {
  SourceConfig source;
  source.schema = "app";
  source.table = "events";
  source.mapping.topic = "out.{kind}";
  source.mapping.key = "who";
  source.mapping.payload = "body";
  source.mapping.order = "place";
  return source;
}

ColumnInfo Column(const std::string& name, ColumnForm form = ColumnForm::kText) {
  return {.name = name, .form = form};
}

const std::vector<ColumnInfo> kColumns = {
    Column("kind"), Column("who"),   Column("raw", ColumnForm::kBytea),
    Column("body"), Column("place"), Column("at", ColumnForm::kOther)};

TEST(RelayRowRange, APositionMayHaveSpacesAndQuotes) {
  const auto range = RowRange::Create(Source(), kColumns, {});
  ASSERT_TRUE(range.ok()) << range.status();
  const std::string sql = range->CopySql("16384 (0,3) it's a b", "16385 (7,1) z", 10);
  EXPECT_NE(sql.find("(o.\"place\", o.tableoid, o.ctid) > ('it''s a b', '16384', '(0,3)')"),
            std::string::npos)
      << sql;
  EXPECT_NE(sql.find("<= ('z', '16385', '(7,1)')"), std::string::npos) << sql;
  EXPECT_NE(sql.find("FROM \"app\".\"events\" o"), std::string::npos) << sql;
}

TEST(RelayRowRange, WithoutAnOrderTheRowsPlaceInTheTableIsThePosition) {
  SourceConfig source = Source();
  source.mapping.order = "";
  const auto range = RowRange::Create(source, kColumns, {});
  ASSERT_TRUE(range.ok()) << range.status();
  EXPECT_EQ(range->order(), "");
  EXPECT_NE(range->CopySql("1 (0,3)", "1 (7,1)", 10).find("(o.tableoid, o.ctid) > ('1', '(0,3)')"),
            std::string::npos);
  source.mapping.row_id = "who";
  EXPECT_EQ(RowRange::Create(source, kColumns, {})->order(), "who");
}

TEST(RelayRowRange, TheKeyAndTheTopicAreComparedAsTheMappingMakesThem) {
  SourceConfig source = Source();
  auto range =
      RowRange::Create(source, kColumns, {.since = {}, .until = {}, .topic = "o'", .key = "k'"});
  ASSERT_TRUE(range.ok()) << range.status();
  EXPECT_NE(range->SummarySql().find("'out.'::text || o.\"kind\"::text = 'o'''"),
            std::string::npos);
  EXPECT_NE(range->SummarySql().find("o.\"who\"::text = 'k'''"), std::string::npos);
  source.mapping.key = "raw";
  range = RowRange::Create(source, kColumns, {.since = {}, .until = {}, .topic = {}, .key = "k"});
  ASSERT_TRUE(range.ok()) << range.status();
  EXPECT_NE(range->SummarySql().find("o.\"raw\" = '\\x6b'"), std::string::npos);
}

TEST(RelayRowRange, ColumnsThatAreNotThereOrHaveNoTimeAreRefused) {
  SourceConfig source = Source();
  source.mapping.time = "at";
  EXPECT_TRUE(absl::IsFailedPrecondition(RowRange::Create(source, kColumns, {}).status()));
  source = Source();
  source.mapping.order = "nowhere";
  EXPECT_TRUE(absl::IsFailedPrecondition(RowRange::Create(source, kColumns, {}).status()));
}

}  // namespace
}  // namespace waybill::outbox_relay
