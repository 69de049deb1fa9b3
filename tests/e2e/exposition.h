// Reads Prometheus's text format, as a scraper does.
#pragma once

#include <map>
#include <set>
#include <string>

namespace waybill::e2e {

// One metric as a process shows it.
struct Exposed {
  // "counter", "gauge" or "histogram".
  std::string type;
  // The names of the labels of all its samples, without a histogram's `le`.
  std::set<std::string> labels;
};

// The metrics that were scraped from one process.
class Exposition {
 public:
  explicit Exposition(const std::string& text);

  const std::map<std::string, Exposed>& metrics() const { return metrics_; }
  // Returns the value of a sample, which is written as "name{label="value"}" with its labels sorted
  // by name; -1 if there is no such sample.
  double Value(const std::string& sample) const;

 private:
  std::map<std::string, Exposed> metrics_;
  std::map<std::string, double> samples_;
};

// A metric in docs/metrics.md: its type and labels, and which processes have it, in the page's own
// words ("all", "services", names).
struct Documented {
  Exposed exposed;
  std::string in;
};
std::map<std::string, Documented> DocumentedMetrics();

}  // namespace waybill::e2e
