#include "tests/integration/republish_harness.h"

#include <algorithm>

#include "tests/support/wait.h"

namespace waybill::test {

std::unique_ptr<ChildProcess> StartRepublish(RelayHarness& relay,
                                             const std::vector<std::string>& arguments) {
  std::vector<std::string> argv = {BinaryPath("outbox_relay"), "republish", "--config",
                                   relay.WriteConfig()};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  return std::make_unique<ChildProcess>(ProcessOptions{
      .argv = argv, .env = {}, .log_file = (relay.folder.path() / "republish.log").string()});
}

std::string RepublishRate(int rows_per_second) {
  return "[limits]\nlease = \"2s\"\nrepublish_rows_per_second = " +
         std::to_string(rows_per_second) + "\n";
}

::testing::AssertionResult Republication(RelayHarness& relay, const std::string& state) {
  return Eventually(
      [&] {
        return relay.db.QueryText(
                   "SELECT state FROM outbox_relay.republications ORDER BY id DESC LIMIT 1") ==
               state;
      },
      "the republication is " + state);
}

std::vector<Record> Republished(const std::vector<Record>& records) {
  std::vector<Record> marked;
  std::copy_if(records.begin(), records.end(), std::back_inserter(marked),
               [](const Record& record) { return record.Header("republished") == "true"; });
  return marked;
}

std::map<int, int> TimesOfSequences(const std::vector<Record>& records, const std::string& key) {
  std::map<int, int> times;
  for (const Record& record : records) {
    if (record.key != key) continue;
    const int sequence = std::stoi(record.Header("ce_sequence"));
    if (++times[sequence] == 1) {
      EXPECT_EQ(sequence, static_cast<int>(times.size())) << "of key " << key;
    }
  }
  return times;
}

}  // namespace waybill::test
