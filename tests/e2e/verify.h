// Runs orderctl verify for the tests.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/e2e/orderctl.h"
#include "tests/e2e/system.h"

namespace waybill::e2e {

using nlohmann::json;

// Longer than one order's events take, and short enough for a test.
inline constexpr char kIdle[] = "0.2";

// Returns what `orderctl verify --json` prints. The test fails if its exit code is not `status`.
inline json Verify(System& system, int status, const std::vector<std::string>& more = {},
                   const std::string& idle = kIdle) {
  std::vector<std::string> arguments = {"verify", "--json", "--idle", idle};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return json::parse(Orderctl(system).Output(arguments, "ann", status), nullptr, false);
}

}  // namespace waybill::e2e
