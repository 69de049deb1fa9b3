// Runs orderctl against the system of a test.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tests/e2e/system.h"

namespace waybill::e2e {

// Returns the environment variables that make orderctl find the system, and let the user in as a customer and an
// operator.
std::map<std::string, std::string> OrderctlEnvironment(System& system, const std::string& user);

class Orderctl {
 public:
  explicit Orderctl(System& system) : system_(system) {}

  // Runs it until it ends, on behalf of `user`.
  test::Finished Run(std::vector<std::string> arguments, const std::string& user = "ann") const;
  // Returns what it printed. The test fails if its exit code is not `status`.
  std::string Output(const std::vector<std::string>& arguments, const std::string& user = "ann",
                     int status = 0) const;

 private:
  System& system_;
};

}  // namespace waybill::e2e
