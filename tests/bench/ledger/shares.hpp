// Spreads a load's clients over threads.
#pragma once

#include <memory>
#include <thread>
#include <vector>

#include "common/base/result.hpp"
#include "tests/bench/harness/meter.hpp"

namespace hq::bench {

// From this many clients on, two threads with a connection each.
inline constexpr int kManyClients = 16;

// `make(share, first_client)` is a pointer to a worker: its Run() is called on a thread of its own,
// then its Result(). The first worker that fails is what all come to.
template <class Make>
Result<AppendResult> RunShares(const AppendLoad& load, const Make& make) {
  const int count = load.clients >= kManyClients ? 2 : 1;
  AppendLoad share = load;
  share.clients = load.clients / count;
  if (load.events_max != AppendLoad().events_max)
    share.events_max = load.events_max / static_cast<std::uint64_t>(count);
  std::vector<decltype(make(share, 0))> workers;
  for (int i = 0; i < count; ++i) workers.push_back(make(share, i * share.clients));
  std::vector<Status> statuses(workers.size());
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < workers.size(); ++i)
      threads.emplace_back([&, i] { statuses[i] = workers[i]->Run(); });
  }
  AppendResult all;
  for (std::size_t i = 0; i < workers.size(); ++i) {
    HQ_RETURN_IF_ERROR(statuses[i]);
    const AppendResult one = workers[i]->Result();
    all.events_per_second += one.events_per_second;
    all.latencies_us.insert(all.latencies_us.end(), one.latencies_us.begin(),
                            one.latencies_us.end());
  }
  return all;
}

}  // namespace hq::bench
