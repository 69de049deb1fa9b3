// No setting of a role, a database, a connection or the environment changes what the relay does.
#include <gtest/gtest.h>

#include <map>

#include "tests/integration/plain_outbox.h"
#include "tests/support/wait.h"

namespace waybill::test {
namespace {

// Settings that somebody may have reason for, and that would change what the relay reads.
const std::map<std::string, std::string> kForeign = {
    {"bytea_output", "escape"},
    {"DateStyle", "German"},
    {"IntervalStyle", "sql_standard"},
    {"TimeZone", "Asia/Kathmandu"},
    {"extra_float_digits", "-10"},
    {"standard_conforming_strings", "off"},
    {"array_nulls", "off"},
    {"quote_all_identifiers", "on"},
    {"client_encoding", "LATIN1"},
    {"search_path", "foreign_functions, pg_catalog"},
    {"default_transaction_isolation", "serializable"},
    {"default_transaction_read_only", "on"},
    {"default_transaction_deferrable", "on"},
    {"synchronous_commit", "off"},
    {"lock_timeout", "1ms"},
    {"idle_in_transaction_session_timeout", "1ms"},
    {"idle_session_timeout", "50ms"},
};

// A search_path that puts it before pg_catalog breaks whoever calls hashtext.
constexpr char kForeignFunctions[] =
    "CREATE SCHEMA foreign_functions; GRANT USAGE ON SCHEMA foreign_functions TO PUBLIC;"
    "CREATE FUNCTION foreign_functions.hashtext(text) RETURNS integer LANGUAGE sql"
    " AS 'SELECT (random() * 1e9)::integer';"
    "CREATE FUNCTION foreign_functions.pg_try_advisory_lock(integer, integer) RETURNS boolean"
    " LANGUAGE sql AS 'SELECT false'";

void PutInto(PlainOutbox& outbox, const std::string& type, const std::string& key) {
  outbox.db.Exec("INSERT INTO outbox (aggregatetype, aggregateid, payload) VALUES ('" + type +
                 "', '" + key + "', '{}')");
}

int ParkedRows(PlainOutbox& outbox) {
  return static_cast<int>(
      outbox.db.QueryInt("SELECT count(*) FROM outbox_relay.parked_rows WHERE"
                         " discarded_at IS NULL"));
}

// A key that is parked stays parked over a restart, and comes out of it in order.
void ExpectParkingHolds(PlainOutbox& outbox) {
  outbox.extra += "[limits]\nunknown_topic = \"0s\"\n";
  outbox.Put("good");
  PutInto(outbox, "Late", "k\u00e9y\\");
  outbox.Start();
  outbox.Read(1);
  ASSERT_TRUE(Eventually([&] { return ParkedRows(outbox) == 1; }, "one parked row"));
  outbox.Kill();
  outbox.Start();
  outbox.topics.Create({"outbox.event.Late"}, 1);
  PutInto(outbox, "Late", "k\u00e9y\\");
  ASSERT_TRUE(Eventually([&] { return ParkedRows(outbox) == 2; }, "two parked rows"))
      << outbox.Log();
  outbox.Put("good");
  outbox.Read(2);
  EXPECT_TRUE(outbox.topics.ReadAll("outbox.event.Late").empty());
  const Finished list = outbox.Command({"parked", "list"});
  EXPECT_NE(list.output.find("k\u00e9y\\\\\t2 rows\tUNKNOWN_TOPIC"), std::string::npos)
      << list.output;
  const Finished status = outbox.Command({"status"});
  EXPECT_NE(status.output.find("2 rows parked"), std::string::npos) << status.output;
  EXPECT_EQ(outbox.Command({"parked", "release", "--all"}).status, 0);
  const std::vector<Record> late = outbox.topics.ReadCount("outbox.event.Late", 2);
  EXPECT_EQ(late[0].key, "k\u00e9y\\");
  EXPECT_EQ(late[0].Header("id"),
            outbox.db.QueryText("SELECT id FROM outbox WHERE aggregatetype = 'Late'"
                                " ORDER BY ctid LIMIT 1"));
}

TEST(RelaySettings, ThoseOfTheDatabaseDoNotLetAParkedKeyBeOvertaken) {
  PlainOutbox outbox;
  outbox.db.Exec(kForeignFunctions);
  for (const auto& [name, value] : kForeign) {
    const std::string quoted = name == "search_path" ? value : "'" + value + "'";
    outbox.db.Exec("ALTER DATABASE " + outbox.db.name() + " SET " + name + " = " + quoted);
  }
  ExpectParkingHolds(outbox);
}

TEST(RelaySettings, ThoseOfTheRoleDoNotLetAParkedKeyBeOvertaken) {
  PlainOutbox outbox;
  outbox.db.Exec(kForeignFunctions);
  for (const auto& [name, value] : kForeign) {
    const std::string quoted = name == "search_path" ? value : "'" + value + "'";
    outbox.db.Exec("ALTER ROLE outbox_relay IN DATABASE " + outbox.db.name() + " SET " + name +
                   " = " + quoted);
  }
  ExpectParkingHolds(outbox);
}

TEST(RelaySettings, ThoseOfTheConninfoAndTheEnvironmentDoNotLetAParkedKeyBeOvertaken) {
  PlainOutbox outbox;
  outbox.db.Exec(kForeignFunctions);
  outbox.extra_conninfo =
      "client_encoding=LATIN1 options='-c bytea_output=escape -c default_transaction_read_only=on"
      " -c search_path=foreign_functions,pg_catalog'";
  outbox.env = {{"PGTZ", "Asia/Kathmandu"}, {"PGDATESTYLE", "German"}};
  ExpectParkingHolds(outbox);
}

TEST(RelaySettings, ThoseOfPgOptionsDoNotLetAParkedKeyBeOvertaken) {
  PlainOutbox outbox;
  outbox.env = {{"PGOPTIONS", "-c bytea_output=escape -c standard_conforming_strings=off"},
                {"PGCLIENTENCODING", "LATIN1"}};
  ExpectParkingHolds(outbox);
}

TEST(RelaySettings, ABackfillTakesLongerThanTheDatabasesStatementTimeout) {
  PlainOutbox outbox;
  outbox.extra = "[limits]\nin_flight_records = 1\n";
  outbox.db.Exec(
      "INSERT INTO outbox (aggregatetype, aggregateid, payload) SELECT 'Order', 'k',"
      " to_jsonb(repeat('x', 40000)) FROM generate_series(1, 200)");
  outbox.db.Exec("ALTER DATABASE " + outbox.db.name() + " SET statement_timeout = '100ms'");
  outbox.Start();
  outbox.Read(200);
  ASSERT_TRUE(outbox.Logs("\"the stream starts\""));
  EXPECT_EQ(outbox.Log().find("the COPY failed"), std::string::npos) << outbox.Log();
}

TEST(RelaySettings, TheFunctionsOfThePartitionsAreFoundBesideTheTable) {
  PlainOutbox outbox;
  outbox.db.Exec(
      "CREATE TABLE called (days integer); GRANT INSERT ON called TO outbox_relay;"
      "CREATE FUNCTION make_partitions(days integer) RETURNS integer LANGUAGE sql"
      " AS 'INSERT INTO called VALUES (days) RETURNING 1'");
  outbox.db.Exec("ALTER DATABASE " + outbox.db.name() + " SET search_path = pg_catalog");
  outbox.extra_source = "partitions.create_function = \"make_partitions\"\n";
  outbox.Start();
  EXPECT_TRUE(Eventually([&] { return outbox.db.QueryInt("SELECT count(*) FROM called") > 0; },
                         "the function is called"));
}

}  // namespace
}  // namespace waybill::test
