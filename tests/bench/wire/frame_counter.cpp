#include "tests/bench/wire/frame_counter.hpp"

#include <algorithm>
#include <optional>

namespace hq::bench {
namespace {

enum WireType : std::uint64_t { kVarint = 0, kFixed64 = 1, kLengthDelimited = 2, kFixed32 = 5 };

// Reads through the pieces as if they were one.
class Walker {
 public:
  explicit Walker(std::span<const std::string_view> pieces) : pieces_(pieces) { SkipEmpty(); }

  bool IsAtEnd() const { return piece_ == pieces_.size(); }

  std::optional<std::uint64_t> Varint() {
    std::uint64_t number = 0;
    for (unsigned shift = 0; shift < 64 && !IsAtEnd(); shift += 7) {
      const auto byte = static_cast<unsigned char>(pieces_[piece_][offset_]);
      Advance(1);
      number |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return number;
    }
    return std::nullopt;
  }

  bool Skip(std::uint64_t bytes) {
    while (bytes > 0 && !IsAtEnd()) {
      const std::uint64_t step = std::min<std::uint64_t>(bytes, pieces_[piece_].size() - offset_);
      Advance(step);
      bytes -= step;
    }
    return bytes == 0;
  }

 private:
  void Advance(std::uint64_t bytes) {
    offset_ += bytes;
    SkipEmpty();
  }

  void SkipEmpty() {
    while (piece_ < pieces_.size() && offset_ == pieces_[piece_].size()) {
      ++piece_;
      offset_ = 0;
    }
  }

  std::span<const std::string_view> pieces_;
  std::size_t piece_ = 0;
  std::size_t offset_ = 0;
};

// Skips a field of a scalar type; false if there is no such type, or not enough bytes.
bool SkipScalar(Walker& walker, std::uint64_t type) {
  switch (type) {
    case kVarint:
      return walker.Varint().has_value();
    case kFixed64:
      return walker.Skip(8);
    case kFixed32:
      return walker.Skip(4);
    default:
      return false;
  }
}

}  // namespace

FrameCount CountFrames(std::span<const std::string_view> pieces) {
  constexpr std::uint64_t kTypeBits = 3;
  constexpr std::uint64_t kRecordsField = 1;
  Walker walker(pieces);
  FrameCount count;
  while (!walker.IsAtEnd()) {
    const auto tag = walker.Varint();
    if (!tag) return count;
    if ((*tag & 7) != kLengthDelimited) {
      if (!SkipScalar(walker, *tag & 7)) return count;
      continue;
    }
    const auto length = walker.Varint();
    if (!length || !walker.Skip(*length)) return count;
    if (*tag >> kTypeBits != kRecordsField) continue;
    ++count.frames;
    count.bytes += *length;
  }
  count.is_whole = true;
  return count;
}

}  // namespace hq::bench
