#include "tests/bench/harness/awake.hpp"

#include <sched.h>

namespace hq::bench {

Awake::Awake() {
  const unsigned processors = std::thread::hardware_concurrency();
  for (unsigned i = 0; i < processors; ++i)
    threads_.emplace_back([](const std::stop_token& stop) {
      const sched_param none{};
      if (sched_setscheduler(0, SCHED_IDLE, &none) != 0) return;
      while (!stop.stop_requested()) {
      }
    });
}

}  // namespace hq::bench
