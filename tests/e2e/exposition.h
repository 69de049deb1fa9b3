// Prometheus's text format, as a scraper reads it.
#pragma once

#include <map>
#include <set>
#include <string>

namespace waybill::e2e {

// One metric as a process shows it.
struct Exposed {
  // "counter", "gauge" or "histogram".
  std::string type;
  // The names of its labels, over all its samples; without a histogram's `le`.
  std::set<std::string> labels;
};

// What was scraped from one process.
class Exposition {
 public:
  explicit Exposition(const std::string& text);
  // Scrapes http://address/metrics; throws std::runtime_error when it doesn't answer 200.
  static Exposition Of(const std::string& address);

  const std::map<std::string, Exposed>& metrics() const { return metrics_; }
  // The sample as it is written, "name{label="value"}", labels sorted by name; -1 without it.
  double Value(const std::string& sample) const;

 private:
  std::map<std::string, Exposed> metrics_;
  std::map<std::string, double> samples_;
};

// docs/metrics.md: for each metric, what it should look like and which processes have it (the
// page's own words: "all", "services", names).
struct Documented {
  Exposed exposed;
  std::string in;
};
std::map<std::string, Documented> DocumentedMetrics();

}  // namespace waybill::e2e
