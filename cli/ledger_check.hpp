// How hqctl checks the ledger: by which key it believes it, what it saw of it last, and who
// vouches.
#pragma once

#include <string>
#include <vector>

#include "cli/commands.hpp"
#include "common/transparency/log_trust.hpp"

namespace hq::cli {

// A checkpoint that a trusted key signed, with the witnesses who cosigned it.
struct CheckedCheckpoint {
  ledger::TrustedCheckpoint shown;
  std::string note;
  std::vector<ledger::VerifierKey> witnesses;  // Who cosigned, of those that are trusted.
};

// Asks for the checkpoint that is wanted, covering `min_size` records at least, checks its
// signatures, and that it continues the one that was kept; keeps it then. Says so where a key is
// trusted for the first time only. Codes as OpenTrusted's and CheckGrowth's, and those of the
// calls.
Result<CheckedCheckpoint> CheckLedger(const Context& context, std::uint64_t min_size);

}  // namespace hq::cli
