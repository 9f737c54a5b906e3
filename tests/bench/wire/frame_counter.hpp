// Counts the records in a chunk of the ledger's read stream without parsing them: it walks over the
// message's fields and looks at their lengths alone. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace hq::bench {

struct FrameCount {
  std::uint64_t frames = 0;  // Occurrences of length-delimited field 1.
  std::uint64_t bytes = 0;   // Of their contents.
  bool is_whole = false;     // Whether the message was well-formed to its end.
};

// The message may lie in several pieces, as it came from the network; nothing is copied.
FrameCount CountFrames(std::span<const std::string_view> pieces);

}  // namespace hq::bench
