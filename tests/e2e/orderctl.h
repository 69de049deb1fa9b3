// The operator's command line, as a user of the test's system runs it.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tests/e2e/system.h"

namespace waybill::e2e {

// What tells it where the system is.
std::map<std::string, std::string> OrderctlEnvironment(System& system);

class Orderctl {
 public:
  explicit Orderctl(System& system) : system_(system) {}

  // Runs it to its end, on behalf of `user`.
  test::Finished Run(std::vector<std::string> arguments, const std::string& user = "ann") const;
  // What it printed; a run that ends with another code than `status` is a failure of the test.
  std::string Output(const std::vector<std::string>& arguments, const std::string& user = "ann",
                     int status = 0) const;

 private:
  System& system_;
};

}  // namespace waybill::e2e
