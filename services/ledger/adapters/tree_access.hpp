// What proofs need of the store: the head of the durable tree, its tiles, and word of its growth.
#pragma once

#include <chrono>
#include <functional>
#include <stop_token>

#include "common/transparency/proof.hpp"
#include "common/transparency/tile.hpp"

namespace hq::ledger {

// Each may be called from any thread. What is read never shrinks while the process lives.
struct TreeAccess {
  std::function<TreeHead()> head;
  TileReader tiles;  // Of every tile of the tree, full or partial.
  MiddleReader middles;
  // Waits until the tree has more than `size` leaves, for `timeout` at the most.
  std::function<void(std::uint64_t size, std::chrono::milliseconds timeout, std::stop_token stop)>
      wait_past;
};

class RocksEventLog;

// That of a log, which outlives it.
TreeAccess TreeOf(RocksEventLog& log);

}  // namespace hq::ledger
