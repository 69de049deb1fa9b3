// A pgbouncer in front of a test's PostgreSQL.
#pragma once

#include <memory>
#include <string>

#include "tests/support/process.h"
#include "tests/support/temp_folder.h"
#include "tests/support/test_stack.h"

namespace waybill::test {

// Ends in the destructor. Takes every role without a password. Not thread-safe.
class Pooler {
 public:
  // `mode` as pgbouncer's pool_mode: session, transaction or statement. Blocks until it answers.
  // Throws std::runtime_error when it doesn't.
  explicit Pooler(const std::string& mode, const TestStack& stack = TestStack::Get());

  // Returns the connection string of its address, without database and role.
  std::string Conninfo() const { return "host=127.0.0.1 port=" + std::to_string(port_); }

 private:
  const int port_;
  const TempFolder folder_;
  std::unique_ptr<ChildProcess> process_;
};

}  // namespace waybill::test
