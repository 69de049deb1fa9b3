// Tests of the helpers that the other tests rely on.
#include <gtest/gtest.h>
#include <signal.h>

#include "tests/support/free_port.h"
#include "tests/support/process.h"
#include "tests/support/temp_folder.h"
#include "tests/support/test_database.h"
#include "tests/support/test_topics.h"
#include "tests/support/wait.h"

namespace waybill::test {
namespace {

TEST(WaitTest, EventuallyHoldsAsSoonAsTheConditionDoes) {
  int calls = 0;
  EXPECT_TRUE(Eventually([&] { return ++calls == 3; }, "three calls"));
  EXPECT_EQ(calls, 3);
}

TEST(WaitTest, EventuallyFailsWithNameAndLastError) {
  const auto fails = [] {
    throw std::runtime_error("no such table");
    return true;
  };
  const ::testing::AssertionResult result = Eventually(fails, "a row", absl::Milliseconds(30));
  EXPECT_FALSE(result);
  EXPECT_STREQ(result.message(),
               "timed out after 30ms waiting for: a row (last error: no such table)");
}

TEST(ProcessTest, ExitCodeAndOutputComeBack) {
  const Finished finished = RunToEnd({"/bin/sh", "-c", "echo $WORD; exit 3"}, {{"WORD", "hello"}});
  EXPECT_EQ(finished.status, 3);
  EXPECT_EQ(finished.output, "hello\n");
}

TEST(ProcessTest, AProgramThatIsNotThereSaysSo) {
  const Finished finished = RunToEnd({"/no/such/program"});
  EXPECT_EQ(finished.status, 127);
  EXPECT_EQ(finished.output, "can't be executed: /no/such/program\n");
}

TEST(ProcessTest, NothingIsLeftWhenTheChildGoesOutOfScope) {
  pid_t pid = 0;
  {
    ChildProcess child({.argv = {"/bin/sleep", "1000"}});
    pid = child.pid();
    EXPECT_TRUE(child.IsRunning());
  }
  EXPECT_EQ(kill(pid, 0), -1);
}

TEST(ProcessTest, TerminateGivesTheSignal) {
  ChildProcess child({.argv = {"/bin/sleep", "1000"}});
  EXPECT_EQ(child.Terminate(), 128 + SIGTERM);
}

TEST(FreePortTest, IsGivenOnce) { EXPECT_NE(FreePort(), FreePort()); }

TEST(TestDatabaseTest, IsMigratedEmptyAndDroppedWithItsSlots) {
  std::string name;
  {
    TestDatabase db("orders");
    name = db.name();
    EXPECT_EQ(db.QueryInt("SELECT count(*) FROM orders"), 0);
    db.Exec(
        "SELECT pg_create_logical_replication_slot('s_' || md5(current_database()), 'pgoutput')");
  }
  TestDatabase other("");
  EXPECT_EQ(other.QueryInt("SELECT count(*) FROM pg_database WHERE datname = '" + name + "'"), 0);
  EXPECT_EQ(
      other.QueryInt("SELECT count(*) FROM pg_replication_slots WHERE slot_name = 's_' || md5('" +
                     name + "')"),
      0);
}

TEST(TestTopicsTest, WhatIsWrittenIsReadBack) {
  TestTopics topics;
  topics.Create({"one"}, 2);
  const Record full = {.topic = "one",
                       .key = "k",
                       .payload = std::string("a\0b", 3),
                       .headers = {{"h", "1"}, {"h", "2"}},
                       .partition = 1};
  const Record bare = {.topic = "one", .partition = 0};
  topics.Produce({full, bare, full});
  const std::vector<Record> records = topics.ReadAll("one");
  ASSERT_EQ(records.size(), 3u);
  EXPECT_EQ(records[0].key, std::nullopt);
  EXPECT_EQ(records[0].payload, std::nullopt);
  EXPECT_EQ(records[1].payload, full.payload);
  EXPECT_EQ(records[1].headers, full.headers);
  EXPECT_EQ(records[2].offset, 1);
}

}  // namespace
}  // namespace waybill::test
