// The results, as a table for people and as JSON for programs.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace waybill::bench {

// The median, least and greatest value over the rounds.
struct Measured {
  double median = 0;
  double least = 0;
  double greatest = 0;

  // `values` must not be empty.
  static Measured Of(std::vector<double> values);
};

// Returns the value below which a `share` of `sorted` lies; 0 if it is empty.
double Percentile(const std::vector<double>& sorted, double share);

class Figures {
 public:
  // `reference` is what ours is compared with, or empty. The ratio is ours divided by the
  // reference.
  void Add(const std::string& name, const std::string& unit, const std::vector<double>& ours,
           const std::vector<double>& reference = {});
  void PrintTable() const;
  // Writes {"name":…, "figures":[{"name", "unit", "ours", "reference", "ratio", "spread":[min,max]
  // of ours}]}; throws std::runtime_error if the file can't be written.
  void WriteJson(const std::string& path, const std::string& name) const;

 private:
  struct Figure {
    std::string name;
    std::string unit;
    Measured ours;
    std::optional<Measured> reference;
  };
  std::vector<Figure> figures_;
};

}  // namespace waybill::bench
