#include "services/ledger/adapters/tree_access.hpp"

#include "services/ledger/adapters/rocks_event_log.hpp"

namespace hq::ledger {

TreeAccess TreeOf(RocksEventLog& log) {
  return {[&log] { return log.tree_head(); },
          [&log](const TileId& id, unsigned width) { return log.ReadTile(id, width); },
          [&log](std::uint64_t index) { return log.ReadMiddle(index); },
          [&log](std::uint64_t size, std::chrono::milliseconds timeout, std::stop_token stop) {
            log.WaitPast(size, timeout, std::move(stop));
          }};
}

}  // namespace hq::ledger
