// A relay of the table that docs/relay.md starts with, in a database of a test's own.
#pragma once

#include <memory>
#include <string>

#include "tests/support/process.h"
#include "tests/support/temp_folder.h"
#include "tests/support/test_database.h"
#include "tests/support/test_topics.h"

namespace waybill::test {

// The relay's role reads the table and doesn't own it; its rows go to the topic
// "outbox.event.Order". Not thread-safe.
class StandardOutbox {
 public:
  // `columns` are further columns of the table: ", n bigint GENERATED ALWAYS AS IDENTITY".
  explicit StandardOutbox(TestStack stack = TestStack::Get(), const std::string& columns = "");

  // The beginning of relay.toml, up to the first [[source]].
  std::string Head() const;
  // A [[source]] of the table; `extra` are further lines of it.
  std::string Source(const std::string& name, const std::string& slot,
                     const std::string& extra = "") const;
  // A relay of that configuration; its log is in `log`. The configuration stays as it is.
  std::unique_ptr<ChildProcess> Run(const std::string& config, const std::string& log);
  // A relay of the one source "app", whose slots are called <database>_<number>.
  std::unique_ptr<ChildProcess> Run(const std::string& log = "relay.log");
  Finished Check(const std::string& config);
  Finished Check() { return Check(Head() + Source("app", db.name())); }

  // Waits until the server, which was restarted, answers.
  ::testing::AssertionResult ServerAnswers();

  // Commits `count` rows of `key`, numbered on from the last one: the n-th has the payload {"n": n}.
  void Put(const std::string& key, int count = 1);

  TestDatabase db;
  TestTopics topics;
  TempFolder folder;

 private:
  const TestStack stack_;
  int configs_ = 0;
};

// Waits until the process has logged `text`.
::testing::AssertionResult Logs(const ChildProcess& process, const std::string& text);

}  // namespace waybill::test
