#include "common/runtime/priority.hpp"

#include <sys/resource.h>

namespace hq::runtime {

void LowerOwnPriority() {
  constexpr int kNice = 10;
  // On Linux a niceness is a thread's, and 0 is the caller. To lower it is allowed to everybody.
  static_cast<void>(setpriority(PRIO_PROCESS, 0, kNice));
}

}  // namespace hq::runtime
