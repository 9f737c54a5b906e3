// How Git names an object.
#pragma once

#include <string_view>

namespace hq::sync {

// 40 lower-case hexadecimal digits.
inline bool IsObjectName(std::string_view text) {
  constexpr std::size_t kDigits = 40;
  return text.size() == kDigits &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace hq::sync
