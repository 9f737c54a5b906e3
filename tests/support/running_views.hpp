// A service's views over a ledger, kept up to date by a real runner on a thread of its own.
#pragma once

#include <thread>

#include "common/projection/runner.hpp"
#include "common/runtime/metrics.hpp"
#include "tests/support/view_feeder.hpp"

namespace hq::testing {

// `AllViews` is the struct that the service's main() uses.
template <class AllViews>
class RunningViews {
 public:
  // `log` outlives it.
  explicit RunningViews(EventLog& log)
      : views(*database_),
        runner(log, *database_, views.List(), metrics_),
        thread_([this](std::stop_token stop) { runner.Run(stop); }) {}

 private:
  ScratchDatabase database_;
  runtime::Metrics metrics_;

 public:
  AllViews views;
  projection::Runner runner;

 private:
  std::jthread thread_;
};

}  // namespace hq::testing
