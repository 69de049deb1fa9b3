// What PostgreSQL gets of a Statement and its Rows, without a database.
#include <gtest/gtest.h>

#include <array>
#include <stdexcept>

#include "platform/postgres/rows.h"
#include "platform/postgres/statement.h"
#include "platform/types/ids.h"
#include "platform/types/money.h"

namespace waybill::postgres {
namespace {

enum class Colour { kRed, kBlue };
constexpr auto EnumNames(Colour) {
  return std::to_array<EnumName<Colour>>({{Colour::kRed, "RED"}, {Colour::kBlue, "BLUE"}});
}

constexpr Statement kStock{"stock", "$columns", {"product_id text, on_hand bigint, note bytea"}};

using Parameters = std::vector<std::string>;

// The only column's array, after one row with `value`.
template <typename T>
std::string ArrayWith(const char* column, const T& value) {
  Rows rows({.name = "one", .sql = "", .columns = {column}});
  rows.Set("c", value);
  return rows.Parameters().at(0);
}

TEST(StatementTest, SqlWithoutColumnsIsLeftAsItIs) {
  EXPECT_EQ(ExpandedSql({"plain", "SELECT $1::text, '$rows' AS text"}),
            "SELECT $1::text, '$rows' AS text");
}

TEST(StatementTest, OneListGivesColumnsSetAndRows) {
  constexpr Statement kSave{
      "save",
      "INSERT INTO stock ($columns) SELECT $columns FROM $rows ON CONFLICT DO UPDATE SET $set",
      {"product_id text, on_hand bigint,  price double precision"},
  };
  EXPECT_EQ(ExpandedSql(kSave),
            "INSERT INTO stock (product_id, on_hand, price) SELECT product_id, on_hand, price FROM "
            "unnest($1::text[], $2::bigint[], $3::double precision[]) WITH ORDINALITY AS "
            "rows(product_id, on_hand, price, ordinality) ON CONFLICT DO UPDATE SET "
            "on_hand = rows.on_hand, price = rows.price");
}

TEST(StatementTest, AListInTwoPartsIsOneList) {
  constexpr Statement kBoth{"both", "$columns; $set", {"id uuid", "a text, b int"}};
  EXPECT_EQ(ExpandedSql(kBoth), "id, a, b; a = rows.a, b = rows.b");
}

TEST(StatementTest, ExtraColumnsAreInRowsOnly) {
  constexpr Statement kExtra{
      "extra", "$columns; $set; $rows", {"id uuid", "a text", "in_ms bigint"}};
  EXPECT_EQ(ExpandedSql(kExtra),
            "id, a; a = rows.a; unnest($1::uuid[], $2::text[], $3::bigint[]) WITH ORDINALITY AS "
            "rows(id, a, in_ms, ordinality)");
}

TEST(StatementTest, TheArraysComeAfterTheNumberedParameters) {
  constexpr Statement kBesides{
      "besides",
      "SELECT $2::int, $1::text FROM $rows WHERE $10::text = $2",
      {"a int, b text"},
  };
  EXPECT_EQ(ExpandedSql(kBesides),
            "SELECT $2::int, $1::text FROM unnest($11::int[], $12::text[]) WITH ORDINALITY AS "
            "rows(a, b, ordinality) WHERE $10::text = $2");
}

TEST(StatementDeathTest, AColumnWithoutATypeEndsTheProcess) {
  EXPECT_DEATH(ColumnsOf({"bad", "", {"id uuid, amount"}}), "statement bad: .* \"name type\"");
}

TEST(RowsTest, ARowMayBeSetInAnyOrder) {
  Rows rows(kStock);
  rows.Set("product_id", Sku("tea")).Set("on_hand", 5).Set("note", "a");
  rows.Set("note", "b").Set("on_hand", std::int64_t{6}).Set("product_id", Sku("pot"));
  rows.Set("on_hand", 7).Set("note", "").Set("product_id", Sku("cup"));
  EXPECT_EQ(rows.Parameters(),
            (Parameters{R"({"tea","pot","cup"})", "{5,6,7}", R"({"\\x61","\\x62","\\x"})"}));
}

TEST(RowsTest, AColumnThatTheStatementDoesNotListThrows) {
  Rows rows(kStock);
  EXPECT_THROW(rows.Set("reserved", 1), std::logic_error);
  Rows none({"none", "SELECT"});
  EXPECT_THROW(none.Set("reserved", 1), std::logic_error);
}

TEST(RowsTest, AnIncompleteRowThrows) {
  Rows rows(kStock);
  rows.Set("product_id", Sku("tea")).Set("on_hand", 5);
  EXPECT_THROW(rows.Parameters(), std::logic_error);
  rows.Set("note", "a");
  EXPECT_NO_THROW(rows.Parameters());
  rows.Set("on_hand", 5);
  EXPECT_THROW(rows.Parameters(), std::logic_error);
}

TEST(RowsTest, ARowThatWasBegunCounts) {
  Rows rows(kStock);
  EXPECT_TRUE(rows.empty());
  EXPECT_EQ(rows.Parameters(), (Parameters{"{}", "{}", "{}"}));
  rows.Set("on_hand", 5);
  EXPECT_EQ(rows.size(), 1u);
}

TEST(RowsTest, NothingIsNull) {
  EXPECT_EQ(ArrayWith("c text", std::nullopt), "{NULL}");
  EXPECT_EQ(ArrayWith("c text", std::optional<std::string>()), "{NULL}");
  EXPECT_EQ(ArrayWith("c text", std::optional<std::string>("NULL")), R"({"NULL"})");
  EXPECT_EQ(ArrayWith("c bytea", std::optional<std::string>()), "{NULL}");
  EXPECT_EQ(ArrayWith("c timestamptz", std::optional<absl::Time>()), "{NULL}");
}

TEST(RowsTest, BytesAreWrittenInHexWhateverHoldsThem) {
  const std::string bytes("\x00\xff\"\\", 4);
  const std::string written = R"({"\\x00ff225c"})";
  EXPECT_EQ(ArrayWith("c bytea", bytes), written);
  EXPECT_EQ(ArrayWith("c bytea", std::string_view(bytes)), written);
  EXPECT_EQ(ArrayWith("c bytea", std::optional<std::string>(bytes)), written);
}

TEST(RowsTest, EachTypeIsWrittenAsPostgresReadsIt) {
  const std::string id = "0190a6d0-7d2a-7abc-8def-0123456789ab";
  EXPECT_EQ(ArrayWith("c text", "a\"b\\c{d},e"), R"({"a\"b\\c{d},e"})");
  EXPECT_EQ(ArrayWith("c bool", true), "{t}");
  EXPECT_EQ(ArrayWith("c bool", false), "{f}");
  EXPECT_EQ(ArrayWith("c int", -7), "{-7}");
  EXPECT_EQ(ArrayWith("c bigint", INT64_MIN), "{-9223372036854775808}");
  EXPECT_EQ(ArrayWith("c uuid", *Uuid::Parse(id)), "{" + id + "}");
  EXPECT_EQ(ArrayWith("c uuid", *OrderId::Parse(id)), "{" + id + "}");
  EXPECT_EQ(ArrayWith("c text", Currency("USD")), R"({"USD"})");
  EXPECT_EQ(ArrayWith("c text", Colour::kBlue), R"({"BLUE"})");
  EXPECT_EQ(ArrayWith("c text", std::optional(Colour::kRed)), R"({"RED"})");
  EXPECT_EQ(ArrayWith("c timestamptz", absl::FromUnixMicros(1'767'225'600'123'456)),
            R"({"2026-01-01 00:00:00.123456+00"})");
}

TEST(ArrayOfTest, ARangeIsOneParameter) {
  EXPECT_EQ(ArrayOf(std::vector<Sku>{Sku("tea"), Sku("pot")}), R"({"tea","pot"})");
  EXPECT_EQ(ArrayOf(std::array{Colour::kRed, Colour::kBlue}), R"({"RED","BLUE"})");
  EXPECT_EQ(ArrayOf(std::vector<std::optional<int>>{1, std::nullopt}), "{1,NULL}");
  EXPECT_EQ(ArrayOf(std::vector<OrderId>{}), "{}");
}

}  // namespace
}  // namespace waybill::postgres
