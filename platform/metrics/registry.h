// Registry makes and renders a process's instruments. Only this folder includes prometheus-cpp.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "platform/metrics/instruments.h"

namespace prometheus {
template <typename T>
class Family;
class Registry;
}  // namespace prometheus

namespace waybill::metrics {

// Names and values of Prometheus's form, few values each: never an id, never what a client sends.
using Labels = std::map<std::string, std::string>;

// Gauges whose labels come and go: the partitions held, the states that have rows. One thread at a
// time replaces; scrapes may run meanwhile. A default-constructed one records nowhere.
class GaugeSet {
 public:
  struct Sample {
    Labels labels;
    double value = 0;
  };

  GaugeSet() = default;
  explicit GaugeSet(prometheus::Family<prometheus::Gauge>* family) : family_(family) {}
  // Replaces all gauges of the set by these.
  void Replace(const std::vector<Sample>& samples);

 private:
  prometheus::Family<prometheus::Gauge>* family_ = nullptr;
  std::map<Labels, prometheus::Gauge*> shown_;
};

// Owned by the App, one per process; made first and destroyed last. Thread-safe. Adding the same
// name and labels again returns the same instrument. A name that is not Prometheus's
// ([a-z_:][a-z0-9_:]*) or is taken by another kind is a mistake in the code: std::invalid_argument.
// Names begin with waybill_, name the base unit and, for counters, end in _total; docs/metrics.md
// lists them all.
class Registry {
 public:
  Registry();
  ~Registry();
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  Counter AddCounter(const std::string& name, const std::string& help, const Labels& labels = {});
  Gauge AddGauge(const std::string& name, const std::string& help, const Labels& labels = {});
  Histogram AddHistogram(const std::string& name, const std::string& help, const Buckets& buckets,
                         const Labels& labels = {});
  GaugeSet AddGaugeSet(const std::string& name, const std::string& help);

  // All instruments in Prometheus's text format, version 0.0.4.
  std::string Text() const;

 private:
  const std::unique_ptr<prometheus::Registry> registry_;
};

}  // namespace waybill::metrics
