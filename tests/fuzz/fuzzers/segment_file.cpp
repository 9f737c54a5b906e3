// Segments out of an archive. A checksum guards each, so the fuzzer sets it right: behind it every
// part must stand by itself.
#include "services/ledger/adapters/archive/segment_file.hpp"

#include "common/base/check.hpp"
#include "common/base/ids.hpp"
#include "tests/fuzz/fuzzers.hpp"
#include "tests/fuzz/promises.hpp"

namespace hq::fuzz {
namespace {

void CheckRefused(const Status& status) {
  CheckRefusal(status);
  HQ_CHECK(absl::IsDataLoss(status), "a broken segment is lost data");
}

}  // namespace

bool SegmentFile(std::string_view bytes) {
  const auto raw = ledger::DecodeSegment(bytes);
  if (!raw.ok()) CheckRefused(raw.status());
  std::string file(bytes);
  if (raw.ok()) file.resize(file.size() - 32);
  file += Sha256(file);
  const auto manifest = ledger::ManifestOf(file);
  const auto segment = ledger::DecodeSegment(file);
  if (!segment.ok()) {
    CheckRefused(segment.status());
    return false;
  }
  HQ_CHECK(manifest.ok(), "a segment has a manifest");
  HQ_CHECK(segment->frames.size() == segment->manifest.frames_bytes() &&
               segment->frames.size() <= ledger::kSegmentBytesMax &&
               Sha256(segment->frames) == segment->manifest.frames_sha256(),
           "the frames are those that the manifest tells of");
  const auto again =
      ledger::DecodeSegment(ledger::EncodeSegment(segment->manifest, segment->frames));
  HQ_CHECK(again.ok() && again->frames == segment->frames &&
               again->manifest.SerializeAsString() == segment->manifest.SerializeAsString(),
           "encoded and decoded it is the same");
  file[file.size() / 2] ^= 1;
  HQ_CHECK(!ledger::DecodeSegment(file).ok(), "a turned bit is found");
  return true;
}

}  // namespace hq::fuzz
