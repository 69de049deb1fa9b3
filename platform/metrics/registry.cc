#include "platform/metrics/registry.h"

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace waybill::metrics {

Registry::Registry() : registry_(std::make_unique<prometheus::Registry>()) {}

Registry::~Registry() = default;

Counter Registry::AddCounter(const std::string& name, const std::string& help,
                             const Labels& labels) {
  return Counter(
      &prometheus::BuildCounter().Name(name).Help(help).Register(*registry_).Add(labels));
}

Gauge Registry::AddGauge(const std::string& name, const std::string& help, const Labels& labels) {
  return Gauge(&prometheus::BuildGauge().Name(name).Help(help).Register(*registry_).Add(labels));
}

Histogram Registry::AddHistogram(const std::string& name, const std::string& help,
                                 const Buckets& buckets, const Labels& labels) {
  return Histogram(&prometheus::BuildHistogram()
                        .Name(name)
                        .Help(help)
                        .Register(*registry_)
                        .Add(labels, buckets));
}

GaugeSet Registry::AddGaugeSet(const std::string& name, const std::string& help) {
  return GaugeSet(&prometheus::BuildGauge().Name(name).Help(help).Register(*registry_));
}

std::string Registry::Text() const {
  return prometheus::TextSerializer().Serialize(registry_->Collect());
}

void GaugeSet::Replace(const std::vector<Sample>& samples) {
  if (family_ == nullptr) return;
  std::map<Labels, prometheus::Gauge*> gone = std::move(shown_);
  shown_.clear();
  for (const Sample& sample : samples) {
    prometheus::Gauge& gauge = family_->Add(sample.labels);
    gauge.Set(sample.value);
    shown_[sample.labels] = &gauge;
    gone.erase(sample.labels);
  }
  for (const auto& [labels, gauge] : gone) family_->Remove(gauge);
}

}  // namespace waybill::metrics
