// What whoever watches a log decides: by which key its checkpoints are believed, and whether a new
// one continues the last. Pure; what must be asked of the log is asked through functions.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "common/transparency/checkpoint.hpp"
#include "common/transparency/proof.hpp"

namespace hq::ledger {

// A checkpoint, and the trusted key that signed it.
struct TrustedCheckpoint {
  VerifierKey log_key;
  SignedCheckpoint checkpoint;
};

// How the key came to be trusted.
enum class Trust {
  kKnown,     // It was trusted before.
  kFollowed,  // A trusted key gave way to it.
  kFirstUse,  // No key was trusted, so the one that the log named is from now on.
};

struct OpenedCheckpoint {
  TrustedCheckpoint shown;
  Trust trust = Trust::kKnown;
};

// What the log says of its key, which is believed on first use only.
struct NamedKey {
  std::string verifier_key;
  std::vector<std::string> rotations;  // Oldest first; see FollowRotations.
};

// Opens a checkpoint by one of the trusted keys, or by the one that they lead to. `ask` is called
// only if none of them signed it. Codes as OpenCheckpoint's, and those of `ask`.
Result<OpenedCheckpoint> OpenTrusted(std::string_view note, const std::vector<VerifierKey>& trusted,
                                     const std::function<Result<NamedKey>()>& ask);

// OK if what is shown continues what was seen. `ask` gets the proof from the first size to the
// second; it is called only if there is something to prove. kDataLoss, reason LEDGER_BEHIND or
// LEDGER_DIVERGED, naming both; and the codes of `ask`.
Status CheckGrowth(
    const TreeHead& seen, const TreeHead& shown,
    const std::function<Result<Proof>(std::uint64_t first, std::uint64_t second)>& ask);

}  // namespace hq::ledger
