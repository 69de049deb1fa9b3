// Rows of a real database, read and written by the names of their columns.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <functional>

#include "absl/strings/match.h"
#include "absl/time/clock.h"
#include "platform/postgres/unit_of_work.h"
#include "platform/types/ids.h"
#include "platform/types/money.h"
#include "tests/support/test_database.h"

namespace waybill::postgres {
namespace {

using ::testing::ElementsAre;

enum class Colour { kRed, kBlue };
constexpr auto EnumNames(Colour) {
  return std::to_array<EnumName<Colour>>({{Colour::kRed, "RED"}, {Colour::kBlue, "BLUE"}});
}

constexpr char kId[] = "0190a6d0-7d2a-7abc-8def-0123456789ab";

constexpr Statement kOneOfEach{"one_of_each", R"sql(
    SELECT 'a "b"'::text AS text, -7::int AS int, 9223372036854775807::bigint AS bigint,
           count(*) AS count, 0.25::double precision AS double, true AS yes, false AS no,
           '0190A6D0-7D2A-7ABC-8DEF-0123456789AB'::uuid AS uuid,
           '2026-01-01 02:00:00.123456+02'::timestamptz AS time, 'BLUE' AS colour, 'tea' AS sku,
           'USD' AS currency, '\x00ff5c'::bytea AS bytes, NULL::text AS nothing,
           jsonb_build_object('a', 1) AS json)sql"};

constexpr Statement kSave{
    "save",
    R"sql(
    INSERT INTO things ($columns, owner) SELECT $columns, $1::text FROM $rows ORDER BY ordinality
    ON CONFLICT (id) DO UPDATE SET colour = excluded.colour, bytes = excluded.bytes)sql",
    {"id int, colour text, bytes bytea"},
};

constexpr Statement kUpdate{
    "update",
    R"sql(
    UPDATE things SET $set FROM $rows WHERE things.id = rows.id AND owner = $1::text)sql",
    {"id int, colour text, bytes bytea"},
};

constexpr Statement kLoad{
    "load",
    R"sql(
    SELECT $columns FROM things WHERE id = ANY($1::int[]) ORDER BY id)sql",
    {"id int, colour text, bytes bytea, owner text"},
};

constexpr Statement kDelete{"delete", "DELETE FROM things WHERE owner = $1::text"};

class ResultTest : public ::testing::Test {
 protected:
  void SetUp() override {
    db_.Exec("CREATE TABLE things (id int PRIMARY KEY, colour text, bytes bytea, owner text)");
  }

  absl::Status Run(absl::FunctionRef<void(Transaction&)> body) {
    return RunTransaction(pool_, {.name = "test", .deadline = absl::Now() + absl::Seconds(20)},
                          [&](Transaction& tx) {
                            body(tx);
                            return absl::OkStatus();
                          });
  }

  // The error of reading one of kOneOfEach's columns like this.
  absl::Status Reading(absl::FunctionRef<void(const Row&)> read) {
    return Run([&](Transaction& tx) { read(tx.Exec(kOneOfEach).front()); });
  }

  // "1 RED 00ff ann": of each row.
  std::vector<std::string> Things() {
    std::vector<std::string> things;
    for (const auto& row :
         db_.QueryRows("SELECT concat_ws(' ', id, coalesce(colour, 'NULL'), "
                       "coalesce(encode(bytes, 'hex'), 'NULL'), owner) FROM things ORDER BY id")) {
      things.push_back(row.at(0));
    }
    return things;
  }

  test::TestDatabase db_{""};
  Pool pool_{{.conninfo = db_.Conninfo("postgres"), .pool_size = 1}, "test"};
};

