// Numbers as eight bytes, the most significant first: they sort as the numbers do, and are what
// keys and signatures are made of.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hq {

inline constexpr std::size_t kBigEndianBytes = 8;

inline std::string BigEndian(std::uint64_t number) {
  std::string bytes(kBigEndianBytes, '\0');
  for (std::size_t i = kBigEndianBytes; i-- > 0; number >>= 8)
    bytes[i] = static_cast<char>(number & 0xff);
  return bytes;
}

// Nothing if it is not eight bytes.
inline std::optional<std::uint64_t> FromBigEndian(std::string_view bytes) {
  if (bytes.size() != kBigEndianBytes) return std::nullopt;
  std::uint64_t number = 0;
  for (const char c : bytes) number = (number << 8) | static_cast<unsigned char>(c);
  return number;
}

}  // namespace hq
