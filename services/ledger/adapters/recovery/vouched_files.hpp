// What stands signed in the files beside the store, and the keys that signed it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/transparency/checkpoint.hpp"
#include "common/transparency/verifier_key.hpp"
#include "services/ledger/adapters/recovery/recovery_settings.hpp"
#include "services/ledger/core/recovery_plan.hpp"

namespace hq::ledger {

struct VouchedFiles {
  std::vector<VerifierKey> keys;   // Of the log; empty if none could be read.
  std::vector<VouchedHead> heads;  // Of whatever life.
  std::vector<FileFault> faults;   // Files that are not what the ledger wrote.
  std::string log_id;              // Whose they are; empty if nothing says it.
  std::string other_ledger;        // The origin of what a witness showed of another; or empty.
};

// Reads `checkpoint`, `cosigned.json`, `witnessed`, `witnessed_other`, `signing.pub` and the
// signing key, and what the settings name besides. What is not there is no fault. kInvalidArgument,
// kNotFound for a file that the settings name and that cannot be used; kUnavailable.
Result<VouchedFiles> ReadVouchedFiles(const RecoverySettings& settings);

// Of which log a note says that it is; nothing is checked. Empty if it is no checkpoint.
std::string OriginOf(const std::string& note);

// The head in a note, if one of the keys signed it. kInvalidArgument, kPermissionDenied.
Result<Checkpoint> OpenVouched(const std::string& note, const std::vector<VerifierKey>& keys);

}  // namespace hq::ledger
