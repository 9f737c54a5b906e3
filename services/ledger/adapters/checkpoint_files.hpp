// What the ledger keeps of its checkpoints outside of RocksDB, so that a store that went back is
// found out: the last one, those that witnesses cosigned, and what they showed that is not here.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/transparency/checkpoint.hpp"

namespace hq::ledger {

// One thread at a time.
class CheckpointFiles {
 public:
  // `{directory}/checkpoint`, `cosigned.json`, `witnessed` and `witnessed_other` there.
  explicit CheckpointFiles(const std::string& directory)
      : checkpoint_(directory + "/checkpoint"),
        cosigned_(directory + "/cosigned.json"),
        witnessed_(directory + "/witnessed"),
        witnessed_other_(directory + "/witnessed_other") {}

  // The notes as they were kept; nothing if there are none yet. kDataLoss if a file is damaged,
  // kUnavailable if it cannot be read.
  Result<std::optional<std::string>> LoadCheckpoint() const;
  Result<std::vector<std::string>> LoadCosigned() const;
  // What a witness showed that this ledger did not have: what a repair has to come to.
  Result<std::optional<std::string>> LoadWitnessed() const;
  // What a witness showed of another ledger: why this disk is not to be served.
  Result<std::optional<std::string>> LoadWitnessedOther() const;

  // On the disk when they return OK; what is there already is not written again. kUnavailable.
  Status Store(const SignedCheckpoint& checkpoint);
  Status Store(const std::vector<SignedCheckpoint>& cosigned);

  // Keep what a witness showed that is not here, or is of another ledger. From any one thread, also
  // beside another Store.
  Status StoreWitnessed(const SignedCheckpoint& checkpoint) const;
  Status StoreWitnessedOther(const std::string& note) const;
  // It was not here, and is: gone from the disk when it returns OK. One thread at a time with
  // StoreWitnessed. kUnavailable.
  Status RemoveWitnessed() const;

  const std::string& checkpoint_file() const { return checkpoint_; }
  const std::string& cosigned_file() const { return cosigned_; }
  const std::string& witnessed_file() const { return witnessed_; }
  const std::string& witnessed_other_file() const { return witnessed_other_; }

 private:
  const std::string checkpoint_;
  const std::string cosigned_;
  const std::string witnessed_;
  const std::string witnessed_other_;
  std::string stored_checkpoint_;
  std::string stored_cosigned_;
};

}  // namespace hq::ledger
