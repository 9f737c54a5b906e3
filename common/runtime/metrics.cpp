#include "common/runtime/metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/exposer.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <mutex>

namespace hq::runtime {

struct Metrics::Registry {
  std::mutex mutex;
  std::shared_ptr<prometheus::Registry> registry = std::make_shared<prometheus::Registry>();
  std::map<std::string, prometheus::Family<prometheus::Counter>*> counters;
  std::map<std::string, prometheus::Family<prometheus::Gauge>*> gauges;
  std::map<std::string, prometheus::Family<prometheus::Histogram>*> histograms;
  std::unique_ptr<prometheus::Exposer> exposer;
};

namespace {

std::string HelpOf(const std::string& name) { return "HQ OS: " + name; }

}  // namespace

Metrics::Metrics() : registry_(std::make_unique<Registry>()) {}
Metrics::~Metrics() = default;

Status Metrics::Serve(const std::string& listen) {
  try {
    registry_->exposer = std::make_unique<prometheus::Exposer>(listen, 1);
    registry_->exposer->RegisterCollectable(registry_->registry);
  } catch (const std::exception& error) {  // Thrown by the library when it cannot listen.
    return absl::UnavailableError("cannot serve metrics on " + listen + ": " + error.what());
  }
  return absl::OkStatus();
}

void Metrics::Add(const std::string& name, const Labels& labels, double amount) {
  std::lock_guard lock(registry_->mutex);
  auto& family = registry_->counters[name];
  if (!family)
    family =
        &prometheus::BuildCounter().Name(name).Help(HelpOf(name)).Register(*registry_->registry);
  family->Add(labels).Increment(amount);
}

void Metrics::Set(const std::string& name, double value, const Labels& labels) {
  std::lock_guard lock(registry_->mutex);
  auto& family = registry_->gauges[name];
  if (!family)
    family = &prometheus::BuildGauge().Name(name).Help(HelpOf(name)).Register(*registry_->registry);
  family->Add(labels).Set(value);
}

void Metrics::Observe(const std::string& name, double seconds, const Labels& labels) {
  static const prometheus::Histogram::BucketBoundaries kBuckets{
      0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
      0.05,   0.1,     0.25,   0.5,   1,      2.5,   5,    10};
  std::lock_guard lock(registry_->mutex);
  auto& family = registry_->histograms[name];
  if (!family)
    family =
        &prometheus::BuildHistogram().Name(name).Help(HelpOf(name)).Register(*registry_->registry);
  family->Add(labels, kBuckets).Observe(seconds);
}

std::string Metrics::Text() const {
  return prometheus::TextSerializer().Serialize(registry_->registry->Collect());
}

}  // namespace hq::runtime
