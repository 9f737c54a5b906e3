// Restores a ledger from its archive into a new directory: a prefix of a life that the archive has,
// and behind it a new life, opened by a signed statement of what is given up.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.hpp"
#include "common/witness/signing_key.hpp"
#include "services/ledger/adapters/restore/archived_history.hpp"
#include "services/ledger/adapters/restore/stored_log.hpp"

namespace hq::ledger {

// Replays into `log` as far as `until`, with the blobs that the records name. Codes as
// ArchivedHistory::Replay.
Status ReplayInto(const ArchivedHistory& history, const Until& until,
                  const std::vector<VerifierKey>& log_keys, HistoryWalk& walk, StoredLog& log);

// Walks every record that is stored there; `after` is called behind each one. kDataLoss.
Status WalkStored(const StoredLog& log, HistoryWalk& walk, const std::function<Status()>& after);

// Begins at the image of `day` instead of at position 1: its files become the ledger's, and their
// records are walked. kDataLoss if the image is of another history than what is to be restored, or
// goes further than `until`.
Result<std::unique_ptr<StoredLog>> BeginWithImage(const ArchivedHistory& history,
                                                  const std::string& day, const Until& until,
                                                  const std::string& data_dir, HistoryWalk& walk);

struct RestoreOrder {
  Until until;
  std::optional<std::uint64_t> epoch;  // The life to restore; absent: the newest.
  std::string image_day;               // YYYYMMDD, to begin with that day's image; empty: segments.
  std::string into;                   // Becomes the data directory; must not be there, or be empty.
  std::string abandoned;              // The data directory that is given up, if it can be read.
  Position witnessed = 0;             // The largest tree that a witness cosigned; 0 if not known.
  std::string why;                    // See IsWhy.
  std::vector<VerifierKey> log_keys;  // By which checkpoints in the archive are checked.
};

struct Restored {
  ForkStatement fork;
  std::string note;  // The statement, signed.
  TreeHead tree;     // Of what was restored, without the first record of the new life.
  ChainHead head;    // Behind the first record of the new life.
};

// The name of the log's key, and so the origin of all that it signs.
std::string LogKeyName(const std::string& log_id);

// Gives the log's signing key, whose name depends on the log_id.
using KeyFor = std::function<Result<SigningKey>(const std::string& log_id)>;

// `archive` gets the statement and the new life's first segment. Nothing stands at `into` before
// all of it is done. Codes: kAlreadyExists if something is at `into`, or somebody else opened the
// same epoch; kInvalidArgument; those of replaying, of the key and of the archive.
Result<Restored> Restore(Archive& archive, const RestoreOrder& order, const KeyFor& key_for,
                         Clock& clock);

}  // namespace hq::ledger
