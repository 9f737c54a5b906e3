// A ledger's history taken record by record from the first on, as a restore and a drill take it:
// every link, every id and the Merkle tree are checked and worked out on the way. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "common/base/result.hpp"
#include "common/events/event_log.hpp"
#include "common/transparency/frontier.hpp"
#include "common/transparency/proof.hpp"
#include "services/ledger/core/hash_chain.hpp"

namespace hq::ledger {

class HistoryWalk {
 public:
  // `log_id` may be empty: then it is the first record's.
  explicit HistoryWalk(std::string log_id = "");

  // What the tree must be at a size that has not been reached yet, or kDataLoss, reason
  // TREE_DIFFERS, at once if it is not so at the size that has just been reached. Sizes that were
  // passed cannot be checked any more: false.
  Result<bool> Expect(const TreeHead& expected);

  // Forgets what was expected of sizes that have not been reached: another history follows.
  void ExpectNoMore() { expected_.clear(); }

  // The next record. kDataLoss, reason CHAIN_BROKEN, if it is not the successor: then the walk
  // stands where it stood, and may take another; TREE_DIFFERS if the tree is not what was expected
  // of it: then it is of no use any more.
  Status Take(std::string_view record);

  const ChainHead& head() const { return head_; }
  TreeHead tree_head() const { return {frontier_.size(), frontier_.Root()}; }
  // The version of the stream `ledger`.
  Version own_version() const { return own_version_; }

 private:
  Status Compare(const TreeHead& expected) const;

  ChainHead head_;
  Frontier frontier_;
  std::vector<TileHash> filled_;  // Kept for its memory.
  Version own_version_ = 0;
  std::map<std::uint64_t, std::string> expected_;  // Roots by size.
};

}  // namespace hq::ledger
