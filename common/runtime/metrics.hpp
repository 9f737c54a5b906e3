// The process's metrics, served as Prometheus text on /metrics. Names are `hq_…`, counters end in
// _total, times are seconds. Measurements belong here; facts belong in the ledger.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "common/base/result.hpp"

namespace hq::runtime {

using Labels = std::map<std::string, std::string>;

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

  // What /metrics would show now.
  std::string Text() const;

 private:
  struct Registry;
  std::unique_ptr<Registry> registry_;
};

}  // namespace hq::runtime
