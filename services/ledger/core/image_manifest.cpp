#include "services/ledger/core/image_manifest.hpp"

#include <algorithm>
#include <set>

#include "common/transparency/tree_hasher.hpp"
#include "services/ledger/core/archive_layout.hpp"

namespace hq::ledger {
namespace {

bool IsFileName(std::string_view text) {
  return IsArchiveName(text) && text.find('/') == std::string_view::npos;
}

// The parts of today are full but for the last one; a build may make smaller ones, none is empty.
bool IsSizePossible(const v1::ImageFile& file) {
  const auto parts = static_cast<std::uint64_t>(file.parts_size());
  return file.size() >= parts && file.size() <= parts * kImagePartBytesMax;
}

}  // namespace

Status ImageBroken(const std::string& what) {
  return Refusal(absl::StatusCode::kDataLoss, "an image is broken: " + what, "IMAGE_BROKEN",
                 "Restore from the segments, or from another day's image.");
}

Result<v1::ImageManifest> ParseImageManifest(std::string_view bytes) {
  v1::ImageManifest manifest;
  if (!manifest.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
    return ImageBroken("its manifest");
  std::set<std::string_view> names;
  for (const auto& file : manifest.files()) {
    if (!IsFileName(file.name()) || !names.insert(file.name()).second)
      return ImageBroken("a file's name");
    const bool are_digests =
        std::all_of(file.parts().begin(), file.parts().end(),
                    [](const std::string& sha256) { return sha256.size() == kHashBytes; });
    if (!are_digests) return ImageBroken("a part of " + file.name());
    if (!IsSizePossible(file)) return ImageBroken("the size of " + file.name());
  }
  return manifest;
}

}  // namespace hq::ledger
