#include "bench/figures.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace waybill::bench {

Measured Measured::Of(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return {.median = Percentile(values, 0.5), .least = values.front(), .greatest = values.back()};
}

double Percentile(const std::vector<double>& sorted, double share) {
  if (sorted.empty()) return 0;
  const double at = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (sorted[above] - sorted[below]) * (at - static_cast<double>(below));
}

void Figures::Add(const std::string& name, const std::string& unit, const std::vector<double>& ours,
                  const std::vector<double>& reference) {
  Figure figure{name, unit, Measured::Of(ours), {}};
  if (!reference.empty()) figure.reference = Measured::Of(reference);
  figures_.push_back(figure);
}

void Figures::PrintTable() const {
  std::printf("\n%-26s %-10s %12s %12s %7s   %s\n", "figure", "unit", "ours", "reference", "ratio",
              "least - greatest of ours");
  for (const Figure& figure : figures_) {
    const int digits = figure.ours.median < 100 ? 2 : 0;
    std::printf("%-26s %-10s %12.*f ", figure.name.c_str(), figure.unit.c_str(), digits,
                figure.ours.median);
    if (figure.reference) {
      std::printf("%12.*f %7.2f", digits, figure.reference->median,
                  figure.ours.median / figure.reference->median);
    } else {
      std::printf("%12s %7s", "", "");
    }
    std::printf("   %.*f - %.*f\n", digits, figure.ours.least, digits, figure.ours.greatest);
  }
}

void Figures::WriteJson(const std::string& path, const std::string& name) const {
  nlohmann::ordered_json json = {{"name", name}, {"figures", nlohmann::ordered_json::array()}};
  for (const Figure& figure : figures_) {
    nlohmann::ordered_json entry = {
        {"name", figure.name}, {"unit", figure.unit}, {"ours", figure.ours.median}};
    entry["reference"] = nullptr;
    entry["ratio"] = nullptr;
    if (figure.reference) {
      entry["reference"] = figure.reference->median;
      entry["ratio"] = figure.ours.median / figure.reference->median;
    }
    entry["spread"] = {figure.ours.least, figure.ours.greatest};
    json["figures"].push_back(std::move(entry));
  }
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::ofstream file(path);
  file << json.dump(2) << "\n";
  if (!file.flush()) throw std::runtime_error("can't write " + path);
}

}  // namespace waybill::bench
