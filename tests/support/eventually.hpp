// Waits for a condition with a deadline: tests wait for what they mean, never for a time.
#pragma once

#include <chrono>
#include <functional>
#include <thread>

namespace hq::testing {

// True as soon as `condition` is; false if it is not within `wait`.
inline bool Eventually(const std::function<bool()>& condition,
                       std::chrono::milliseconds wait = std::chrono::seconds(20)) {
  const auto give_up_at = std::chrono::steady_clock::now() + wait;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > give_up_at) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

}  // namespace hq::testing
