// The Merkle tree over the records of a log that has none of its own: grown in memory, on demand.
#pragma once

#include <map>
#include <mutex>

#include "services/ledger/adapters/rocks_event_log.hpp"
#include "services/ledger/adapters/tree_access.hpp"
#include "services/ledger/core/growing_tree.hpp"
#include "tests/support/test_ledger.hpp"

namespace hq::testing {

// Thread-safe. Outlives whoever has its access.
class TreeOfLog {
 public:
  explicit TreeOfLog(ledger::RocksEventLog& log) : log_(log) {}

  ledger::TreeAccess Access() {
    return {[this] { return Head(); },
            [this](const ledger::TileId& id, unsigned width) { return Read(id, width); },
            [this](std::uint64_t size, std::chrono::milliseconds timeout, std::stop_token stop) {
              log_.WaitPast(size, timeout, std::move(stop));
            }};
  }

  ledger::TreeHead Head() {
    const std::lock_guard lock(mutex_);
    const Position head = log_.Head().head().position();
    while (tree_.size() < head) {
      ledger::v1::GetRequest request;
      request.set_position(tree_.size() + 1);
      tree_.Append(LeafHash(log_.Get(CallerNamed("ledger"), request).value()));
      for (ledger::Tile& tile : tree_.TakeCompleted()) full_[tile.id] = std::move(tile.hashes);
    }
    return {tree_.size(), tree_.Root()};
  }

 private:
  Result<std::string> Read(const ledger::TileId& id, unsigned width) {
    Head();
    const std::lock_guard lock(mutex_);
    const auto found = full_.find(id);
    if (found != full_.end()) return found->second.substr(0, width * ledger::kHashBytes);
    return tree_.Read(id, width);
  }

  ledger::RocksEventLog& log_;
  std::mutex mutex_;
  ledger::GrowingTree tree_;
  std::map<ledger::TileId, std::string> full_;
};

}  // namespace hq::testing
