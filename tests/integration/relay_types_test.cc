// Whatever a column's type is, Kafka gets its text: from the table and from the log alike.
#include <gtest/gtest.h>

#include "tests/integration/plain_outbox.h"
#include "tests/support/wait.h"

namespace waybill::test {
namespace {

struct Typed {
  const char* header;
  const char* type;
  const char* value;
};

// Types of every kind, with a value whose text, whose output and whose binary form all differ where
// they can.
constexpr Typed kTyped[] = {
    {"da", "date", "'2024-02-29'"},
    {"f8", "float8", "'0.1'"},
    {"f4", "float4", "'-1.5e-10'"},
    {"ti", "time", "'03:04:05.6'"},
    {"tz", "timetz", "'03:04:05+02'"},
    {"ip", "inet", "'10.0.0.1'"},
    {"ci", "cidr", "'10.0.0.0/8'"},
    {"ar", "int[]", "'{1,NULL,3}'"},
    {"ba", "bool[]", "'{t,f}'"},
    {"iv", "interval", "'1 year 2 days 03:04:05'"},
    {"mo", "money", "'12.50'"},
    {"bo", "boolean", "'t'"},
    {"bp", "char(6)", "'ab'"},
    {"bi", "bit(5)", "'10101'"},
    {"ra", "int4range", "'[1,5)'"},
    {"oi", "oid", "'4000000000'"},
    {"re", "regclass", "'pg_class'"},
    {"ls", "pg_lsn", "'1/A0'"},
    {"ma", "macaddr", "'08:00:2b:01:02:03'"},
    {"po", "point", "'(1.5,2)'"},
    {"ve", "tsvector", "'a:1 b:2'"},
    {"ch", "\"char\"", "'x'"},
    {"jp", "jsonpath", "'$.a'"},
    {"uu", "uuid", "'0190b5a2-0000-7000-8000-000000000001'"},
    {"xi", "xid8", "'18446744073709551615'"},
    {"i2", "int2", "'-2'"},
    {"en", "mood", "'fine'"},
    {"co", "pair", "'(1,\"a b\")'"},
    {"dt", "deep_text", "'text'"},
    {"dn", "deep_number", "'1.20'"},
    {"du", "deep_uuid", "'0190b5a2-0000-7000-8000-000000000002'"},
    {"ad", "deep_number[]", "'{1.20}'"},
};

constexpr char kUserTypes[] =
    "CREATE TYPE mood AS ENUM ('fine'); CREATE TYPE pair AS (a int, b text);"
    "CREATE DOMAIN a_text AS text; CREATE DOMAIN deep_text AS a_text;"
    "CREATE DOMAIN a_number AS numeric(9, 2); CREATE DOMAIN deep_number AS a_number;"
    "CREATE DOMAIN a_uuid AS uuid; CREATE DOMAIN deep_uuid AS a_uuid;";

// A key of type numeric, and a header of every type.
class OfManyTypes : public PlainOutbox {
 public:
  OfManyTypes() : PlainOutbox(std::string(kColumns) + kOrderAndTx) {
    db.Exec(kUserTypes);
    db.Exec("ALTER TABLE outbox ALTER COLUMN aggregateid TYPE numeric USING aggregateid::numeric");
    extra = "[limits]\ncatch_up_bytes = 1000000\n";
    extra_source = std::string(kOrderAndTxConfig) + "headers.ts = \"ts\"\nheaders.by = \"by\"\n";
    db.Exec(
        "ALTER TABLE outbox ADD ts timestamptz DEFAULT '2024-01-02 03:04:05.6+02',"
        " ADD by bytea DEFAULT '\\x00ff'");
    for (const Typed& typed : kTyped) {
      const std::string name = typed.header;
      extra_source += "headers." + name + " = \"" + name + "\"\n";
      db.Exec("ALTER TABLE outbox ADD " + name + " " + typed.type + " DEFAULT " + typed.value);
    }
  }

  void PutNumber(int count = 1) {
    db.Exec(
        "INSERT INTO outbox (aggregatetype, aggregateid, payload)"
        " SELECT 'Order', 7.50, '{}' FROM generate_series(1, " +
        std::to_string(count) + ")");
  }

  void ExpectText(const Record& record) {
    EXPECT_EQ(record.key, "7.50");
    EXPECT_EQ(record.payload, "{}");
    EXPECT_EQ(record.Header("ts"), "2024-01-02T01:04:05.600000Z");
    EXPECT_EQ(record.Header("by"), std::string("\0\xff", 2));
    for (const auto& [name, text] : Texts()) EXPECT_EQ(record.Header(name), text) << name;
  }

 private:
  // What a cast makes of each column.
  const std::map<std::string, std::string>& Texts() {
    if (!texts_.empty()) return texts_;
    db.Exec("SET search_path = pg_catalog; SET lc_monetary = 'C'");
    for (const Typed& typed : kTyped) {
      texts_[typed.header] =
          db.QueryText("SELECT " + std::string(typed.header) + "::text FROM public.outbox LIMIT 1");
    }
    db.Exec("RESET ALL");
    return texts_;
  }

