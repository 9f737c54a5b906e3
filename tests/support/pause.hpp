// What a client does before it makes the same call again.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>

namespace hq::testing {

// Returns at once when `stop` is requested.
inline void PauseBeforeRetry(const std::stop_token& stop) {
  constexpr std::chrono::milliseconds kPause(20);
  std::mutex mutex;
  std::condition_variable_any changed;
  std::unique_lock lock(mutex);
  changed.wait_for(lock, stop, kPause, [] { return false; });
}

}  // namespace hq::testing
