// Fault points: named places at which a test may have the process killed, as by SIGKILL, the n-th
// time it passes. HQ_FAULT="sync.append.after:7" kills at the seventh passing of that point;
// HQ_FAULT_COUNT=<file> keeps in that file how often each point was passed. Compiled in only
// where HQ_FAULTS is defined (the dev preset); a release has no trace of them.
#pragma once

#include <string_view>

namespace hq::fault {

#ifdef HQ_FAULTS
void Point(std::string_view name);
#else
inline void Point(std::string_view) {}
#endif

}  // namespace hq::fault
