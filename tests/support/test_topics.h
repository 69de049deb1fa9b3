// Kafka topics of a test's own, and what is in them.
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

// One record, as it is in a topic or is to be written there.
struct Record {
  // Without prefix.
  std::string topic = {};
  std::optional<std::string> key = {};
  // Nothing is a tombstone (a null value).
  std::optional<std::string> payload = {};
  // In the record's order; a name may come twice.
  std::vector<std::pair<std::string, std::string>> headers = {};
  // When writing, -1 lets the key choose.
  std::int32_t partition = -1;
  std::int64_t offset = -1;

  // The first header of that name, "" when there is none.
  std::string Header(const std::string& name) const;
};

// Topics under a prefix that nobody else has, deleted in the destructor. Everything blocks; what
// takes longer than kPatience, or fails, throws std::runtime_error. Not thread-safe.
class TestTopics {
 public:
  // Makes no topic yet.
  explicit TestTopics(TestStack stack = TestStack::Get());
  // Topics that somebody else makes under `prefix`.
  TestTopics(TestStack stack, std::string prefix);
  ~TestTopics();
  TestTopics(const TestTopics&) = delete;
  TestTopics& operator=(const TestTopics&) = delete;

  const std::string& prefix() const { return prefix_; }
  // brokers and prefix, for the code under test.
  const kafka::KafkaConfig& config() const { return config_; }

  // `names` without prefix.
  void Create(const std::vector<std::string>& names, int partitions = 6);
  // The seven topics of Waybill (platform/events/topics.h): 6 partitions, the dead letters 1.
  void CreateAll();

  // Everything in the topic by now, in order of (partition, offset).
  std::vector<Record> ReadAll(const std::string& topic) const;
  // Reads until `done` holds of what is there; throws after `patience` with what was there.
  std::vector<Record> ReadUntil(const std::string& topic,
                                const std::function<bool(const std::vector<Record>&)>& done,
                                const std::string& what, absl::Duration patience = kPatience) const;
  // Until there are `count` records or more.
  std::vector<Record> ReadCount(const std::string& topic, std::size_t count) const;

  // Writes the records in order and waits for the broker's acknowledgement of each. `max_bytes`
  // lifts the client's own limit of 1 MB.
  void Produce(const std::vector<Record>& records, int max_bytes = 1'000'000) const;

 private:
  const TestStack stack_;
  const std::string prefix_;
  const kafka::KafkaConfig config_;
  std::vector<std::string> created_;
};

}  // namespace waybill::test
