#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>

#include "absl/time/clock.h"
#include "bench/growth/short_retention.h"
#include "bench/growth/table_sizes.h"
#include "platform/log/log.h"
#include "tests/e2e/load.h"
#include "tests/e2e/orderctl.h"
#include "tests/support/wait.h"

namespace waybill::bench {
namespace {

struct Scale {
  int orders = 120'000;
  int per_second = 200;
  absl::Duration sample_every = absl::Seconds(20);
};

// Half of a small run passes until everything is past its retention for the first time.
constexpr Scale kQuick{.orders = 7'200, .per_second = 30, .sample_every = absl::Seconds(10)};

void Measure(const Scale& scale, const std::string& json) {
  ShortRetention waybill;
  e2e::System& system = waybill.system();
  e2e::Load::Stock(system);
  TableSizes sizes;
  e2e::Load load(system, scale.orders, scale.per_second);
  absl::Time next = absl::Now();
  while (load.placed() < scale.orders) {
    next += scale.sample_every;
    test::PaceUntil(next);
    const int placed = load.placed();
    sizes.Measure(system, placed);
    std::printf("measured after %d orders\n", placed);
  }
  load.Finish();
  sizes.PrintTable();
  sizes.WriteJson(json);
  std::printf("\norderctl verify, with most of it retired:\n%s\n",
              e2e::Orderctl(system).Run({"verify", "--drain"}).output.c_str());
}

}  // namespace
}  // namespace waybill::bench

int main(int argc, char** argv) {
  CLI::App cli{
      "Drives orders through a whole Waybill whose retention is seconds, and measures the bytes of "
      "every table."};
  bool quick = false;
  std::string json;
  cli.add_flag("--quick", quick, "Make a small run of four minutes; else ten");
  cli.add_option("--json", json, "The file to which the figures are written")->required();
  CLI11_PARSE(cli, argc, argv);
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  waybill::log::Init("bench_growth", "error");
  try {
    waybill::bench::Measure(quick ? waybill::bench::kQuick : waybill::bench::Scale{}, json);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "bench_growth: %s\n", e.what());
    return 1;
  }
  return 0;
}
