#include "services/ledger/core/record_frames.hpp"

#include <cstdint>

namespace hq::ledger {
namespace {

// Field 1, length-delimited: (1 << 3) | 2.
constexpr char kTag = 0x0a;
constexpr unsigned kVarintBits = 7;
constexpr unsigned kVarintBytesMax = 5;

}  // namespace

void AddFrameHead(std::string& frames, std::size_t record_bytes) {
  frames += kTag;
  std::size_t size = record_bytes;
  while (size >= 0x80) {
    frames += static_cast<char>((size & 0x7f) | 0x80);
    size >>= kVarintBits;
  }
  frames += static_cast<char>(size);
}

void AddFrame(std::string& frames, std::string_view record) {
  AddFrameHead(frames, record.size());
  frames += record;
}

std::optional<std::string_view> FrameWalker::Next() {
  if (rest_.empty() || is_broken_) return std::nullopt;
  is_broken_ = true;  // Until the frame is seen to be whole.
  if (rest_[0] != kTag) return std::nullopt;
  std::uint64_t size = 0;
  for (unsigned i = 0; i < kVarintBytesMax && i + 1 < rest_.size(); ++i) {
    const auto byte = static_cast<unsigned char>(rest_[i + 1]);
    size |= static_cast<std::uint64_t>(byte & 0x7f) << (kVarintBits * i);
    if ((byte & 0x80) != 0) continue;
    if (byte == 0 && i > 0) return std::nullopt;  // A size is written in one way.
    const std::size_t head = i + 2;
    if (size > rest_.size() - head) return std::nullopt;
    const std::string_view record = rest_.substr(head, size);
    rest_.remove_prefix(head + size);
    is_broken_ = false;
    return record;
  }
  return std::nullopt;
}

}  // namespace hq::ledger
