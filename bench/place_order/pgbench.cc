#include "bench/place_order/pgbench.h"

#include <cstdlib>
#include <stdexcept>
#include <string_view>

#include "tests/support/process.h"
#include "tests/support/test_stack.h"

namespace waybill::bench {

double OneCommitAnOrder(const std::string& conninfo, int clients, absl::Duration duration) {
  // Debian has pgbench beside the server's programs, outside of PATH.
  const test::Finished run = test::RunToEnd(
      {"/bin/sh", "-c", "exec \"$(pg_config --bindir)/pgbench\" \"$@\"", "pgbench", "--no-vacuum",
       "--protocol=prepared", "--client=" + std::to_string(clients),
       "--jobs=" + std::to_string(clients < 2 ? 1 : 2),
       "--time=" + std::to_string(absl::ToInt64Seconds(absl::Ceil(duration, absl::Seconds(1)))),
       "--file=" + test::SourcePath("bench/place_order/one_commit.sql"), conninfo},
      {}, duration + absl::Seconds(60));
  constexpr std::string_view kRate = "\ntps = ";
  const std::size_t at = run.output.find(kRate);
  if (run.status != 0 || at == std::string::npos) {
    throw std::runtime_error("pgbench failed: " + run.output);
  }
  return std::strtod(run.output.c_str() + at + kRate.size(), nullptr);
}

}  // namespace waybill::bench
