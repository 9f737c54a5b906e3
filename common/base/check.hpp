// HQ_CHECK(condition, "what must hold"): for what is impossible unless the program is wrong. Prints
// the place and aborts; the process is started again and goes on from the ledger.
#pragma once

namespace hq {

[[noreturn]] void CheckFailed(const char* condition, const char* what, const char* file, int line);

}  // namespace hq

#define HQ_CHECK(condition, what)                                              \
  do {                                                                         \
    if (!(condition)) ::hq::CheckFailed(#condition, what, __FILE__, __LINE__); \
  } while (false)
