#include "tests/integration/relay_harness.h"

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <map>

#include "tests/support/wait.h"

namespace waybill::test {
namespace {

// A counter a key, locked before the row is inserted: the order of the commits is that of the
// sequences.
constexpr char kWriterSql[] = R"sql(
CREATE TABLE relay_test_keys (key text PRIMARY KEY, last bigint NOT NULL);
CREATE FUNCTION relay_test_put(k text, n integer, body bytea, t text) RETURNS void
LANGUAGE sql AS $$
  WITH counter AS (
    INSERT INTO relay_test_keys VALUES (k, n)
    ON CONFLICT (key) DO UPDATE SET last = relay_test_keys.last + n RETURNING last)
  INSERT INTO outbox (event_id, topic, key, sequence, payload, headers)
  SELECT gen_random_uuid(), t, k, last - n + i, body,
         '{"ce_type": "Tested", "ce_source": "relay_test", "content-type": "application/json"}'
  FROM counter, generate_series(1, n) i ORDER BY i
$$)sql";

std::string Quoted(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? "''" : std::string(1, c);
  return quoted + "'";
}

}  // namespace

RelayHarness::RelayHarness(TestStack stack, const std::string& of)
    : db(of, stack), topics(stack), stack_(std::move(stack)) {
  topics.Create({"orders.events"}, 6);
  WaitUntil([&] { return topics.ReadAll("orders.events").empty(); }, "orders.events");
  if (!of.empty()) db.Exec(kWriterSql);
}

RelayHarness::~RelayHarness() { process_.reset(); }

std::string RelayHarness::WriteConfig() {
  return folder.Write("relay.toml", extra + "\n[log]\nlevel = \"debug\"\n[kafka]\nbrokers = \"" +
                                        stack_.brokers + "\"\ntopic_prefix = \"" + topics.prefix() +
                                        "\"\n[[source]]\nname = \"orders\"\nconninfo = \"" +
                                        db.Conninfo("outbox_relay") +
                                        "\"\npublication = \"waybill_outbox\"\nslot = \"" +
                                        db.name() + "\"\ntable = \"outbox\"\n" + extra_source);
}

ProcessOptions RelayHarness::Options(const std::string& log_name) {
  return {.argv = {BinaryPath("outbox_relay"), "run", "--config", WriteConfig()},
          .env = env,
          .log_file = (folder.path() / log_name).string()};
}

void RelayHarness::Start() { process_ = std::make_unique<ChildProcess>(Options("relay.log")); }

std::unique_ptr<ChildProcess> RelayHarness::StartAnother() {
  return std::make_unique<ChildProcess>(Options("another.log"));
}

void RelayHarness::Kill() { process_->Kill(); }

int RelayHarness::Stop() { return process_->Terminate(); }

Finished RelayHarness::Command(const std::vector<std::string>& arguments) {
  std::vector<std::string> argv = {BinaryPath("outbox_relay")};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  argv.insert(argv.end(), {"--config", WriteConfig()});
  return RunToEnd(argv);
}

std::string RelayHarness::Log() const { return ReadFile(folder.path() / "relay.log"); }

void RelayHarness::Put(const std::string& key, int count, const std::string& payload,
                       const std::string& topic) {
  db.Exec("SELECT relay_test_put(" + Quoted(key) + ", " + std::to_string(count) + ", convert_to(" +
          Quoted(payload) + ", 'UTF8'), " + Quoted(topic) + ")");
}

std::vector<Record> RelayHarness::ExpectInOrder(const std::string& key, int count,
                                                const std::string& topic) {
  std::vector<Record> records = topics.ReadUntil(
      topic, [&](const std::vector<Record>& sofar) { return SequencesOf(sofar, key) >= count; },
      key + " up to " + std::to_string(count), absl::Seconds(60));
  EXPECT_TRUE(FirstOccurrencesAreInOrder(records));
  return records;
}

void RelayHarness::CreateTopic(const std::string& name, const std::string& setting,
                               const std::string& value) {
  char error[512];
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  rd_kafka_conf_set(conf, "bootstrap.servers", stack_.brokers.c_str(), error, sizeof error);
  rd_kafka_t* client = rd_kafka_new(RD_KAFKA_PRODUCER, conf, error, sizeof error);
  rd_kafka_NewTopic_t* topic =
      rd_kafka_NewTopic_new((topics.prefix() + name).c_str(), 1, 1, error, sizeof error);
  rd_kafka_NewTopic_set_config(topic, setting.c_str(), value.c_str());
  rd_kafka_queue_t* queue = rd_kafka_queue_new(client);
  rd_kafka_CreateTopics(client, &topic, 1, nullptr, queue);
  rd_kafka_event_t* event = rd_kafka_queue_poll(queue, 20'000);
  EXPECT_TRUE(event != nullptr && rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR_NO_ERROR);
  if (event != nullptr) rd_kafka_event_destroy(event);
  rd_kafka_queue_destroy(queue);
  rd_kafka_NewTopic_destroy(topic);
  rd_kafka_destroy(client);
  WaitUntil([&] { return topics.ReadAll(name).empty(); }, "topic " + name);
}

Writer::Writer(RelayHarness& relay, int id, int keys)
    : thread_([this, &relay, id, keys] {
        for (int i = 0; !stop_; i = (i + 1) % keys) {
          const std::string key = "w" + std::to_string(id) + "-" + std::to_string(i);
          relay.Put(key);
          ++written_[key];
        }
      }) {}

Writer::~Writer() { Stop(); }

std::map<std::string, int> Writer::Stop() {
  stop_ = true;
  if (thread_.joinable()) thread_.join();
  return written_;
}

::testing::AssertionResult FirstOccurrencesAreInOrder(const std::vector<Record>& records) {
  std::map<std::string, std::int64_t> last;
  for (const Record& record : records) {
    const std::string key = record.key.value_or("");
    const std::int64_t sequence = std::stoll(record.Header("ce_sequence"));
    if (sequence <= last[key]) continue;
    if (sequence != last[key] + 1) {
      return ::testing::AssertionFailure()
             << "key " << key << " has " << sequence << " after " << last[key] << " at partition "
             << record.partition << " offset " << record.offset;
    }
    last[key] = sequence;
  }
  return ::testing::AssertionSuccess();
}

int SequencesOf(const std::vector<Record>& records, const std::string& key) {
  std::map<int, bool> seen;
  for (const Record& record : records) {
    if (record.key == key) seen[std::stoi(record.Header("ce_sequence"))] = true;
  }
  int sequence = 0;
  while (seen.contains(sequence + 1)) ++sequence;
  return sequence;
}

}  // namespace waybill::test
