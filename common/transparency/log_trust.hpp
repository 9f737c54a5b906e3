// What whoever watches a log decides: by which key its checkpoints are believed, and whether a new
// one continues the last. Pure; what must be asked of the log is asked through functions.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "common/transparency/checkpoint.hpp"
#include "common/transparency/fork.hpp"
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
  std::vector<std::string> forks;      // Oldest first; see OpenForks.
};

// Opens a checkpoint by one of the trusted keys, or by the one that they lead to. `ask` is called
// only if none of them signed it. Codes as OpenCheckpoint's, and those of `ask`.
Result<OpenedCheckpoint> OpenTrusted(std::string_view note, const std::vector<VerifierKey>& trusted,
                                     const std::function<Result<NamedKey>()>& ask);

// What the log is asked; only what matters is.
struct GrowthQuestions {
  std::function<Result<Proof>(std::uint64_t first, std::uint64_t second)> proof;
  std::function<Result<std::vector<Fork>>()> forks;  // Those that a trusted key signed.
};

// OK if what is shown continues what was seen, or if a later life is shown and a signed statement
// gives up what was seen. kDataLoss, reason LEDGER_BEHIND or LEDGER_DIVERGED, naming both; and the
// codes of what is asked.
Status CheckGrowth(const Checkpoint& seen, const Checkpoint& shown, const GrowthQuestions& ask);

}  // namespace hq::ledger
