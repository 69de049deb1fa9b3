// A relay between a database and topics of a test's own.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/process.h"
#include "tests/support/temp_folder.h"
#include "tests/support/test_database.h"
#include "tests/support/test_topics.h"

namespace waybill::test {

// Owns the processes it starts. Not thread-safe, but for Put.
class RelayHarness {
 public:
  // Without tables when `of` is "", for a dump to be restored into.
  explicit RelayHarness(TestStack stack = TestStack::Get(), const std::string& of = "orders");
  // Ends the relay first.
  ~RelayHarness();

  // The configuration is written anew at each start; `extra` goes to its top, `extra_source` into
  // the [[source]].
  std::string extra = {};
  std::string extra_source = {};
  std::map<std::string, std::string> env = {};

  void Start();
  void Kill();
  // SIGTERM; the exit status.
  int Stop();
  ChildProcess& process() { return *process_; }
  // A second relay with the same configuration, logging into a file of its own.
  std::unique_ptr<ChildProcess> StartAnother();
  // Runs the relay's command line with this configuration: {"parked", "list"}.
  Finished Command(const std::vector<std::string>& arguments);
  std::string WriteConfig();
  // Everything that the relays of this harness have logged.
  std::string Log() const;

  // Commits `count` rows of `key` in one transaction; the n-th row ever of a key has sequence n.
  void Put(const std::string& key, int count = 1, const std::string& payload = "{}",
           const std::string& topic = "orders.events");

  // Waits until the topic has the sequences 1..count of `key`, then expects that the first
  // occurrences of every key in it came in order and without a gap.
  std::vector<Record> ExpectInOrder(const std::string& key, int count,
                                    const std::string& topic = "orders.events");

  // A topic of one partition with a configuration of its own.
  void CreateTopic(const std::string& name, const std::string& setting, const std::string& value);

  TestDatabase db;
  TestTopics topics;
  TempFolder folder;

 private:
  ProcessOptions Options(const std::string& log_name);

  const TestStack stack_;
  std::unique_ptr<ChildProcess> process_;
};

// Commits rows, one a transaction, from a thread of its own until stopped.
class Writer {
 public:
  // `keys` keys w<id>-0, w<id>-1, ... in turn.
  Writer(RelayHarness& relay, int id, int keys);
  ~Writer();
  // Stops; waits. The rows that each key has.
  std::map<std::string, int> Stop();

 private:
  std::atomic<bool> stop_{false};
  std::map<std::string, int> written_;
  std::thread thread_;
};

// The first occurrences of each key's sequences (ce_sequence), in the order of `records`, are 1, 2,
// 3, ...
::testing::AssertionResult FirstOccurrencesAreInOrder(const std::vector<Record>& records);
// The highest sequence up to which the key has no gap.
int SequencesOf(const std::vector<Record>& records, const std::string& key);

}  // namespace waybill::test
