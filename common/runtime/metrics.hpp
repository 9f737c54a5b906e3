// The process's metrics, served as Prometheus text on /metrics. Names are `hq_…` or
// `grpc_server_…`, counters end in _total, times are seconds. Measurements belong here; facts
// belong in the ledger.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "common/base/result.hpp"

namespace prometheus {
class Counter;
class Histogram;
}  // namespace prometheus

namespace hq::runtime {

using Labels = std::map<std::string, std::string>;

// A counter, or a histogram of seconds, that was looked up once: for what happens thousands of
// times a second. Copies count on the same one. Safe from any thread; valid as long as its Metrics.
class Counter {
 public:
  explicit Counter(prometheus::Counter& counter) : counter_(&counter) {}
  void Add(double amount = 1);

 private:
  prometheus::Counter* counter_;
};

class Timing {
 public:
  explicit Timing(prometheus::Histogram& histogram) : histogram_(&histogram) {}
  void Observe(double seconds);

 private:
  prometheus::Histogram* histogram_;
};

// Safe from any thread. Outlives every component that counts on it.
class Metrics {
 public:
  Metrics();
  ~Metrics();

  // Serves http://{listen}/metrics until destroyed. kUnavailable if it cannot listen there.
  Status Serve(const std::string& listen);

  void Add(const std::string& name, const Labels& labels = {}, double amount = 1);
  void Set(const std::string& name, double value, const Labels& labels = {});

  // A histogram of seconds, buckets from 100 µs to 10 s.
  void Observe(const std::string& name, double seconds, const Labels& labels = {});

  Counter CounterOf(const std::string& name, const Labels& labels = {});
  Timing TimingOf(const std::string& name, const Labels& labels = {});

  // What /metrics would show now.
  std::string Text() const;

 private:
  struct Registry;
  std::unique_ptr<Registry> registry_;
};

}  // namespace hq::runtime
