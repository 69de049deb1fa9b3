#include "tests/integration/plain_outbox.h"

#include "tests/support/wait.h"

namespace waybill::test {

PlainOutbox::PlainOutbox(const std::string& columns, const std::string& database_options)
    : db("", TestStack::Get(), database_options) {
  topics.Create({kTopic}, 1);
  db.Exec("CREATE TABLE outbox (" + columns + ")");
  db.Exec(
      "CREATE PUBLICATION my_outbox FOR TABLE outbox"
      " WITH (publish = 'insert', publish_via_partition_root = true)");
  db.Exec("GRANT SELECT ON outbox TO outbox_relay");
  db.Exec("GRANT CREATE ON DATABASE " + db.name() + " TO outbox_relay");
}

PlainOutbox::~PlainOutbox() { process_.reset(); }

std::string PlainOutbox::WriteConfig() {
  return folder.Write("relay.toml",
                      extra + "\n[log]\nlevel = \"debug\"\n[kafka]\nbrokers = \"" +
                          TestStack::Get().brokers + "\"\ntopic_prefix = \"" + topics.prefix() +
                          "\"\n[[source]]\nname = \"plain\"\n" + "conninfo = \"" +
                          db.Conninfo("outbox_relay") + " " + extra_conninfo +
                          "\"\npublication = \"" + publication + "\"\nslot = \"" + db.name() +
                          "\"\ntable = \"outbox\"\nprofile = \"debezium\"\n" + extra_source);
}

void PlainOutbox::Start() {
  process_ = std::make_unique<ChildProcess>(
      ProcessOptions{.argv = {BinaryPath("outbox_relay"), "run", "--config", WriteConfig()},
                     .env = env,
                     .log_file = (folder.path() / "relay.log").string()});
}

void PlainOutbox::Kill() { process_->Kill(); }

Finished PlainOutbox::Command(const std::vector<std::string>& arguments) {
  std::vector<std::string> argv = {BinaryPath("outbox_relay")};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  argv.insert(argv.end(), {"--config", WriteConfig()});
  return RunToEnd(argv, env);
}

std::string PlainOutbox::Log() const { return ReadFile(folder.path() / "relay.log"); }

::testing::AssertionResult PlainOutbox::Logs(const std::string& text) const {
  const auto logs = Eventually([&] { return Log().find(text) != std::string::npos; },
                               "the relay logs \"" + text + "\"");
  return logs ? logs : ::testing::AssertionResult(logs) << "\n" << Log();
}

void PlainOutbox::Put(const std::string& key, int count) {
  db.Exec("INSERT INTO outbox (aggregatetype, aggregateid, payload) SELECT 'Order', '" + key +
          "', jsonb_build_object('i', i) FROM generate_series(1, " + std::to_string(count) + ") i");
}

std::vector<Record> PlainOutbox::Read(std::size_t count) const {
  return topics.ReadCount(kTopic, count);
}

}  // namespace waybill::test
