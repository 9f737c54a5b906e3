// Records one behind the other as they are stored, shipped and served: each framed as field 1 of a
// message, `0x0a varint(size) bytes`. So stored rows are the wire encoding of `repeated Record
// records = 1`, and nothing has to be written again to be served.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "common/events/event_log.hpp"

namespace hq::ledger {

// Whole records, framed.
struct Frames {
  std::string bytes;
  Position first = 0;  // 0 if there are none.
  Position last = 0;
};

// Writes a frame's head for a record of that size behind what is in `frames`; the record's bytes
// must follow.
void AddFrameHead(std::string& frames, std::size_t record_bytes);

// Writes a whole frame.
void AddFrame(std::string& frames, std::string_view record);

// Walks frames from the first to the last. The frames outlive it.
class FrameWalker {
 public:
  explicit FrameWalker(std::string_view frames) : rest_(frames), size_(frames.size()) {}

  // The next record's bytes; nothing at the end, or where the frames are broken.
  std::optional<std::string_view> Next();

  // Whether it stopped before the end because what came is no frame.
  bool is_broken() const { return is_broken_; }

  // How many bytes of frames lie behind it.
  std::size_t offset() const { return size_ - rest_.size(); }

 private:
  std::string_view rest_;
  std::size_t size_;
  bool is_broken_ = false;
};

}  // namespace hq::ledger
