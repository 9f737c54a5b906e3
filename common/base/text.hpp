// Text from outside as valid UTF-8, which protobuf strings and JSON demand: proto3 does not read a
// message again that holds a string which is none. Whatever is cut before it goes into a message or
// an event is cut here.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace hq {

// Takes the first character off `text`; nothing, and nothing is taken, if there is none or if it is
// not UTF-8: longer than needed, a surrogate, beyond U+10FFFF, cut off.
std::optional<char32_t> TakeCharacter(std::string_view& text);

// The text with U+FFFD for every byte that is no UTF-8, cut between two characters where it would
// be longer than `bytes_max`.
std::string ValidUtf8(std::string_view text, std::size_t bytes_max);

}  // namespace hq
