// `hqctl ledger restore` and `hqctl ledger drill` work on an archive, offline: they are the ledger
// program's own commands, and hqctl hands over to it.
#pragma once

#include <optional>

namespace hq::cli {

// Hands over to hq-ledger, which lies beside hqctl, if that is what was asked for; does not return
// then. An exit code if there is no such program: the command to give where it is has been said.
// Nothing if something else was asked for.
std::optional<int> HandOverToLedger(int count, const char* const* arguments);

}  // namespace hq::cli
