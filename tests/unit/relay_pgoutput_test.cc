#include "outbox_relay/source/pgoutput.h"

#include <gtest/gtest.h>

#include "outbox_relay/base/big_endian.h"

namespace waybill::outbox_relay {
namespace {

std::string Big(std::uint64_t value, int bytes) {
  char all[8];
  WriteBig64(all, value);
  return std::string(all + 8 - bytes, static_cast<std::size_t>(bytes));
}

std::string CString(const std::string& text) { return text + std::string(1, '\0'); }

std::string Relation() {
  return "R" + Big(42, 4) + CString("public") + CString("outbox") + "d" + Big(2, 2) + "\1" +
         CString("id") + Big(20, 4) + Big(0xFFFFFFFF, 4) + std::string(1, '\0') + CString("key") +
         Big(25, 4) + Big(0xFFFFFFFF, 4);
}

std::string Insert() {
  return "I" + Big(42, 4) + "N" + Big(2, 2) + "b" + Big(8, 4) + Big(7, 8) + "n";
}

TEST(PgOutput, ReadsAnInsertOfADescribedRelation) {
  PgOutputDecoder decoder;
  const auto relation = decoder.Decode(Relation());
  ASSERT_TRUE(relation.ok());
  EXPECT_EQ(relation->relation->table, "outbox");
  EXPECT_EQ(relation->relation->columns[1].name, "key");
  const std::string message = Insert();
  const auto insert = decoder.Decode(message);
  ASSERT_TRUE(insert.ok());
  EXPECT_EQ(insert->kind, Change::Kind::kInsert);
  EXPECT_EQ(insert->relation, relation->relation);
  EXPECT_EQ(decoder.columns()[0].data, Big(7, 8));
  EXPECT_EQ(decoder.columns()[1].form, ColumnValue::Form::kNull);
}

TEST(PgOutput, ReadsWhereATransactionEnds) {
  PgOutputDecoder decoder;
  const auto begin = decoder.Decode("B" + Big(1000, 8) + Big(0, 8) + Big(77, 4));
  ASSERT_TRUE(begin.ok());
  EXPECT_EQ(begin->xid, 77u);
  const auto commit =
      decoder.Decode("C" + std::string(1, '\0') + Big(1000, 8) + Big(1048, 8) + Big(0, 8));
  ASSERT_TRUE(commit.ok());
  EXPECT_EQ(commit->kind, Change::Kind::kCommit);
  EXPECT_EQ(commit->lsn, 1048u);
}

TEST(PgOutput, AnInsertIntoAnUndescribedRelationIsAnError) {
  PgOutputDecoder decoder;
  EXPECT_FALSE(decoder.Decode(Insert()).ok());
}

TEST(PgOutput, AMessageCutAnywhereIsAnErrorAndNeverACrash) {
  const std::string whole[] = {Relation(), Insert(), "B" + Big(1, 8) + Big(0, 8) + Big(7, 4)};
  for (const std::string& message : whole) {
    for (std::size_t size = 0; size < message.size(); ++size) {
      PgOutputDecoder decoder;
      ASSERT_TRUE(decoder.Decode(Relation()).ok());
      const std::string cut = message.substr(0, size);
      EXPECT_FALSE(decoder.Decode(cut).ok()) << message[0] << " of " << size;
    }
  }
}

TEST(Lsn, IsWrittenAsPostgreSqlWritesIt) {
  EXPECT_EQ(FormatLsn(0x16B374D848), "16/B374D848");
  EXPECT_EQ(ParseLsn("16/B374D848").value(), 0x16B374D848u);
  EXPECT_FALSE(ParseLsn("16").ok());
  EXPECT_FALSE(ParseLsn("16/").ok());
  EXPECT_FALSE(ParseLsn("x/1").ok());
}

}  // namespace
}  // namespace waybill::outbox_relay
