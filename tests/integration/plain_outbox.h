// A relay on a table that has nothing of Waybill.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/process.h"
#include "tests/support/temp_folder.h"
#include "tests/support/test_database.h"
#include "tests/support/test_topics.h"

namespace waybill::test {

// The table `outbox` as docs/relay.md lays it out, its publication `my_outbox` and its grant; the
// relay's role doesn't own it. Owns the relay. Not thread-safe.
class PlainOutbox {
 public:
  // The columns of the table in docs/relay.md, and two more for columns.order and columns.tx.
  static constexpr char kColumns[] =
      "id uuid PRIMARY KEY DEFAULT gen_random_uuid(), aggregatetype text NOT NULL,"
      " aggregateid text NOT NULL, type text NOT NULL DEFAULT 'Tested', payload jsonb NOT NULL";
  static constexpr char kOrderAndTx[] =
      ", n bigint GENERATED ALWAYS AS IDENTITY, tx xid8 NOT NULL DEFAULT pg_current_xact_id()";
  static constexpr char kOrderAndTxConfig[] =
      "columns.order = \"n\"\ncolumns.tx = \"tx\"\nrows_are_kept = true\n";

  // Columns as in CREATE TABLE, and options of CREATE DATABASE.
  explicit PlainOutbox(const std::string& columns = kColumns,
                       const std::string& database_options = "");
  // Ends the relay first.
  ~PlainOutbox();

  // The configuration is written anew at each start: `extra` goes to its top, `extra_source` into
  // the [[source]], `extra_conninfo` to the end of the conninfo.
  std::string extra = {};
  std::string extra_source = {};
  std::string extra_conninfo = {};
  std::string publication = "my_outbox";
  std::map<std::string, std::string> env = {};

  void Start();
  void Kill();
  // Runs the relay's command line with this configuration and environment: {"parked", "list"}.
  Finished Command(const std::vector<std::string>& arguments);
  // Waits until the log, of this relay and its predecessors, has the text.
  ::testing::AssertionResult Logs(const std::string& text) const;
  std::string Log() const;

  // Commits `count` rows of `key` in one transaction, with the payloads {"i": 1} and so on.
  void Put(const std::string& key, int count = 1);
  // What Put inserts arrives here.
  static constexpr char kTopic[] = "outbox.event.Order";
  // Waits for that many records in kTopic.
  std::vector<Record> Read(std::size_t count) const;

  TestDatabase db;
  TestTopics topics;
  TempFolder folder;

 private:
  std::string WriteConfig();

  std::unique_ptr<ChildProcess> process_;
};

}  // namespace waybill::test
