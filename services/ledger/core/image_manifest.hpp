// The list of an image's files, as it comes out of an archive: no file of it lies anywhere but in
// the image's own directory, and the parts can make up the sizes. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/result.hpp"
#include "hq/ledger/v1/archive.pb.h"

namespace hq::ledger {

inline constexpr std::uint64_t kImagePartBytesMax = 32ULL << 20;

// kDataLoss, reason IMAGE_BROKEN.
Status ImageBroken(const std::string& what);

// ImageBroken if it is no manifest, if a file's name is none or is there twice, or if a file cannot
// have that size in these parts.
Result<v1::ImageManifest> ParseImageManifest(std::string_view bytes);

}  // namespace hq::ledger
