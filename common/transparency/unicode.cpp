#include "common/transparency/unicode.hpp"

#include <array>

namespace hq::ledger {

bool IsSpace(char32_t character) {
  constexpr std::array<char32_t, 9> kSpaces = {0x20,   0x85,   0xa0,   0x1680, 0x2028,
                                               0x2029, 0x202f, 0x205f, 0x3000};
  for (const char32_t space : kSpaces)
    if (character == space) return true;
  return (character >= 0x09 && character <= 0x0d) || (character >= 0x2000 && character <= 0x200a);
}

}  // namespace hq::ledger
