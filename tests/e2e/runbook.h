// The pages of docs/runbooks, run as an operator would.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tests/e2e/system.h"
#include "tests/support/temp_folder.h"

namespace waybill::e2e {

// The ```sh blocks of docs/runbooks/ALERT.md below the heading "## HEADING" (See, Look closer,
// Heal, Discard), as they stand.
std::vector<std::string> CommandsOf(const std::string& alert, const std::string& heading);

// The names of all pages.
std::vector<std::string> AllRunbooks();

// Runs such commands against a System: the addresses come through the environment, and `./dev` is a
// stand-in that knows `psql NAME` and `orderctl`; its `status` tells nothing.
class Operator {
 public:
  explicit Operator(System& system);

  // What the commands of that part of the page print, stdout and stderr, with those shell variables
  // that the page names. Throws std::runtime_error, with the output, when one of them fails.
  std::string Run(const std::string& alert, const std::string& heading,
                  const std::map<std::string, std::string>& variables = {}) const;

 private:
  const test::TempFolder folder_;
  std::map<std::string, std::string> environment_;
};

}  // namespace waybill::e2e
