// Goal: a segment gives back what was put in, or refuses. Method: round trips, every bit flipped,
// every length.
#include "services/ledger/adapters/archive/segment_file.hpp"

#include <gtest/gtest.h>

#include <random>

#include "common/base/ids.hpp"

namespace hq::ledger {
namespace {

v1::SegmentManifest Manifest() {
  v1::SegmentManifest manifest;
  manifest.set_log_id("a-log");
  manifest.set_epoch(1);
  manifest.set_first(1);
  manifest.set_last(7);
  manifest.add_blobs(Sha256("blob"));
  return manifest;
}

TEST(SegmentFile, GivesBackWhatWasPutIn) {
  const auto seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  for (const std::size_t size : {0UL, 1UL, 1000UL, 3'000'000UL}) {
    std::string frames(size, '\0');
    for (char& byte : frames) byte = static_cast<char>(random() % 7);
    const std::string file = EncodeSegment(Manifest(), frames);
    const auto segment = DecodeSegment(file);
    ASSERT_TRUE(segment.ok()) << segment.status();
    EXPECT_TRUE(segment->frames == frames);
    EXPECT_EQ(segment->manifest.frames_bytes(), size);
    EXPECT_EQ(segment->manifest.frames_sha256(), Sha256(frames));
    EXPECT_EQ(segment->manifest.log_id(), "a-log");
    EXPECT_EQ(ManifestOf(file)->SerializeAsString(), segment->manifest.SerializeAsString());
    EXPECT_LT(file.size(), size / 2 + 1000);
  }
}

TEST(SegmentFile, NoBitMayDiffer) {
  const std::string file = EncodeSegment(Manifest(), "some frames, some frames, some frames");
  for (std::size_t at = 0; at < file.size(); ++at)
    for (int bit = 0; bit < 8; ++bit) {
      std::string other = file;
      other[at] = static_cast<char>(other[at] ^ (1 << bit));
      ASSERT_EQ(AdviceOf(DecodeSegment(other).status()).reason, "SEGMENT_BROKEN") << at;
    }
  for (std::size_t size = 0; size < file.size(); ++size)
    ASSERT_EQ(AdviceOf(DecodeSegment(file.substr(0, size)).status()).reason, "SEGMENT_BROKEN");
  EXPECT_FALSE(DecodeSegment(file + "x").ok());
}

}  // namespace
}  // namespace hq::ledger
