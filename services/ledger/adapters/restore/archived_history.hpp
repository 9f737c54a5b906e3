// What an archive has of a ledger's lives, and the replay of one of them: every checksum, every
// link and every vouched-for tree is checked before anybody believes it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/base/result.hpp"
#include "common/transparency/checkpoint.hpp"
#include "common/transparency/verifier_key.hpp"
#include "services/ledger/core/archive_layout.hpp"
#include "services/ledger/core/fork_statement.hpp"
#include "services/ledger/core/history_walk.hpp"
#include "services/ledger/core/until.hpp"
#include "services/ledger/ports.hpp"

namespace hq::ledger {

// Whether what was asked for is not to be had any more, however often it is asked for: it is gone,
// or not as it was.
inline bool IsLost(const Status& status) {
  return absl::IsNotFound(status) || absl::IsDataLoss(status);
}

class ArchivedHistory {
 public:
  // Lists the archive, which outlives it. Without an epoch: the newest life that has records there.
  // kNotFound, reason NO_SUCH_EPOCH; kDataLoss, reason FORK_UNKNOWN; the archive's codes.
  static Result<ArchivedHistory> Open(const Archive& archive, std::optional<std::uint64_t> epoch);

  std::uint64_t epoch() const { return epoch_; }
  // The largest epoch that anything in the archive names.
  std::uint64_t newest_epoch() const { return newest_epoch_; }
  const Coverage& coverage() const { return coverage_; }

  // The statements of all forks, C2SP notes, the oldest first.
  std::vector<std::string> ForkNotes() const;

  // The record with the largest id in the last segments of all lives.
  Result<IssuedRecord> Furthest() const;

  // Gets each record once, in order, as far as `until`: the record, and the blobs of its segment
  // that must be there before it (only with the segment's first record).
  using Take = std::function<Status(std::string_view record)>;
  using TakeBlob = std::function<Status(const std::string& sha256)>;

  // Replays from `walk`'s position on. A checkpoint that one of `log_keys` signed must hold; others
  // are not looked at. kDataLoss for what is not as it was, or is missing (reason SEGMENT_MISSING);
  // kOutOfRange, reason NOT_THAT_FAR, if the archive ends before `until.position`.
  Status Replay(const Until& until, const std::vector<VerifierKey>& log_keys, HistoryWalk& walk,
                const Take& take, const TakeBlob& take_blob) const;

  // Whether the checkpoint is about a tree that this life had. kFailedPrecondition, reason
  // CHECKPOINT_OF_ANOTHER_LIFE.
  Status CheckHas(const Checkpoint& checkpoint) const;

  // The digests of all blobs that this life's records name; those of a segment that is gone or
  // broken are left out. The archive's codes: while one cannot be had, nobody knows what it names.
  Result<std::set<std::string>> NamedBlobs() const;

  // The newest signed checkpoint in a segment that has the records it is about. kNotFound;
  // kDataLoss, reason SEGMENT_MISSING.
  Result<std::string> NewestCheckpoint() const;

  const Archive& archive() const { return *archive_; }

 private:
  explicit ArchivedHistory(const Archive& archive) : archive_(&archive) {}

  // Whether the end was reached.
  Result<bool> ReplayPiece(const Piece& piece, const Until& until,
                           const std::vector<VerifierKey>& log_keys, HistoryWalk& walk,
                           const Take& take, const TakeBlob& take_blob) const;
  Status CheckReach(const Until& until) const;

  const Archive* archive_;  // Never null.
  std::uint64_t epoch_ = 0;
  std::uint64_t newest_epoch_ = 0;
  std::vector<SegmentName> segments_;
  std::vector<Fork> forks_;
  std::map<std::uint64_t, std::string> fork_notes_;  // By epoch.
  Coverage coverage_;
};

}  // namespace hq::ledger
