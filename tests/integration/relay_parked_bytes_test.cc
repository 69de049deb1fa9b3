// A row can be parked whatever its bytes are and however many they are.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/plain_outbox.h"
#include "tests/support/wait.h"

namespace waybill::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kColumns[] =
    "id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, aggregatetype text, aggregateid bytea,"
    " payload bytea, headers json, name bytea";
constexpr char kConfig[] = "columns.headers = \"headers\"\ncolumns.row_id = \"name\"\n";

class RelayParkedBytes : public ::testing::Test {
 protected:
  void SetUp() override {
    relay_.extra_source = kConfig;
    relay_.Start();
  }

  // Commits one row of a topic, the values as SQL writes them.
  void Put(const std::string& type, const std::string& key, const std::string& headers = "NULL",
           const std::string& name = "NULL") {
    relay_.db.Exec(
        "INSERT INTO outbox (aggregatetype, aggregateid, payload, headers, name) VALUES (" + type +
        ", " + key + ", 'payload', " + headers + ", " + name + ")");
  }
  // Nothing was sent again, so nothing stopped the source.
  void ExpectOnlyGood(int count) {
    Put("'Order'", "'good'");
    EXPECT_EQ(relay_.Read(static_cast<std::size_t>(count)).size(), static_cast<std::size_t>(count));
    EXPECT_THAT(relay_.Log(), Not(HasSubstr("the outbox source failed")));
  }
  ::testing::AssertionResult Parked(int rows) {
    return Eventually(
        [&] { return relay_.db.QueryInt("SELECT count(*) FROM outbox_relay.parked_rows") == rows; },
        std::to_string(rows) + " parked rows");
  }

  PlainOutbox relay_{kColumns};
};

TEST_F(RelayParkedBytes, HeaderNamesAndValuesMayHaveNulsAndHalfSurrogatePairs) {
  Put("'Late'", "'k'",
      R"('{"na\ud800me": "a\udc00b", "na\u0000me": "a\u0000b", "\ud83d\ude00": "\ud83dx"}')");
  ExpectOnlyGood(1);
  ASSERT_TRUE(Parked(1));
  EXPECT_EQ(
      relay_.db.QueryText("SELECT string_agg(encode(n, 'hex') || '=' || encode(v, 'hex'), ' ')"
                          " FROM outbox_relay.parked_rows, unnest(header_names, header_values)"
                          " h(n, v) WHERE n <> 'id'"),
      "6e61efbfbd6d65=61efbfbd62 6e61006d65=610062 f09f9880=efbfbd78");
  const std::string shown =
      relay_.Command({"parked", "show", "--topic", "outbox.event.Late", "--key", "k"}).output;
  EXPECT_THAT(shown, HasSubstr("na\\x00me=a\\x00b")) << shown;
  relay_.topics.Create({"outbox.event.Late"}, 1);
  const Record released = relay_.topics.ReadCount("outbox.event.Late", 1)[0];
  EXPECT_EQ(released.Header("na\xef\xbf\xbdme"),
            "a\xef\xbf\xbd"
            "b");
  EXPECT_EQ(released.Header("\xf0\x9f\x98\x80"), "\xef\xbf\xbdx");
}

