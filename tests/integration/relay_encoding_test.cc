// Kafka gets UTF-8, whatever the database's encoding; what has no UTF-8 form stops its key alone.
#include <gtest/gtest.h>

#include "tests/integration/plain_outbox.h"
#include "tests/support/wait.h"

namespace waybill::test {
namespace {

constexpr char kLatin1[] = "ENCODING 'LATIN1' LOCALE 'C'";
constexpr char kWin1252[] = "ENCODING 'WIN1252' LOCALE 'C'";
constexpr char kSqlAscii[] = "ENCODING 'SQL_ASCII' LOCALE 'C'";

std::string Parked(PlainOutbox& outbox) {
  return outbox.db.QueryText(
      "SELECT coalesce(string_agg(topic || ' ' || convert_from(key, 'SQL_ASCII') || ' ' || reason,"
      " ',' ORDER BY id), '') FROM outbox_relay.parked_rows");
}

::testing::AssertionResult Parks(PlainOutbox& outbox, const std::string& rows) {
  return Eventually([&] { return Parked(outbox) == rows; }, "parked: " + rows);
}

void ExpectUtf8(const Record& record) {
  EXPECT_EQ(record.key, "k\u00e9y");
  EXPECT_EQ(record.payload, "{\"n\": \"caf\u00e9\"}");
  EXPECT_EQ(record.Header("t\u00ea"), "\u00fcber");
}

// Names, keys, values and headers beyond ASCII, from the table and from the log.
void ExpectLatin1BecomesUtf8(const std::string& more_columns, const std::string& more_headers) {
  PlainOutbox outbox(std::string(PlainOutbox::kColumns) + more_columns, kLatin1);
  outbox.db.Exec("SET client_encoding = 'UTF8'");
  outbox.db.Exec("ALTER TABLE outbox ADD \"t\u00ea\" varchar(10) DEFAULT '\u00fcber'");
  outbox.db.Exec("ALTER PUBLICATION my_outbox RENAME TO \"publi\u00e9\"");
  outbox.publication = "publi\u00e9";
  outbox.extra_source = "headers.\"t\u00ea\" = \"t\u00ea\"\n" + more_headers;
  const std::string insert =
      "INSERT INTO outbox (aggregatetype, aggregateid, payload) VALUES ('Order', 'k\u00e9y',"
      " '{\"n\": \"caf\u00e9\"}')";
  outbox.db.Exec(insert);
  outbox.Start();
  ExpectUtf8(outbox.Read(1)[0]);
  ASSERT_TRUE(outbox.Logs("\"the stream starts\""));
  outbox.db.Exec(insert);
  ExpectUtf8(outbox.Read(2)[1]);
}

TEST(RelayEncoding, Latin1BecomesUtf8) { ExpectLatin1BecomesUtf8("", ""); }

TEST(RelayEncoding, Latin1BecomesUtf8InTheTextFormOfTheStream) {
  ExpectLatin1BecomesUtf8(", amount numeric DEFAULT 1.50", "headers.amount = \"amount\"\n");
}

// \x81 is no character of WIN1252, and PostgreSQL stores it all the same.
void PutUnreadable(PlainOutbox& outbox, const std::string& key) {
  outbox.db.Exec("INSERT INTO outbox (aggregatetype, aggregateid, payload) VALUES ('Order', '" +
                 key + "', to_jsonb('\u00e9'::text || chr(129)))");
}

TEST(RelayEncoding, WhatHasNoUtf8FormParksItsKeyAloneInABackfillAndInTheStream) {
  PlainOutbox outbox(PlainOutbox::kColumns, kWin1252);
  outbox.db.Exec("SET client_encoding = 'UTF8'");
  PutUnreadable(outbox, "bad");
  outbox.Put("good");
  outbox.Start();
  EXPECT_EQ(outbox.Read(1)[0].key, "good");
  ASSERT_TRUE(Parks(outbox, "outbox.event.Order bad UNREADABLE"));
  PutUnreadable(outbox, "worse");
  outbox.Put("bad");
  outbox.Put("good");
  EXPECT_EQ(outbox.Read(2)[1].key, "good");
  EXPECT_TRUE(Parks(outbox,
                    "outbox.event.Order bad UNREADABLE,outbox.event.Order worse UNREADABLE,"
                    "outbox.event.Order bad BEHIND"));
}

TEST(RelayEncoding, BytesOfADatabaseWithoutEncodingAreTakenForUtf8OrParked) {
  PlainOutbox outbox(
      "id text DEFAULT gen_random_uuid()::text, aggregatetype text, aggregateid text, payload text",
      kSqlAscii);
  const auto put = [&](const std::string& values) {
    outbox.db.Exec("INSERT INTO outbox (aggregatetype, aggregateid, payload) VALUES (" + values +
                   ")");
  };
  put("'Order', 'right', 'caf\u00e9'");
  put("'Order', 'wrong', E'caf\\xe9'");
  outbox.Start();
  EXPECT_EQ(outbox.Read(1)[0].payload, "caf\u00e9");
  ASSERT_TRUE(Parks(outbox, "outbox.event.Order wrong UNREADABLE"));
  put("E'caf\\xe9', 'topic', ''");
  outbox.db.Exec("INSERT INTO outbox VALUES (E'id\\xe9', 'Order', 'wrong', '')");
  put("'Order', 'right', 'caf\u00e9'");
  EXPECT_EQ(outbox.Read(2)[1].payload, "caf\u00e9");
  EXPECT_TRUE(Parks(outbox,
                    "outbox.event.Order wrong UNREADABLE, topic UNREADABLE,"
                    "outbox.event.Order wrong UNREADABLE"));
  EXPECT_EQ(outbox.db.QueryText("SELECT row_id FROM outbox_relay.parked_rows ORDER BY id DESC"
                                " LIMIT 1"),
            "id\\xe9");
}

}  // namespace
}  // namespace waybill::test