  std::map<std::string, std::string> texts_;
};

TEST(RelayTypes, EveryTypeIsItsTextInABackfillInTheStreamAndInACatchUp) {
  OfManyTypes outbox;
  outbox.PutNumber();
  outbox.Start();
  outbox.ExpectText(outbox.Read(1)[0]);
  outbox.PutNumber();
  outbox.ExpectText(outbox.Read(2)[1]);
  outbox.Kill();
  outbox.db.Exec("CREATE TABLE noise AS SELECT repeat('x', 1000) FROM generate_series(1, 3000)");
  outbox.PutNumber();
  outbox.Start();
  outbox.ExpectText(outbox.Read(3)[2]);
  EXPECT_TRUE(outbox.Logs("\"the catch-up by copy is complete\""));
}

TEST(RelayTypes, AColumnThatGetsAnotherTypeWhileTheRelayStreamsIsTextFromThenOn) {
  PlainOutbox outbox;
  outbox.Start();
  outbox.Put("1.50");
  EXPECT_EQ(outbox.Read(1)[0].key, "1.50");
  outbox.db.Exec("ALTER TABLE outbox ALTER aggregateid TYPE numeric USING aggregateid::numeric");
  outbox.db.Exec(
      "INSERT INTO outbox (aggregatetype, aggregateid, payload)"
      " VALUES ('Order', 2.50, '{}')");
  EXPECT_EQ(outbox.Read(2)[1].key, "2.50");
}

// The table as it is now doesn't tell what the log has.
TEST(RelayTypes, ATypeThatTheTableHasNoMoreIsTextAllTheSame) {
  PlainOutbox outbox;
  outbox.Start();
  outbox.Put("1.50");
  outbox.Read(1);
  outbox.Kill();
  outbox.db.Exec("CREATE DOMAIN passing AS numeric");
  outbox.db.Exec("ALTER TABLE outbox ALTER aggregateid TYPE passing USING aggregateid::numeric");
  outbox.db.Exec(
      "INSERT INTO outbox (aggregatetype, aggregateid, payload)"
      " VALUES ('Order', 2.50, '{}')");
  outbox.db.Exec("ALTER TABLE outbox ALTER aggregateid TYPE text USING aggregateid::text");
  outbox.db.Exec("DROP DOMAIN passing");
  outbox.Put("3.50");
  outbox.Start();
  const std::vector<Record> records = outbox.topics.ReadUntil(
      PlainOutbox::kTopic,
      [](const std::vector<Record>& sofar) { return !sofar.empty() && sofar.back().key == "3.50"; },
      "the last row");
  // The first row may come twice: the relay was killed behind it.
  ASSERT_GE(records.size(), 3u);
  EXPECT_EQ(records[records.size() - 2].key, "2.50");
}

TEST(RelayTypes, HalfACharacterInAJsonHeaderBecomesAReplacementCharacter) {
  PlainOutbox outbox(std::string(PlainOutbox::kColumns) + ", extra json");
  outbox.extra_source = "columns.headers = \"extra\"\n";
  outbox.Start();
  outbox.db.Exec(
      "INSERT INTO outbox (aggregatetype, aggregateid, payload, extra)"
      " VALUES ('Order', 'half', '{}', '{\"a\": \"\\ud83d\"}')");
  const std::vector<Record> records = outbox.Read(1);
  EXPECT_EQ(records[0].key, "half");
  EXPECT_EQ(records[0].Header("a"), "\xef\xbf\xbd");
}

void ExpectRefusedThenPublished(PlainOutbox& outbox, const std::string& column,
                                const std::string& why, const std::string& remedy) {
  const std::string text = "doesn't stream column \"" + column + "\", because " + why;
  const Finished check = outbox.Command({"check"});
  EXPECT_NE(check.status, 0);
  EXPECT_NE(check.output.find(text), std::string::npos) << check.output;
  outbox.Start();
  // The log is JSON.
  ASSERT_TRUE(outbox.Logs("because " + why));
  EXPECT_TRUE(outbox.topics.ReadAll(PlainOutbox::kTopic).empty());
  outbox.db.Exec(remedy);
  const std::vector<Record> records = outbox.Read(1);
  EXPECT_EQ(records[0].key, "id-k");
  EXPECT_EQ(records[0].payload, "{\"i\": 1}");
}

constexpr char kGenerated[] =
    "id uuid PRIMARY KEY DEFAULT gen_random_uuid(), aggregatetype text NOT NULL, who text,"
    " aggregateid text GENERATED ALWAYS AS ('id-' || who) STORED, payload jsonb NOT NULL";

TEST(RelayTypes, AGeneratedColumnThatTheStreamLacksIsRefused) {
  PlainOutbox outbox(kGenerated);
  outbox.db.Exec(
      "INSERT INTO outbox (aggregatetype, who, payload) VALUES"
      " ('Order', 'k', '{\"i\": 1}')");
  ExpectRefusedThenPublished(outbox, "aggregateid", "it is generated",
                             "ALTER TABLE outbox ALTER COLUMN aggregateid DROP EXPRESSION");
}

TEST(RelayTypes, AColumnOutsideThePublicationsListIsRefused) {
  PlainOutbox outbox;
  outbox.Put("id-k");
  outbox.db.Exec("ALTER PUBLICATION my_outbox SET TABLE outbox (id, aggregatetype, aggregateid)");
  ExpectRefusedThenPublished(outbox, "payload", "it isn't in the publication's column list",
                             "ALTER PUBLICATION my_outbox SET TABLE outbox");
}

TEST(RelayTypes, ColumnsThatNoRecordIsMadeOfMayBeGeneratedUnlistedOrUnreadable) {
  PlainOutbox outbox(std::string(PlainOutbox::kColumns) +
                     ", gen text GENERATED ALWAYS AS (aggregateid || 'x') STORED, secret numeric");
  outbox.db.Exec(
      "ALTER PUBLICATION my_outbox SET TABLE outbox"
      " (id, aggregatetype, aggregateid, payload)");
  outbox.db.Exec(
      "REVOKE SELECT ON outbox FROM outbox_relay; GRANT SELECT (id, aggregatetype,"
      " aggregateid, payload) ON outbox TO outbox_relay");
  outbox.Put("k");
  outbox.Start();
  outbox.Read(1);
  outbox.Put("k");
  EXPECT_EQ(outbox.Read(2)[1].key, "k");
}

}  // namespace
}  // namespace waybill::test
