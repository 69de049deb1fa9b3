// A table that has nothing of Waybill, by the book: docs/relay.md is followed literally.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <stdexcept>

#include "tests/integration/relay_harness.h"
#include "tests/support/wait.h"

namespace waybill::test {
namespace {

// The fenced blocks of one language, in the page's order.
std::vector<std::string> Blocks(const std::string& page, const std::string& language) {
  std::vector<std::string> blocks;
  const std::string fence = "```" + language + "\n";
  for (std::size_t at = page.find(fence); at != std::string::npos; at = page.find(fence, at)) {
    at += fence.size();
    blocks.push_back(page.substr(at, page.find("```", at) - at));
  }
  return blocks;
}

std::string Replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  if (at == std::string::npos) throw std::runtime_error("the page has no " + from + " any more");
  return text.replace(at, from.size(), to);
}

// The page's relay.toml, with what stands in capitals there, the test's own topics, and its own
// slot in a server that others use.
std::string FilledIn(std::string config, const TestDatabase& db, const TestTopics& topics) {
  config = Replaced(config, "BROKERS", TestStack::Get().brokers);
  config = Replaced(config, "CONNINFO", db.Conninfo("outbox_relay"));
  config = Replaced(config, "[kafka]", "[kafka]\ntopic_prefix = \"" + topics.prefix() + "\"");
  return Replaced(config, "slot = \"my_service\"", "slot = \"" + db.name() + "\"");
}

// How a reader runs the page's commands: in the folder where relay.toml is.
std::vector<std::string> Typed(const TempFolder& folder, const std::string& commands) {
  return {"/bin/bash", "-eo", "pipefail", "-c", "cd '" + folder.path().string() + "'\n" + commands};
}

TEST(RelayDocumentation, ThePageWorksAsItIsWritten) {
  const std::string page = ReadFile(SourcePath("docs/relay.md"));
  const std::vector<std::string> sql = Blocks(page, "sql"), sh = Blocks(page, "sh"),
                                 toml = Blocks(page, "toml");
  ASSERT_EQ(sql.size(), 2u);
  ASSERT_EQ(sh.size(), 2u);
  ASSERT_EQ(toml.size(), 1u);
  TestDatabase db("");
  TempFolder folder;
  TestTopics topics;
  const std::map<std::string, std::string> env = {
      {"PATH", std::filesystem::path(BinaryPath("outbox_relay")).parent_path().string() + ":" +
                   std::getenv("PATH")}};
  db.Exec(sql[0]);
  const Finished schema = RunToEnd(
      Typed(folder, Replaced(sh[0], "YOUR_DATABASE", "'" + db.Conninfo("postgres") + "'")), env);
  ASSERT_EQ(schema.status, 0) << schema.output;
  folder.Write("relay.toml", FilledIn(toml[0], db, topics));
  topics.Create({"outbox.event.Order"});
  // In the shell's place, so that it gets the test's signals.
  ChildProcess relay(
      {.argv = Typed(folder, Replaced(sh[1], "outbox_relay run", "exec outbox_relay run")),
       .env = env,
       .log_file = (folder.path() / "relay.log").string()});
  ASSERT_TRUE(Eventually(
      [&] {
        return !relay.IsRunning() ||
               relay.Output().find("\"the stream starts\"") != std::string::npos;
      },
      "the relay streams"));
  ASSERT_TRUE(relay.IsRunning()) << relay.Output();
  EXPECT_NE(relay.Output().find("the brokers answer"), std::string::npos) << relay.Output();
  db.Exec(sql[1]);
  const Record record = topics.ReadCount("outbox.event.Order", 1)[0];
  EXPECT_EQ(record.key, "order-1");
  EXPECT_EQ(record.payload, R"({"total": 5})");
  EXPECT_EQ(record.Header("id"), "0190b5a2-0000-7000-8000-000000000001");
  EXPECT_EQ(relay.Terminate(), 0);
}

TEST(RelaySchema, MakesTheRelaysTablesForOneRoleAndCanBeRunAgain) {
  TestDatabase db("");
  for (int run = 0; run < 2; ++run) {
    const Finished made =
        RunToEnd({"/bin/bash", "-eo", "pipefail", "-c",
                  "'" + BinaryPath("outbox_relay") + "' schema --role order_svc" +
                      " | psql -v ON_ERROR_STOP=1 '" + db.Conninfo("postgres") + "'"});
    ASSERT_EQ(made.status, 0) << made.output;
  }
  using Rows = std::vector<std::vector<std::string>>;
  EXPECT_EQ(db.QueryRows("SELECT table_name, string_agg(privilege_type, ' ' ORDER BY"
                         " privilege_type) FROM information_schema.table_privileges WHERE"
                         " table_schema = 'outbox_relay' AND grantee = 'order_svc'"
                         " GROUP BY table_name ORDER BY table_name"),
            (Rows{{"backfills", "DELETE INSERT SELECT UPDATE"},
                  {"checkpoints", "DELETE INSERT SELECT UPDATE"},
                  {"parked_keys", "DELETE INSERT SELECT UPDATE"},
                  {"parked_rows", "DELETE INSERT SELECT UPDATE"},
                  {"republications", "DELETE INSERT SELECT UPDATE"},
                  {"slots", "DELETE INSERT SELECT UPDATE"}}));
  EXPECT_EQ(db.QueryText("SELECT has_schema_privilege('order_svc', 'outbox_relay', 'USAGE')"), "t");
  EXPECT_EQ(db.QueryText("SELECT has_schema_privilege('outbox_relay', 'outbox_relay', 'USAGE')"),
            "f");
}

TEST(RelayCheck, NamesWhatIsMissingAndWhatToRun) {
  TestDatabase db("");
  TempFolder folder;
  db.Exec(
      "CREATE TABLE outbox (topic text, key text, body text);"
      "INSERT INTO outbox VALUES ('nowhere', 'k', '')");
  const std::string path =
      folder.Write("relay.toml", "[kafka]\nbrokers = \"" + TestStack::Get().brokers +
                                     "\"\n[[source]]\nname = \"n\"\nconninfo"
                                     " = \"" +
                                     db.Conninfo("outbox_relay") +
                                     "\"\npublication = \"p\"\nslot = \"s\"\nprofile ="
                                     " \"custom\"\ntopic = \"{topic}\"\ncolumns.key = "
                                     "\"nokey\"\ncolumns.payload = \"body\"\n");
  const auto check = [&] {
    return RunToEnd({BinaryPath("outbox_relay"), "check", "--config", path});
  };
  Finished missing = check();
  EXPECT_NE(missing.status, 0);
  for (const char* text : {"CREATE PUBLICATION \"p\" FOR TABLE \"public\".\"outbox\"",
                           "GRANT SELECT ON \"public\".\"outbox\" TO outbox_relay",
                           "outbox_relay schema --role outbox_relay"}) {
    EXPECT_NE(missing.output.find(text), std::string::npos) << text << "\n" << missing.output;
  }
  db.Exec("CREATE PUBLICATION p FOR TABLE outbox; GRANT SELECT ON outbox TO outbox_relay");
  missing = check();
  for (const char* text : {"no column \"nokey\"", "topic nowhere does not exist",
                           "republish all retained rows, unordered"}) {
    EXPECT_NE(missing.output.find(text), std::string::npos) << text << "\n" << missing.output;
  }
}

TEST(RelayAnyOutbox, ColumnsTopicAndHeadersAreConfigurationAndATableMayLiveInAnySchema) {
  TestDatabase db("");
  TempFolder folder;
  TestTopics topics;
  topics.Create({"app.created"});
  db.Exec(
      "CREATE SCHEMA app; CREATE DOMAIN app.name AS text; CREATE TYPE app.kind AS ENUM ('created');"
      "CREATE TABLE app.events (n int, who app.name, what app.kind, at timestamp, body text);"
      "CREATE PUBLICATION p FOR TABLE app.events; GRANT USAGE ON SCHEMA app TO outbox_relay;"
      "GRANT SELECT ON app.events TO outbox_relay; GRANT CREATE ON DATABASE " +
      db.name() +
      " TO outbox_relay;"
      "INSERT INTO app.events VALUES (1, 'me', 'created', '2024-01-02', 'before')");
  const std::string config =
      "[kafka]\nbrokers = \"" + TestStack::Get().brokers + "\"\ntopic_prefix = \"" +
      topics.prefix() + "\"\n[[source]]\nname = \"app\"\nconninfo = \"" +
      db.Conninfo("outbox_relay") + "\"\npublication = \"p\"\nslot = \"" + db.name() +
      "\"\ntable = \"app.events\"\nprofile = \"custom\"\n"
      "topic = \"app.{what}\"\ncolumns.key = \"who\"\n"
      "columns.payload = \"body\"\ncolumns.order = \"n\"\n"
      "headers.at = \"at\"\nheaders.n = \"n\"\nconstant_headers.v = \"1\"\n";
  ChildProcess relay({.argv = {BinaryPath("outbox_relay"), "run", "--config",
                               folder.Write("relay.toml", config)}});
  // Once out of the table, once out of the log.
  topics.ReadCount("app.created", 1);
  db.Exec("INSERT INTO app.events VALUES (2, 'me', 'created', '2024-01-02', 'after')");
  const std::vector<Record> records = topics.ReadCount("app.created", 2);
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(records[i].key, "me");
    EXPECT_EQ(records[i].payload, i == 0 ? "before" : "after");
    EXPECT_EQ(records[i].Header("at"), "2024-01-02T00:00:00.000000Z");
    EXPECT_EQ(records[i].Header("n"), std::to_string(i + 1));
    EXPECT_EQ(records[i].Header("v"), "1");
  }
}

}  // namespace
}  // namespace waybill::test
