#include "services/ledger/adapters/archive/segment_file.hpp"

#include <zstd.h>

#include <memory>

#include "common/base/check.hpp"
#include "common/base/ids.hpp"
#include "services/ledger/core/keys.hpp"

// Persisted.
//
//   segment  := "HQSEG" 0x01 0x0d 0x0a  size  manifest  frames  checksum
//   size     := the manifest's size, 8 bytes, the most significant first
//   manifest := v1.SegmentManifest
//   frames   := core/record_frames, compressed into one zstd frame that tells its content's size
//   checksum := SHA-256 of all before it, 32 bytes

namespace hq::ledger {
namespace {

constexpr std::string_view kMagic("HQSEG\x01\r\n", 8);
constexpr std::size_t kSizeBytes = 8;
constexpr std::size_t kChecksumBytes = 32;
constexpr int kCompressionLevel = 3;

Status Broken(const std::string& what) {
  return Refusal(absl::StatusCode::kDataLoss, "a segment is broken: " + what, "SEGMENT_BROKEN",
                 "Take another copy of it.");
}

struct Parts {
  v1::SegmentManifest manifest;
  std::string_view compressed;
};

Result<Parts> PartsOf(std::string_view file) {
  if (file.size() < kMagic.size() + kSizeBytes + kChecksumBytes || !file.starts_with(kMagic))
    return Broken("it does not begin as one");
  const std::string_view checksum = file.substr(file.size() - kChecksumBytes);
  file.remove_suffix(kChecksumBytes);
  if (Sha256(file) != checksum) return Broken("its checksum does not fit");
  file.remove_prefix(kMagic.size());
  const std::uint64_t size = keys::LastNumber(file.substr(0, kSizeBytes)).value_or(0);
  file.remove_prefix(kSizeBytes);
  Parts parts;
  if (size > file.size() || !parts.manifest.ParseFromArray(file.data(), static_cast<int>(size)))
    return Broken("its manifest cannot be read");
  parts.compressed = file.substr(size);
  return parts;
}

// In pieces, so that it takes the memory of what comes out, not of what might.
void AppendCompressed(std::string_view frames, std::string& file) {
  const std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> context(ZSTD_createCCtx(),
                                                                     ZSTD_freeCCtx);
  HQ_CHECK(context, "zstd has memory");
  const auto check = [](std::size_t result) {
    HQ_CHECK(!ZSTD_isError(result), "zstd compresses what is in memory");
    return result;
  };
  check(ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, kCompressionLevel));
  check(ZSTD_CCtx_setPledgedSrcSize(context.get(), frames.size()));
  ZSTD_inBuffer in{frames.data(), frames.size(), 0};
  std::string piece(ZSTD_CStreamOutSize(), '\0');
  std::size_t left = 0;
  do {
    ZSTD_outBuffer out{piece.data(), piece.size(), 0};
    left = check(ZSTD_compressStream2(context.get(), &out, &in, ZSTD_e_end));
    file.append(piece, 0, out.pos);
  } while (left > 0);
}

}  // namespace

std::string EncodeSegment(v1::SegmentManifest manifest, std::string_view frames) {
  HQ_CHECK(frames.size() <= kSegmentBytesMax, "a segment is cut before it is too large");
  manifest.set_frames_sha256(Sha256(frames));
  manifest.set_frames_bytes(frames.size());
  const std::string header = manifest.SerializeAsString();
  std::string file(kMagic);
  file += keys::Number(header.size());
  file += header;
  AppendCompressed(frames, file);
  file += Sha256(file);
  return file;
}

Result<Segment> DecodeSegment(std::string_view file) {
  HQ_ASSIGN_OR_RETURN(Parts parts, PartsOf(file));
  Segment segment;
  segment.manifest = std::move(parts.manifest);
  const std::uint64_t size = segment.manifest.frames_bytes();
  if (size > kSegmentBytesMax ||
      ZSTD_getFrameContentSize(parts.compressed.data(), parts.compressed.size()) != size)
    return Broken("its frames are not as large as it says");
  segment.frames.resize(size);
  const std::size_t unpacked = ZSTD_decompress(segment.frames.data(), segment.frames.size(),
                                               parts.compressed.data(), parts.compressed.size());
  if (ZSTD_isError(unpacked) || unpacked != size) return Broken("its frames cannot be unpacked");
  if (Sha256(segment.frames) != segment.manifest.frames_sha256())
    return Broken("its frames are not those that were written");
  return segment;
}

Result<v1::SegmentManifest> ManifestOf(std::string_view file) {
  HQ_ASSIGN_OR_RETURN(Parts parts, PartsOf(file));
  return std::move(parts.manifest);
}

}  // namespace hq::ledger
