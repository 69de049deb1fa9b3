#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <exception>
#include <set>

#include "bench/relay/drain.h"
#include "bench/relay/latency.h"
#include "bench/relay/upkeep.h"

namespace waybill::bench {
namespace {

void Measure(const Scale& scale, const std::set<std::string>& only, Figures& figures) {
  const auto wanted = [&only](const char* part) { return only.empty() || only.contains(part); };
  PeakRss rss;
  if (wanted("drain")) {
    MeasureDrain(scale, "drain_50_per_commit", scale.rows_at_50, 50, true, figures, rss);
    MeasureDrain(scale, "drain_1_per_commit", scale.rows_at_1, 1, false, figures, rss);
    MeasureLargeTransaction(scale, figures, rss);
  }
  if (wanted("burdened")) MeasureBurdened(scale, figures, rss);
  if (wanted("latency")) {
    MeasureLatency(scale, 500, figures);
    MeasureLatency(scale, 2000, figures);
  }
  if (!rss.empty()) {
    figures.Add("rss_peak_mb", "MB", {*std::max_element(rss.begin(), rss.end())});
  }
  if (wanted("idle")) MeasureIdle(scale, figures);
  if (wanted("takeover")) MeasureTakeOver(scale, figures);
}

}  // namespace
}  // namespace waybill::bench

int main(int argc, char** argv) {
  CLI::App cli{"Measures outbox_relay against the minimum cost of reading the WAL and producing."};
  bool quick = false;
  std::string json;
  std::set<std::string> only;
  cli.add_flag("--quick", quick, "Make a small run, to check that the benchmark works");
  int rounds = 0;
  cli.add_option("--rounds", rounds,
                 "How many rounds each side drains; default 5, or 1 with --quick")
      ->check(CLI::Range(1, 100));
  cli.add_option("--json", json, "The file to which the figures are written")->required();
  cli.add_option("--only", only,
                 "Measure only this: drain, burdened, latency, idle or takeover; default: all")
      ->check(CLI::IsMember({"drain", "burdened", "latency", "idle", "takeover"}));
  CLI11_PARSE(cli, argc, argv);
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  try {
    waybill::bench::Figures figures;
    waybill::bench::Scale scale;
    if (quick) scale = waybill::bench::Scale::Quick();
    if (rounds > 0) scale.rounds = rounds;
    waybill::bench::Measure(scale, only, figures);
    figures.PrintTable();
    figures.WriteJson(json, "relay");
  } catch (const std::exception& e) {
    std::fprintf(stderr, "bench_relay: %s\n", e.what());
    return 1;
  }
  return 0;
}
