// The main function of every test. Logs only warnings and errors;
// WAYBILL_TEST_LOG=debug|info|warn|error sets the level.
#include <gtest/gtest.h>
#include <signal.h>

#include <cstdlib>
#include <iostream>

#include "platform/log/log.h"

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  // A peer that dies must cause an error in the test, not end the test's process.
  signal(SIGPIPE, SIG_IGN);
  const char* set = std::getenv("WAYBILL_TEST_LOG");
  const char* level = set != nullptr ? set : "warn";
  if (!waybill::log::IsLevel(level)) {
    std::cerr << "WAYBILL_TEST_LOG must be debug, info, warn or error, not \"" << level << "\"\n";
    return 2;
  }
  waybill::log::Init("test", level);
  return RUN_ALL_TESTS();
}
