#include "tests/integration/relay_standard_outbox.h"

#include "tests/support/wait.h"

namespace waybill::test {

StandardOutbox::StandardOutbox(TestStack stack, const std::string& columns)
    : db("", stack), topics(stack), stack_(std::move(stack)) {
  topics.Create({"outbox.event.Order"}, 1);
  db.Exec(
      "CREATE TABLE outbox (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), aggregatetype text NOT"
      " NULL, aggregateid text NOT NULL, type text NOT NULL, payload jsonb NOT NULL" +
      columns +
      ");CREATE PUBLICATION p FOR TABLE outbox"
      " WITH (publish = 'insert', publish_via_partition_root = true);"
      "GRANT SELECT ON outbox TO outbox_relay;"
      "CREATE TABLE put (key text PRIMARY KEY, last int NOT NULL)");
  const Finished made = RunToEnd(
      {"/bin/bash", "-eo", "pipefail", "-c",
       "'" + BinaryPath("outbox_relay") + "' schema | psql -q '" + db.Conninfo("postgres") + "'"});
  EXPECT_EQ(made.status, 0) << made.output;
}

std::string StandardOutbox::Head() const {
  return "[kafka]\nbrokers = \"" + stack_.brokers + "\"\ntopic_prefix = \"" + topics.prefix() +
         "\"\n";
}

std::string StandardOutbox::Source(const std::string& name, const std::string& slot,
                                   const std::string& extra) const {
  return "[[source]]\nname = \"" + name + "\"\nconninfo = \"" + db.Conninfo("outbox_relay") +
         "\"\npublication = \"p\"\nslot = \"" + slot +
         "\"\ntable = \"outbox\"\nprofile = \"debezium\"\n" + extra;
}

std::unique_ptr<ChildProcess> StandardOutbox::Run(const std::string& config,
                                                  const std::string& log) {
  const std::string path = folder.Write("relay" + std::to_string(++configs_) + ".toml", config);
  return std::make_unique<ChildProcess>(
      ProcessOptions{.argv = {BinaryPath("outbox_relay"), "run", "--config", path},
                     .log_file = (folder.path() / log).string()});
}

std::unique_ptr<ChildProcess> StandardOutbox::Run(const std::string& log) {
  return Run(Head() + Source("app", db.name()), log);
}

Finished StandardOutbox::Check(const std::string& config) {
  return RunToEnd(
      {BinaryPath("outbox_relay"), "check", "--config", folder.Write("check.toml", config)});
}

::testing::AssertionResult StandardOutbox::ServerAnswers() {
  return Eventually(
      [&] {
        try {
          return db.QueryText("SELECT 1") == "1";
        } catch (const std::exception&) {
          return false;
        }
      },
      "the server to answer");
}

void StandardOutbox::Put(const std::string& key, int count) {
  db.Exec("WITH counter AS (INSERT INTO put VALUES ('" + key + "', " + std::to_string(count) +
          ") ON CONFLICT (key) DO UPDATE SET last = put.last + excluded.last RETURNING last)"
          " INSERT INTO outbox (aggregatetype, aggregateid, type, payload)"
          " SELECT 'Order', '" +
          key + "', 'Changed', jsonb_build_object('n', last - " + std::to_string(count) +
          " + i) FROM counter, generate_series(1, " + std::to_string(count) + ") i ORDER BY i");
}

::testing::AssertionResult Logs(const ChildProcess& process, const std::string& text) {
  return Eventually([&] { return process.Output().find(text) != std::string::npos; },
                    "the log to say: " + text);
}

}  // namespace waybill::test
