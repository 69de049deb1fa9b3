// Kafka topics for one test, and the records in them.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "platform/kafka/client_config.h"
#include "tests/support/test_stack.h"
#include "tests/support/wait.h"

namespace waybill::test {

// One record that was read from a topic or is to be written to one.
struct Record {
  // The topic's name without prefix.
  std::string topic = {};
  std::optional<std::string> key = {};
  // nullopt is a tombstone (a null value).
  std::optional<std::string> payload = {};
  // The headers in the record's order; a name may occur twice.
  std::vector<std::pair<std::string, std::string>> headers = {};
  // When writing, -1 chooses the partition by key.
  std::int32_t partition = -1;
  std::int64_t offset = -1;

  // Returns the first header of that name; "" when there is none.
  std::string Header(const std::string& name) const;
};

// Topics under a prefix that no other test uses. The destructor deletes them. All calls block; a
// call that takes longer than kPatience, or fails, throws std::runtime_error. Not thread-safe.
class TestTopics {
 public:
  // Creates no topic yet.
  explicit TestTopics(TestStack stack = TestStack::Get());
  // Accesses topics that someone else creates under `prefix`.
  TestTopics(TestStack stack, std::string prefix);
  ~TestTopics();
  TestTopics(const TestTopics&) = delete;
  TestTopics& operator=(const TestTopics&) = delete;

  const std::string& prefix() const { return prefix_; }
  // The brokers and the prefix, for the code under test.
  const kafka::KafkaConfig& config() const { return config_; }

  // Creates topics; `names` are without prefix.
  void Create(const std::vector<std::string>& names, int partitions = 6);
  // Creates the seven topics of Waybill (platform/events/topics.h) with 6 partitions, or 1 for dead
  // letters.
  void CreateAll();

  // Returns everything that is in the topic now, in order of (partition, offset).
  std::vector<Record> ReadAll(const std::string& topic) const;
  // Reads until `done` is true of all records so far; after `patience`, throws with the records so
  // far.
  std::vector<Record> ReadUntil(const std::string& topic,
                                const std::function<bool(const std::vector<Record>&)>& done,
                                const std::string& what, absl::Duration patience = kPatience) const;
  // Reads until there are at least `count` records.
  std::vector<Record> ReadCount(const std::string& topic, std::size_t count) const;

  // Deletes a topic; Create makes it anew.
  void Delete(const std::string& topic) const;
  // Deletes every record that is in the topic now, as the broker does once they are too old.
  void DeleteRecords(const std::string& topic) const;
  // Adds partitions, so that the topic has `partitions` of them.
  void Grow(const std::string& topic, int partitions) const;

  // Writes the records in order and waits for the broker's acknowledgement of each. `max_bytes`
  // raises the client's limit of 1 MB.
  void Produce(const std::vector<Record>& records, int max_bytes = 1'000'000) const;

 private:
  const TestStack stack_;
  const std::string prefix_;
  const kafka::KafkaConfig config_;
  std::vector<std::string> created_;
};

}  // namespace waybill::test