TEST_F(RelayParkedBytes, KeysNamesAndTopicsMayHaveAnyBytesAndAreNeverSentToATerminal) {
  // NUL, not UTF-8, an escape sequence, and marks that turn the direction of writing.
  Put("'Late'", R"('\x00ff1b5b324ae280ae')", "NULL", R"('\x00fe')");
  Put("'Late'", R"('\x00ff1b5b324ae280ae')");
  Put("'to' || chr(27) || '[2J' || chr(8238) || 'pic'", "'k'");
  ExpectOnlyGood(1);
  ASSERT_TRUE(Parked(3));
  EXPECT_EQ(relay_.db.QueryText("SELECT string_agg(reason, ' ' ORDER BY id) FROM"
                                " outbox_relay.parked_rows"),
            "UNKNOWN_TOPIC BEHIND UNKNOWN_TOPIC");
  const std::string list = relay_.Command({"parked", "list"}).output;
  const std::string key = R"(\x00\xff\x1b[2J\xe2\x80\xae)";
  EXPECT_THAT(list, HasSubstr("outbox.event.Late\t" + key + "\t2 rows\tUNKNOWN_TOPIC"));
  EXPECT_THAT(list, HasSubstr(R"(outbox.event.to\x1b[2J\xe2\x80\xaepic)"));
  for (const std::string& raw : {std::string("\x1b"), std::string("\xe2\x80\xae")}) {
    EXPECT_THAT(list, Not(HasSubstr(raw)));
    EXPECT_THAT(relay_.Log(), Not(HasSubstr(raw)));
  }
  const Finished show =
      relay_.Command({"parked", "show", "--topic", "outbox.event.Late", "--key", key, "--escaped"});
  EXPECT_THAT(show.output, HasSubstr("UNKNOWN_TOPIC"));
  EXPECT_NE(relay_.Command({"parked", "show", "--topic", "t", "--key", "\\q", "--escaped"}).status,
            0);
  relay_.topics.Create({"outbox.event.Late"}, 1);
  EXPECT_EQ(relay_.topics.ReadCount("outbox.event.Late", 2)[1].key,
            std::string("\0\xff\x1b[2J\xe2\x80\xae", 9));
}

TEST_F(RelayParkedBytes, ATopicOfRetainedRowsIsNeverSentToATerminal) {
  Put("'to' || chr(27) || '[2J' || chr(8238) || 'pic'", "'k'", "NULL", "'row'");
  const std::string retained = relay_.Command({"republish", "--dry-run"}).output;
  EXPECT_THAT(retained, HasSubstr(R"(outbox.event.to\x1b[2J\xe2\x80\xaepic)"));
  EXPECT_THAT(retained, Not(HasSubstr("\x1b")));
  EXPECT_THAT(retained, Not(HasSubstr("\xe2\x80\xae")));
}

TEST_F(RelayParkedBytes, KeysAndTopicsMayBeLongerThanAnyIndexTakes) {
  const std::string random =
      "(SELECT string_agg(md5(i::text), '') FROM generate_series(1, 1024) i)";
  Put("'Late'", "convert_to(" + random + ", 'UTF8')");
  Put("'Late'", "convert_to(" + random + ", 'UTF8')");
  Put(random, "'k'");
  Put("'Late'", "convert_to(repeat('long', 500000), 'UTF8')", "NULL",
      "convert_to(repeat('name', 500000), 'UTF8')");
  ExpectOnlyGood(1);
  ASSERT_TRUE(Parked(4));
  EXPECT_EQ(relay_.db.QueryText("SELECT string_agg(reason, ' ' ORDER BY id) FROM"
                                " outbox_relay.parked_rows"),
            "UNKNOWN_TOPIC BEHIND UNKNOWN_TOPIC UNKNOWN_TOPIC");
  EXPECT_EQ(relay_.Command({"parked", "list"}).status, 0);
  relay_.topics.Create({"outbox.event.Late"}, 1);
  EXPECT_EQ(relay_.topics.ReadCount("outbox.event.Late", 2)[1].key->size(), 32768u);
}

TEST_F(RelayParkedBytes, NamesThatNoTopicCanHaveAreUnknownTopics) {
  for (const char* type : {"'a b'", "'sch' || chr(246) || 'n'", "repeat('x', 250)", "'a/b'"}) {
    Put(type, "'k'");
  }
  ExpectOnlyGood(1);
  ASSERT_TRUE(Parked(4));
  EXPECT_EQ(relay_.db.QueryInt("SELECT count(*) FROM outbox_relay.parked_rows WHERE reason ="
                               " 'UNKNOWN_TOPIC' AND error LIKE 'Kafka can''t have a topic %'"),
            4);
  // It stops instead of waiting for an answer.
  EXPECT_EQ(relay_.Command({"parked", "release", "--all"}).status, 0);
  EXPECT_TRUE(Eventually(
      [&] {
        return relay_.db.QueryInt(
                   "SELECT count(*) FROM outbox_relay.parked_keys WHERE"
                   " release_requested_at IS NOT NULL") == 0;
      },
      "every release to stop"));
  EXPECT_TRUE(Parked(4));
}

}  // namespace
}  // namespace waybill::test
