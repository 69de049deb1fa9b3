// RelayEndpoint is what a relay of a test shows of itself over HTTP.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "tests/support/wait.h"

namespace waybill::test {

// An address for one relay's metrics and readiness. Thread-safe.
class RelayEndpoint {
 public:
  // Chooses a port that is free now.
  RelayEndpoint();

  // The relay's [metrics] table, which is to be its configuration's last one but for [[source]].
  std::string Config() const;

  // "STATUS body" of a GET, or "" without an answer. Blocks for 10 s or so at most.
  std::string Get(const std::string& path) const;
  bool IsReady() const { return Get("/readyz").starts_with("200"); }
  // Wait until the relay is ready, isn't and says `reason`, or /metrics has that line.
  ::testing::AssertionResult BecomesReady() const;
  ::testing::AssertionResult BecomesUnready(const std::string& reason,
                                            absl::Duration patience = kPatience) const;
  ::testing::AssertionResult Shows(const std::string& line) const;

 private:
  const int port_;
};

}  // namespace waybill::test