TEST_F(ResultTest, EachTypeIsReadByName) {
  const absl::Status status = Reading([](const Row& row) {
    EXPECT_EQ(row.Get<std::string>("text"), "a \"b\"");
    EXPECT_EQ(row.Get<int>("int"), -7);
    EXPECT_EQ(row.Get<std::int64_t>("int"), -7);
    EXPECT_EQ(row.Get<std::int64_t>("bigint"), INT64_MAX);
    EXPECT_EQ(row.Get<std::int64_t>("count"), 1);
    EXPECT_EQ(row.Get<double>("double"), 0.25);
    EXPECT_EQ(row.Get<double>("count"), 1.0);
    EXPECT_TRUE(row.Get<bool>("yes"));
    EXPECT_FALSE(row.Get<bool>("no"));
    EXPECT_EQ(row.Get<Uuid>("uuid"), *Uuid::Parse(kId));
    EXPECT_EQ(row.Get<OrderId>("uuid"), *OrderId::Parse(kId));
    EXPECT_EQ(row.Get<std::string>("uuid"), kId);
    EXPECT_EQ(row.Get<absl::Time>("time"), absl::FromUnixMicros(1'767'225'600'123'456));
    EXPECT_EQ(row.Get<Colour>("colour"), Colour::kBlue);
    EXPECT_EQ(row.Get<Sku>("sku"), Sku("tea"));
    EXPECT_EQ(row.Get<Currency>("currency"), Currency("USD"));
    EXPECT_EQ(row.GetBytes("bytes"), std::string("\x00\xff\\", 3));
    EXPECT_EQ(row.Get<std::string>("json"), "{\"a\": 1}");
  });
  EXPECT_TRUE(status.ok()) << status;
}

TEST_F(ResultTest, ColumnsAreReadInAnyOrderAndMoreThanOnce) {
  const absl::Status status = Reading([](const Row& row) {
    for (int i = 0; i < 2; ++i) {
      EXPECT_EQ(row.Get<std::string>("sku"), "tea");
      EXPECT_EQ(row.Get<int>("int"), -7);
      EXPECT_EQ(row.Get<int>("int"), -7);
      EXPECT_EQ(row.Get<std::string>("text"), "a \"b\"");
    }
  });
  EXPECT_TRUE(status.ok()) << status;
}

TEST_F(ResultTest, NullIsNothing) {
  const absl::Status status = Reading([](const Row& row) {
    EXPECT_TRUE(row.IsNull("nothing"));
    EXPECT_FALSE(row.IsNull("text"));
    EXPECT_EQ(row.Get<std::optional<std::string>>("nothing"), std::nullopt);
    EXPECT_EQ(row.Get<std::optional<absl::Time>>("nothing"), std::nullopt);
    EXPECT_EQ(row.Get<std::optional<Colour>>("nothing"), std::nullopt);
    EXPECT_EQ(row.GetBytes("nothing"), "");
    EXPECT_EQ(row.Get<std::optional<std::string>>("text"), "a \"b\"");
    EXPECT_EQ(row.Get<std::optional<int>>("int"), -7);
    EXPECT_EQ(row.Get<std::optional<Colour>>("colour"), Colour::kBlue);
  });
  EXPECT_TRUE(status.ok()) << status;
}

TEST_F(ResultTest, WhatIsNotAsExpectedIsAnErrorThatNamesTheColumn) {
  const auto expect_error = [&](const std::string& column, auto read) {
    const absl::Status status = Reading([&](const Row& row) { read(row, column); });
    EXPECT_TRUE(absl::IsInternal(status)) << column << ": " << status;
    EXPECT_TRUE(absl::StrContains(status.message(), "column " + column)) << status;
  };
  // A value is asked for, and there is none.
  expect_error("nothing", [](const Row& row, auto c) { row.Get<std::string>(c); });
  expect_error("nothing", [](const Row& row, auto c) { row.Get<int>(c); });
  // There is no such column.
  expect_error("missing", [](const Row& row, auto c) { row.Get<int>(c); });
  expect_error("missing", [](const Row& row, auto c) { row.Get<std::optional<int>>(c); });
  expect_error("missing", [](const Row& row, auto c) { row.IsNull(c); });
  expect_error("missing", [](const Row& row, auto c) { row.GetBytes(c); });
  expect_error("TEXT", [](const Row& row, auto c) { row.Get<std::string>(c); });
  // It is of another type.
  expect_error("text", [](const Row& row, auto c) { row.Get<int>(c); });
  expect_error("double", [](const Row& row, auto c) { row.Get<std::int64_t>(c); });
  expect_error("bigint", [](const Row& row, auto c) { row.Get<int>(c); });
  expect_error("text", [](const Row& row, auto c) { row.Get<double>(c); });
  expect_error("int", [](const Row& row, auto c) { row.Get<bool>(c); });
  expect_error("text", [](const Row& row, auto c) { row.Get<Uuid>(c); });
  expect_error("text", [](const Row& row, auto c) { row.Get<OrderId>(c); });
  expect_error("text", [](const Row& row, auto c) { row.Get<absl::Time>(c); });
  expect_error("sku", [](const Row& row, auto c) { row.Get<Colour>(c); });
  expect_error("sku", [](const Row& row, auto c) { row.Get<std::optional<Colour>>(c); });
  expect_error("text", [](const Row& row, auto c) { row.GetBytes(c); });
}

TEST_F(ResultTest, RowsAreWrittenAndReadBackByName) {
  const std::string bytes("\x00\xff", 2);
  Rows rows(kSave);
  rows.Set("id", 1).Set("colour", Colour::kRed).Set("bytes", bytes);
  rows.Set("bytes", std::nullopt).Set("colour", std::optional<Colour>()).Set("id", 2);
  rows.Set("id", 3).Set("bytes", std::optional(bytes)).Set("colour", Colour::kBlue);
  const absl::Status status = Run([&](Transaction& tx) {
    EXPECT_EQ(tx.ExecRows(kSave, rows, "ann").affected_rows(), 3u);
    std::vector<int> ids;
    std::vector<std::optional<Colour>> colours;
    std::vector<std::string> blobs;
    for (const Row row : tx.Exec(kLoad, ArrayOf(std::array{3, 2, 1, 0}))) {
      ids.push_back(row.Get<int>("id"));
      colours.push_back(row.Get<std::optional<Colour>>("colour"));
      blobs.push_back(row.GetBytes("bytes"));
      EXPECT_EQ(row.Get<UserId>("owner"), UserId("ann"));
    }
    EXPECT_THAT(ids, ElementsAre(1, 2, 3));
    EXPECT_THAT(colours, ElementsAre(Colour::kRed, std::nullopt, Colour::kBlue));
    EXPECT_THAT(blobs, ElementsAre(bytes, "", bytes));
  });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_THAT(Things(), ElementsAre("1 RED 00ff ann", "2 NULL NULL ann", "3 BLUE 00ff ann"));
}

TEST_F(ResultTest, ManyRowsAreUpdatedByTheirKeyBesidesNumberedParameters) {
  db_.Exec(
      "INSERT INTO things VALUES (1, 'RED', '', 'ann'), (2, 'RED', '', 'bob'), "
      "(3, 'RED', '', 'ann')");
  Rows rows(kUpdate);
  for (int id = 1; id <= 3; ++id) {
    rows.Set("id", id).Set("colour", Colour::kBlue).Set("bytes", std::string(1, char('0' + id)));
  }
  const absl::Status status = Run(
      [&](Transaction& tx) { EXPECT_EQ(tx.ExecRows(kUpdate, rows, "ann").affected_rows(), 2u); });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_THAT(Things(), ElementsAre("1 BLUE 31 ann", "2 RED  bob", "3 BLUE 33 ann"));
}

TEST_F(ResultTest, NoRowsAreNoRows) {
  const absl::Status status = Run([&](Transaction& tx) {
    EXPECT_EQ(tx.ExecRows(kSave, Rows(kSave), "ann").affected_rows(), 0u);
    const Result none = tx.Exec(kLoad, ArrayOf(std::vector<int>{}));
    EXPECT_TRUE(none.empty());
    EXPECT_EQ(none.size(), 0u);
    EXPECT_TRUE(none.begin() == none.end());
    EXPECT_EQ(tx.Exec(kDelete, "ann").affected_rows(), 0u);
  });
  EXPECT_TRUE(status.ok()) << status;
}

TEST_F(ResultTest, ACopyOutlivesTheResultItWasMadeOf) {
  db_.Exec("INSERT INTO things VALUES (1, 'RED', '', 'ann'), (2, 'BLUE', '', 'ann')");
  std::optional<Result> kept;
  const absl::Status status = Run([&](Transaction& tx) {
    const Result result = tx.Exec(kLoad, ArrayOf(std::array{1, 2}));
    EXPECT_EQ(tx.Exec(kDelete, "ann").affected_rows(), 2u);
    kept = result;
  });
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(kept->size(), 2u);
  EXPECT_EQ(kept->front().Get<Colour>("colour"), Colour::kRed);
}

TEST_F(ResultTest, ABugInRowsRollsBack) {
  Rows rows(kSave);
  rows.Set("id", 1);
  const absl::Status status = Run([&](Transaction& tx) { tx.ExecRows(kSave, rows, "ann"); });
  EXPECT_TRUE(absl::IsInternal(status)) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), "statement save: column colour")) << status;
  EXPECT_THAT(Things(), ElementsAre());
}

}  // namespace
}  // namespace waybill::postgres
