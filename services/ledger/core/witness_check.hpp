// Whether the ledger may serve, given what was seen of it outside of its own store: by witnesses
// who cosigned, and in the checkpoint file. It never serves below what somebody has vouched for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "common/base/result.hpp"
#include "common/transparency/proof.hpp"

namespace hq::ledger {

// A head that was seen outside, held against the tree that is here.
struct SeenHead {
  std::string by;  // A witness's name, or what file it was.
  TreeHead head;
  std::string root;  // Of this tree at that size; empty if this tree has not so many leaves.
  bool is_of_later_life = false;  // Of an epoch that this ledger has not reached.
  std::string other_log;          // The origin, if it is another than this ledger's; else empty.
  std::uint64_t epoch = 0;        // The life that it is of.
};

// How many witnesses there are, and who has spoken since the ledger started.
struct Hearing {
  std::size_t witnesses = 0;
  std::size_t heard = 0;
  bool is_patience_over = false;
};

// OK if it may serve. kDataLoss, reason WITNESS_DIVERGED, if a head is of another ledger, whatever
// else was seen, or stands for other records than are here; kUnavailable, reason WITNESS_AHEAD, if
// records are missing here (the largest head is named); kUnavailable, reason WITNESSES_AWAITED, if
// nothing speaks against it but fewer than half of the witnesses have spoken and patience is not
// over. `size` is that of the tree here.
Status CheckAgainstWitnesses(std::uint64_t size, const std::vector<SeenHead>& seen,
                             const Hearing& hearing);

}  // namespace hq::ledger
