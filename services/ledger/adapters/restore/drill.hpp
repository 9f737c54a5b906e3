// The restore drill: restores what the archive had yesterday into a directory that goes again, lets
// the ledger open it, reads it back, and proves that its tree is where today's signed tree began.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.hpp"
#include "services/ledger/adapters/restore/archived_history.hpp"

namespace hq::ledger {

struct DrillOrder {
  std::optional<std::int64_t> as_of_us;  // Absent: the end of yesterday (UTC).
  std::optional<std::uint64_t> epoch;    // Absent: the newest life.
  std::string image_day;                 // Begin with that day's image; empty: with segments.
  std::string directory;                 // Where the passing directory is made.
  std::string checkpoint;                // A signed note; empty: the newest that the archive has.
  std::vector<VerifierKey> log_keys;     // One of them signed the checkpoint.
};

struct DrillReport {
  ChainHead restored;            // Where the restored ledger ends.
  TreeHead restored_tree;        // Worked out from its own bytes, read back.
  TreeHead signed_tree;          // Of the checkpoint.
  std::size_t proof_hashes = 0;  // Of the consistency proof between the two.
  bool is_all_of_today = false;  // No record was old enough: everything was restored.
  std::chrono::milliseconds took{0};

  // For people, a few lines.
  std::string Format() const;
};

// Whether the ledger itself opens the restored data. kDataLoss if it does not.
using OpenLedger = std::function<Status(const std::string& data_dir)>;

// kDataLoss if the backup is of no use or is not where today's tree began; kPermissionDenied if
// none of the keys signed the checkpoint; codes of ArchivedHistory.
// kFailedPrecondition, reason ARCHIVE_STALE, if the archive has no sign of life since the beginning
// of the day (UTC) that it is drilled for, or of yesterday if that is earlier. The signs are the
// newest record's time, which the last segment's manifest has, and the days of images that have
// their manifest. An idle ledger gives them too: its image a day, and the backup_completed that it
// records for each day, which goes with the next segment.
Result<DrillReport> Drill(const Archive& archive, const DrillOrder& order, const OpenLedger& open,
                          Clock& clock);

}  // namespace hq::ledger
