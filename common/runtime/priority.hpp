// Who goes first when there are fewer processors than work.
#pragma once

namespace hq::runtime {

// From now on the calling thread gets about a tenth of the processor time that another thread gets
// when both want it, and all that nobody wants. For work that nobody waits for.
void LowerOwnPriority();

}  // namespace hq::runtime
