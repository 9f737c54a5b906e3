#include "common/base/text.hpp"

namespace hq {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD.

// How many bytes the well-formed character at the front of `text` has; 0 if there is none.
std::size_t FrontBytes(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  if (byte(0) < 0x80) return 1;
  if (byte(0) < 0xc2 || byte(0) > 0xf4) return 0;
  const std::size_t size = byte(0) < 0xe0 ? 2 : byte(0) < 0xf0 ? 3 : 4;
  if (text.size() < size) return 0;
  for (std::size_t i = 1; i < size; ++i)
    if ((byte(i) & 0xc0) != 0x80) return 0;
  const bool is_overlong =
      (byte(0) == 0xe0 && byte(1) < 0xa0) || (byte(0) == 0xf0 && byte(1) < 0x90);
  const bool is_surrogate = byte(0) == 0xed && byte(1) > 0x9f;
  const bool is_beyond_unicode = byte(0) == 0xf4 && byte(1) > 0x8f;
  return is_overlong || is_surrogate || is_beyond_unicode ? 0 : size;
}

}  // namespace

std::string ValidUtf8(std::string_view text, std::size_t bytes_max) {
  std::string valid;
  while (!text.empty()) {
    const std::size_t size = FrontBytes(text);
    const std::string_view character = size == 0 ? kReplacement : text.substr(0, size);
    if (valid.size() + character.size() > bytes_max) break;
    valid += character;
    text.remove_prefix(size == 0 ? 1 : size);
  }
  return valid;
}

}  // namespace hq
