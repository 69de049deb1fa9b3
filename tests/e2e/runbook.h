// Runs the commands on the pages of docs/runbooks as an operator would.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tests/e2e/system.h"
#include "tests/support/temp_folder.h"

namespace waybill::e2e {

// Returns the ```sh blocks of docs/runbooks/ALERT.md below the heading "## HEADING" (See, Look
// closer, Heal, Discard), unchanged.
std::vector<std::string> CommandsOf(const std::string& alert, const std::string& heading);

// Returns the names of all pages.
std::vector<std::string> AllRunbooks();

// Runs such commands against a System: environment variables give the addresses, and a stand-in for
// `./dev` supports `psql NAME` and `orderctl`; its `status` prints a placeholder.
class Operator {
 public:
  explicit Operator(System& system);

  // Returns what the commands in that part of the page print to stdout and stderr. `variables` are
  // the shell variables that the page names. Throws std::runtime_error, with the output, when a
  // command fails.
  std::string Run(const std::string& alert, const std::string& heading,
                  const std::map<std::string, std::string>& variables = {}) const;

 private:
  const test::TempFolder folder_;
  std::map<std::string, std::string> environment_;
};

}  // namespace waybill::e2e
