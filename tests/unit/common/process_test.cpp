// Goal: a service that is told to stop ends, whatever its components do. Method: real signals to a
// process of its own.
#include "common/runtime/process.hpp"

#include <gtest/gtest.h>
#include <signal.h>

#include <condition_variable>
#include <mutex>

namespace hq::runtime {
namespace {

class Waiting : public Component {
 public:
  // Ends when it is told to, or never.
  explicit Waiting(bool ends) : ends_(ends) {}

  void Run(std::stop_token stop) override {
    std::mutex mutex;
    std::condition_variable_any changed;
    std::unique_lock lock(mutex);
    changed.wait(lock, stop, [] { return false; });
    while (!ends_) changed.wait(lock);
  }

 private:
  bool ends_;
};

int ExitCodeAfterSignal(bool ends) {
  Waiting waiting(ends);
  return Main("trial", [&] {
    kill(getpid(), SIGTERM);
    return RunUntilSignal({&waiting}, ends ? std::chrono::seconds(60) : std::chrono::seconds(0));
  });
}

TEST(ProcessDeathTest, EndsWhenItsComponentsHaveEnded) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(exit(ExitCodeAfterSignal(true)), ::testing::ExitedWithCode(0), "");
}

TEST(ProcessDeathTest, IsCutOffWhenAComponentDoesNotEnd) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(exit(ExitCodeAfterSignal(false)), ::testing::KilledBySignal(SIGABRT), "");
}

}  // namespace
}  // namespace hq::runtime
