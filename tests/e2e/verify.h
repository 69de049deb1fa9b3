// orderctl verify, as the tests call it.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/e2e/orderctl.h"
#include "tests/e2e/system.h"

namespace waybill::e2e {

using nlohmann::json;

// Long enough for what one order's events cause, short enough for a test.
inline constexpr char kIdle[] = "0.2";

// What `orderctl verify --json` says; it must end with that status.
inline json Verify(System& system, int status, const std::vector<std::string>& more = {},
                   const std::string& idle = kIdle) {
  std::vector<std::string> arguments = {"verify", "--json", "--idle", idle};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return json::parse(Orderctl(system).Output(arguments, "ann", status), nullptr, false);
}

}  // namespace waybill::e2e
