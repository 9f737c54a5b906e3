// The whitepaper's ledger-entry.schema.json (Appendix A), as the franchise ships it.
#pragma once

#include <string_view>

namespace hq::ledger {

// Compiled in, so that a ledger cannot run with another one.
std::string_view EntrySchemaText();

}  // namespace hq::ledger
