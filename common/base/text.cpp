#include "common/base/text.hpp"

#include <array>

namespace hq {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD.

// How a lead byte begins, how many bytes follow it, and what so long a character is at least.
struct Utf8Shape {
  unsigned mask;
  unsigned lead;
  std::size_t more;
  char32_t least;
};

constexpr std::array kUtf8Shapes = {
    Utf8Shape{0x80, 0x00, 0, 0},
    Utf8Shape{0xe0, 0xc0, 1, 0x80},
    Utf8Shape{0xf0, 0xe0, 2, 0x800},
    Utf8Shape{0xf8, 0xf0, 3, 0x10000},
};

bool IsScalar(char32_t character) {
  return character <= 0x10ffff && (character < 0xd800 || character > 0xdfff);
}

}  // namespace

std::optional<char32_t> TakeCharacter(std::string_view& text) {
  if (text.empty()) return std::nullopt;
  const auto lead = static_cast<unsigned char>(text[0]);
  for (const Utf8Shape& shape : kUtf8Shapes) {
    if ((lead & shape.mask) != shape.lead) continue;
    if (text.size() <= shape.more) return std::nullopt;
    char32_t character = lead & ~shape.mask & 0xff;
    for (std::size_t i = 1; i <= shape.more; ++i) {
      const auto next = static_cast<unsigned char>(text[i]);
      if ((next & 0xc0) != 0x80) return std::nullopt;
      character = (character << 6) | (next & 0x3f);
    }
    if (character < shape.least || !IsScalar(character)) return std::nullopt;
    text.remove_prefix(shape.more + 1);
    return character;
  }
  return std::nullopt;
}

std::string ValidUtf8(std::string_view text, std::size_t bytes_max) {
  std::string valid;
  while (!text.empty()) {
    std::string_view character = text;
    if (TakeCharacter(text)) {
      character.remove_suffix(text.size());
    } else {
      character = kReplacement;
      text.remove_prefix(1);
    }
    if (valid.size() + character.size() > bytes_max) break;
    valid += character;
  }
  return valid;
}

}  // namespace hq
