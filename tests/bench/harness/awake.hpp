// Keeps the processors from going to sleep while something short is timed: on a virtual machine a
// processor that has slept takes longer to come back than what is to be measured takes.
#pragma once

#include <thread>
#include <vector>

namespace hq::bench {

// While it lives, one thread a processor does nothing, in the class of the idle (SCHED_IDLE): it
// gives way to every other thread at once.
class Awake {
 public:
  Awake();

 private:
  std::vector<std::jthread> threads_;
};

}  // namespace hq::bench
