// Finds the PostgreSQL and Kafka that the tests run against (tests/support/stack.sh).
#pragma once

#include <string>

namespace waybill::test {

struct TestStack {
  // A superuser's connection string.
  std::string admin_conninfo;
  // The same server without user and database: "host=127.0.0.1 port=54321".
  std::string server_conninfo;
  std::string brokers;

  // Returns the stack that ctest has started, from the file `env` in the folder that
  // WAYBILL_TEST_STACK names, or else in <build>/test_stack. Throws std::runtime_error that says
  // how to start one by hand.
  static const TestStack& Get();
};

// Returns the path of one of this build's programs: <build>/bin/NAME, or $WAYBILL_BIN/NAME.
std::string BinaryPath(const std::string& name);
// Returns a path below the repository's root.
std::string SourcePath(const std::string& relative);

}  // namespace waybill::test
