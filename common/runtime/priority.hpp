// Who goes first when there are fewer processors than work.
#pragma once

namespace hq::runtime {

// From now on the calling thread and those that it will start go before others as soon as they have
// something to do, and go on for less long at a time; their share of the time stays the same. Linux
// 6.12 and later; elsewhere nothing changes.
void PreferShortSlices();

// From now on the calling thread gets about a tenth of the processor time that another thread gets
// when both want it, and all that nobody wants. For work that nobody waits for.
void LowerOwnPriority();

}  // namespace hq::runtime
