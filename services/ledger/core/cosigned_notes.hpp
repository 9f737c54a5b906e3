// The list of the checkpoints that witnesses cosigned, as it lies beside the store. What was
// written is read back the same.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hq::ledger {

// The notes in their order, which may still be anything; nothing if the list is damaged.
std::optional<std::vector<std::string>> ParseCosignedNotes(std::string_view text);

// The notes are UTF-8, as every signed note is.
std::string FormatCosignedNotes(const std::vector<std::string>& notes);

}  // namespace hq::ledger
