// Measures what the doors cost: PlaceOrder over TLS with tokens against plain text, and the rate that one
// caller reaches beside another at full speed.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <set>
#include <stdexcept>
#include <string>

#include "bench/figures.h"
#include "bench/order_client.h"
#include "platform/log/log.h"
#include "tests/e2e/changed_file.h"
#include "tests/support/wait.h"

namespace waybill::bench {
namespace {

constexpr OrderRounds kRounds{.rounds = 5, .round = absl::Seconds(8)};

constexpr char kLimits[] = "[limits]\ncalls_per_second = 400\ncalls_in_flight = 64\n";
// Well within the limits.
const OrderClientOptions kPolite{.user = "ann", .in_flight = 32, .per_second = 200};
const OrderClientOptions kHostile{.user = "eve", .in_flight = 256, .connections = 16};

double PlacedPerSecond(const OrderRounds& scale, const e2e::System& system,
                       const OrderClientOptions& options) {
  const OrderClient client(system, options);
  return MeasureRate(client, scale);
}

void MeasureCost(const OrderRounds& scale, const e2e::System& plain, const e2e::System& secure,
                 Figures& figures) {
  std::vector<double> ours;
  std::vector<double> reference;
  for (int round = 0; round < scale.rounds; ++round) {
    reference.push_back(PlacedPerSecond(scale, plain, {}));
    ours.push_back(PlacedPerSecond(scale, secure, {}));
    std::printf("round %d: %.0f orders/s in plain text, %.0f over TLS\n", round + 1,
                reference.back(), ours.back());
  }
  figures.Add("place_order_over_tls", "1/s", ours, reference);
}

void MeasureNeighbour(const OrderRounds& scale, e2e::System& system, Figures& figures) {
  e2e::Append(system.ConfigFile(e2e::kOrderSvc), kLimits);
  if (!test::Eventually(
          [&] {
            return system.Log(e2e::kOrderSvc).find("the configuration was read again") !=
                   std::string::npos;
          },
          "the limits")) {
    throw std::runtime_error("order_svc did not apply [limits]");
  }
  std::vector<double> beside;
  std::vector<double> alone;
  for (int round = 0; round < scale.rounds; ++round) {
    alone.push_back(PlacedPerSecond(scale, system, kPolite));
    OrderClient hostile(system, kHostile);
    beside.push_back(PlacedPerSecond(scale, system, kPolite));
    hostile.Stop();
    std::printf(
        "round %d: %.0f orders/s alone, %.0f beside a caller with %lld placed, %lld refused, %lld "
        "failed\n",
        round + 1, alone.back(), beside.back(), static_cast<long long>(hostile.placed()),
        static_cast<long long>(hostile.refused()), static_cast<long long>(hostile.failed()));
  }
  figures.Add("polite_beside_hostile", "1/s", beside, alone);
}

void MeasureAll(const OrderRounds& scale, const std::set<std::string>& only, Figures& figures) {
  const e2e::System plain({.secure = false, .processes = {e2e::kOrderSvc, e2e::kInventorySvc}});
  e2e::System secure({.processes = {e2e::kOrderSvc, e2e::kInventorySvc}});
  e2e::Shop(plain).Stock("tea", 790, 1'000'000);
  e2e::Shop(secure).Stock("tea", 790, 1'000'000);
  if (only.empty() || only.contains("cost")) MeasureCost(scale, plain, secure, figures);
  if (only.empty() || only.contains("neighbour")) MeasureNeighbour(scale, secure, figures);
}

}  // namespace
}  // namespace waybill::bench

int main(int argc, char** argv) {
  CLI::App cli{
      "Measures PlaceOrder over TLS with tokens against plain text, and beside a hostile caller."};
  bool quick = false;
  std::string json;
  int rounds = 0;
  std::set<std::string> only;
  cli.add_option("--rounds", rounds, "How many rounds each side runs; default 5, or 1 with --quick")
      ->check(CLI::Range(1, 100));
  cli.add_option("--only", only, "Measure only this: cost or neighbour; default: both")
      ->check(CLI::IsMember({"cost", "neighbour"}));
  cli.add_flag("--quick", quick, "Make a small run, to check that the benchmark works");
  cli.add_option("--json", json, "The file to which the figures are written")->required();
  CLI11_PARSE(cli, argc, argv);
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  waybill::log::Init("bench_doors", "error");
  try {
    waybill::bench::Figures figures;
    auto scale = quick ? waybill::bench::kQuickRounds : waybill::bench::kRounds;
    if (rounds > 0) scale.rounds = rounds;
    waybill::bench::MeasureAll(scale, only, figures);
    figures.PrintTable();
    figures.WriteJson(json, "doors");
  } catch (const std::exception& e) {
    std::fprintf(stderr, "bench_doors: %s\n", e.what());
    return 1;
  }
  return 0;
}
