// The root of the Merkle tree as RFC 6962 section 2.1 says it, by recursion over all leaves.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "common/base/ids.hpp"

namespace hq::testing {

inline std::string PlainRoot(std::span<const std::string> records) {
  if (records.empty()) return Sha256("");
  if (records.size() == 1) return Sha256(std::string(1, '\0') + records.front());
  std::size_t split = 1;
  while (split * 2 < records.size()) split *= 2;
  return Sha256(std::string(1, '\x01') + PlainRoot(records.first(split)) +
                PlainRoot(records.subspan(split)));
}

}  // namespace hq::testing
