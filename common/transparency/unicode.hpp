// What signed notes demand of their characters: UTF-8, nothing that could be read two ways.
#pragma once

#include <optional>
#include <string_view>

namespace hq::ledger {

// Takes the first character off `text`; nothing if there is none or if it is not UTF-8: longer than
// needed, a surrogate, beyond U+10FFFF, cut off.
std::optional<char32_t> TakeCharacter(std::string_view& text);

// Whether Unicode calls it white space.
bool IsSpace(char32_t character);

}  // namespace hq::ledger
