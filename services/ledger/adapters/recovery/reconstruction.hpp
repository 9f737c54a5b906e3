// Finds out whether the whole history, as far as anybody knows of it, can be put together again
// from sources that may each be damaged, short, or lie.
#pragma once

#include <vector>

#include "services/ledger/adapters/recovery/record_source.hpp"
#include "services/ledger/core/recovery_plan.hpp"

namespace hq::ledger {

// Walks on through the sources in that order, again and again, until none of them has more. It fits
// if every vouched head came out, every authority was read to its end and is agreed with, and what
// took the records never failed.
Attempt WalkThrough(const std::vector<RecordSource*>& order,
                    const std::vector<VouchedHead>& vouched, HistoryWalk& walk,
                    const RecordSource::Take& take, const RecordSource::TakeBlob& take_blob);

struct Reconstruction {
  Attempt attempt;
  std::vector<RecordSource*> order;  // In which the attempt was made.
  ChainHead head;                    // Where it ends.
};

// Tries the orders of the sources, the given one first, until one fits; else the one that came
// furthest. Nothing is written: a record that was changed shows only when its successor does not
// follow, so a walk that fits must be known before it is kept.
Reconstruction FindReconstruction(const std::vector<RecordSource*>& sources,
                                  const std::vector<VouchedHead>& vouched, const HistoryWalk& from);

}  // namespace hq::ledger
