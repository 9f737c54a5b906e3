#include "common/runtime/priority.hpp"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

namespace hq::runtime {
namespace {

// struct sched_attr of sched_setattr(2), which glibc 2.36 does not declare.
struct Attributes {
  std::uint32_t size = sizeof(Attributes);
  std::uint32_t policy = 0;
  std::uint64_t flags = 0x08;  // SCHED_FLAG_KEEP_POLICY: what an operator has chosen stays.
  std::int32_t nice = 0;
  std::uint32_t priority = 0;
  std::uint64_t runtime_ns = 0;  // Of an ordinary policy: the slice; 0 is the system's own.
  std::uint64_t deadline_ns = 0;
  std::uint64_t period_ns = 0;
};

// On Linux all this is a thread's, and 0 is the caller.
void Set(const Attributes& attributes) {
  static_cast<void>(syscall(SYS_sched_setattr, 0, &attributes, 0));
}

}  // namespace

void PreferShortSlices() {
  Attributes attributes;
  attributes.nice = getpriority(PRIO_PROCESS, 0);
  attributes.runtime_ns = 100'000;  // The least that there is.
  Set(attributes);
}

void LowerOwnPriority() {
  Attributes attributes;
  attributes.nice = 10;  // To stand back is allowed to everybody.
  Set(attributes);
}

}  // namespace hq::runtime
