// Finds records: by stream and version, by what they have in common, by id, by command; and the
// Merkle tree over them. The newest stretches lie in memory, the rest on disk; all of it is worked
// out of the log. Knows what is staged before it is durable, so readers say how far they may see.
#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "common/transparency/proof.hpp"
#include "services/ledger/adapters/index_store.hpp"
#include "services/ledger/adapters/rocks_store.hpp"
#include "services/ledger/core/commit_group.hpp"
#include "services/ledger/core/growing_tree.hpp"
#include "services/ledger/core/recent_index.hpp"

namespace hq::ledger {

// When what lies in memory is written down.
struct IndexPace {
  std::size_t ripe_records = 64 * 1024;
  std::chrono::milliseconds ripe_age{1'000};
  std::size_t records_max = 512 * 1024;  // In memory; then the committer waits.
  bool has_thread = true;                // If not, nothing is written down but by WriteDown.
};

// Thread-safe; Add and what History has are the committer's alone.
class LogIndex final : public History {
 public:
  // Opens what is in `directory` and adds what the log has beyond it, up to `head`. An index of
  // another history is made anew. kUnavailable; kDataLoss if the log itself is broken.
  static Result<std::unique_ptr<LogIndex>> Open(const std::string& directory,
                                                const RocksStore& store, const ChainHead& head,
                                                IndexPace pace = {}, Disk disk = {});

  // Its thread, if it has one, writes down what is durable.
  ~LogIndex() override;

  // Takes a staged group; waits while far too much is in memory. Returns the tree's head behind it.
  TreeHead Add(const CommitGroup& group);

  // Up to here the log is on disk, and the index of it may be written down.
  void SetDurable(Position position);

  // Writes down what lies in memory, unless the end of it is not durable yet. False if there was
  // nothing to write. Only for who opened it without a thread.
  bool WriteDown();

  // How far the part on disk goes.
  Position written() const;

  // The tree over all that is staged.
  TreeHead tree() const;

  // History: all that is staged.
  Version VersionOf(const std::string& stream) const override;
  std::optional<v1::CommandReceipt> ReceiptOf(const std::string& key) const override;
  std::optional<Position> FirstMatch(const Selection& selection, Position after,
                                     std::size_t& candidates_left) const override;

  // Up to `max` positions of a list in (after, until]: rising, or falling.
  std::vector<Position> Forward(std::string_view key, Position after, Position until,
                                std::size_t max) const;
  std::vector<Position> Backward(std::string_view key, Position after, Position until,
                                 std::size_t max) const;

  // A stream's version as far as its records lie up to `until`, which is durable.
  Version VersionAt(std::string_view stream, Position until) const;

  // The positions of a stream's versions from `from` on, up to `max`.
  std::vector<Position> Versions(std::string_view stream, Version from, std::size_t max) const;

  // The receipt of a command whose records lie up to `until`.
  std::optional<v1::CommandReceipt> ReceiptAt(const std::string& key, Position until) const;

  // Where the record with this id lies if there is one: look whether it has that id.
  std::optional<Position> PositionOf(const TxnId& id) const;

  // A TileReader for every tile of every tree up to what is staged.
  Result<std::string> ReadTile(const TileId& id, unsigned width) const;
  // A MiddleReader for them.
  std::string ReadMiddle(std::uint64_t index) const;

 private:
  using Stretch = std::shared_ptr<RecentIndex>;

  // The stretches in memory, the oldest first, and how far the part on disk goes.
  struct View {
    std::vector<Stretch> stretches;
    Position on_disk = 0;
  };

  LogIndex(std::unique_ptr<IndexStore> disk, IndexPace pace)
      : disk_(std::move(disk)), pace_(pace) {}
  View Now() const;
  std::optional<Tile> FullTile(const TileId& id) const;
  bool IsIn(std::string_view key, Position position) const;

  void KeepWritingDown(std::stop_token stop);
  // Takes what is ripe out of the active stretch; null if there is nothing durable.
  Stretch Seal(IndexMark& mark);

  friend class IndexCatchUp;
  const std::unique_ptr<IndexStore> disk_;
  const IndexPace pace_;

  mutable std::shared_mutex mutex_;
  std::condition_variable_any changed_;
  Stretch sealed_;  // Being written down; null if none is.
  Stretch active_ = std::make_shared<RecentIndex>();
  IndexMark active_mark_;  // Where the active stretch ends.
  GrowingTree tree_;
  Position written_ = 0;
  Position durable_ = 0;

  mutable std::unordered_map<std::string, Version> heads_;  // Of whoever stages.

  std::jthread writer_;  // Last: it uses all of the above.
};

}  // namespace hq::ledger
