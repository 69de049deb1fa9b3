// The main function of every test. Logs only warnings and errors;
// WAYBILL_TEST_LOG=debug|info|warn|error sets the level.
#include <gtest/gtest.h>
#include <signal.h>

#include <cstdlib>
#include <iostream>

#include "platform/log/log.h"

namespace {

// The tests' servers are on this machine, and no proxy can reach them. Tests of proxies set them for
// the programs that they start.
void ForgetProxies() {
  for (const char* name : {"http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy",
                           "ALL_PROXY", "grpc_proxy"}) {
    unsetenv(name);
  }
}

}  // namespace

int main(int argc, char** argv) {
  ForgetProxies();
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
