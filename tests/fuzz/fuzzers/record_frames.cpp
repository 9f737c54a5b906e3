// Records one behind the other: a walk ends where the frames end or break, and what was walked is
// written again the same.
#include "services/ledger/core/record_frames.hpp"

#include "common/base/check.hpp"
#include "services/ledger/core/scrub.hpp"
#include "tests/fuzz/fuzzers.hpp"
#include "tests/fuzz/promises.hpp"

namespace hq::fuzz {

bool RecordFrames(std::string_view bytes) {
  ledger::FrameWalker walker(bytes);
  std::string written;
  std::size_t records = 0;
  std::size_t offset = 0;
  while (const auto record = walker.Next()) {
    HQ_CHECK(walker.offset() > offset && walker.offset() <= bytes.size(), "a walk goes forward");
    offset = walker.offset();
    ledger::AddFrame(written, *record);
    ++records;
  }
  HQ_CHECK(walker.is_broken() || walker.offset() == bytes.size(), "a walk comes to the end");
  HQ_CHECK(!walker.Next(), "behind the end there is nothing");
  HQ_CHECK(written == bytes.substr(0, offset), "a frame has one spelling");

  // The scrubber takes the same frames against a tree that has nothing to do with them.
  ledger::ScrubPass pass("log", {records + 1, std::string(32, 'r')});
  const Status scrubbed = pass.Take(bytes, [](const ledger::TileId&, unsigned width) {
    return Result<std::string>(std::string(width * std::size_t{32}, 't'));
  });
  HQ_CHECK(!scrubbed.ok() || bytes.empty(), "nothing fits a tree by chance");
  return records > 0 && !walker.is_broken();
}

}  // namespace hq::fuzz
