// Measures PlaceOrder from 1 to 256 callers at once against pgbench, which writes the same rows with one
// commit per order; then how long the calls take at 70 % of the highest rate.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <exception>
#include <iterator>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "bench/figures.h"
#include "bench/order_client.h"
#include "bench/place_order/pgbench.h"
#include "platform/log/log.h"
#include "tests/e2e/system.h"

namespace waybill::bench {
namespace {

constexpr OrderRounds kRounds{.rounds = 3, .round = absl::Seconds(6)};
constexpr int kCallers[] = {1, 4, 16, 64, 256};
// pgbench needs a connection per caller, and the server has 300 in all.
constexpr int kMostConnections = 64;
constexpr double kShareOfPeak = 0.7;

class Bench {
 public:
  explicit Bench(const OrderRounds& scale) : scale_(scale) {
    e2e::Shop(system_).Stock("tea", 790, 1'000'000'000);
  }

  void Run(Figures& figures) {
    for (int round = 1; round <= scale_.rounds; ++round) RunRound(round);
    const std::vector<double> best = BestOfEachRound();
    for (const auto& [callers, rates] : ours_) {
      figures.Add("place_order_" + std::to_string(callers) + "_callers", "1/s", rates, best);
    }
    MeasureLatency(figures);
  }

 private:
  void RunRound(int round) {
    for (const int callers : kCallers) {
      ours_[callers].push_back(Place(callers, 0).rate);
      std::printf("round %d, %3d callers: %.0f orders/s", round, callers, ours_[callers].back());
      if (callers <= kMostConnections) {
        one_commit_[callers].push_back(OneCommitAnOrder(conninfo_, callers, scale_.round));
        std::printf(", pgbench %.0f", one_commit_[callers].back());
      }
      std::printf("\n");
    }
  }

  struct Placed {
    double rate = 0;
    std::vector<double> milliseconds = {};
  };
  Placed Place(int callers, int per_second) {
    OrderClient client(
        system_,
        {.in_flight = callers, .connections = std::min(callers, 4), .per_second = per_second});
    Placed placed{.rate = MeasureRate(client, scale_)};
    client.Stop();
    if (client.failed() + client.refused() > 0) throw std::runtime_error("PlaceOrder failed");
    const auto warm_up =
        static_cast<std::ptrdiff_t>(absl::ToDoubleSeconds(scale_.warm_up) * per_second);
    placed.milliseconds.assign(client.Milliseconds().begin() + warm_up,
                               client.Milliseconds().end());
    return placed;
  }

  // Of pgbench, whatever the number of its connections.
  std::vector<double> BestOfEachRound() const {
    std::vector<double> best(static_cast<std::size_t>(scale_.rounds), 0);
    for (const auto& [callers, rates] : one_commit_) {
      for (std::size_t i = 0; i < rates.size(); ++i) best[i] = std::max(best[i], rates[i]);
    }
    return best;
  }

  void MeasureLatency(Figures& figures) {
    double peak = 0;
    for (const auto& [callers, rates] : ours_) peak = std::max(peak, Measured::Of(rates).median);
    std::map<std::string, std::vector<double>> found;
    for (int round = 0; round < scale_.rounds; ++round) {
      std::vector<double> sorted =
          Place(kCallers[std::size(kCallers) - 1], static_cast<int>(kShareOfPeak * peak))
              .milliseconds;
      std::sort(sorted.begin(), sorted.end());
      found["p50"].push_back(Percentile(sorted, 0.5));
      found["p99"].push_back(Percentile(sorted, 0.99));
    }
    for (const auto& [name, values] : found) {
      figures.Add("place_order_at_70_percent_" + name, "ms", values);
    }
  }

  const OrderRounds scale_;
  e2e::System system_{{.secure = false, .processes = {e2e::kOrderSvc, e2e::kInventorySvc}}};
  // The same tables and settings, without anybody else's rows.
  test::TestDatabase database_{"orders"};
  const std::string conninfo_ = database_.Conninfo("order_svc");
  std::map<int, std::vector<double>> ours_;
  std::map<int, std::vector<double>> one_commit_;
};

}  // namespace
}  // namespace waybill::bench

int main(int argc, char** argv) {
  CLI::App cli{"Measures PlaceOrder against pgbench with one commit per order."};
  bool quick = false;
  std::string json;
  int rounds = 0;
  cli.add_option("--rounds", rounds, "How many rounds each side runs; default 3, or 1 with --quick")
      ->check(CLI::Range(1, 100));
  cli.add_flag("--quick", quick, "Make a small run, to check that the benchmark works");
  cli.add_option("--json", json, "The file to which the figures are written")->required();
  CLI11_PARSE(cli, argc, argv);
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  waybill::log::Init("bench_place_order", "error");
  try {
    waybill::bench::Figures figures;
    auto scale = quick ? waybill::bench::kQuickRounds : waybill::bench::kRounds;
    if (rounds > 0) scale.rounds = rounds;
    waybill::bench::Bench(scale).Run(figures);
    figures.PrintTable();
    figures.WriteJson(json, "place-order");
  } catch (const std::exception& e) {
    std::fprintf(stderr, "bench_place_order: %s\n", e.what());
    return 1;
  }
  return 0;
}
