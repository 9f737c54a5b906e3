// Ships an image: the ledger's own files as they are now, for a restore that need not replay all of
// history. It counts when its manifest stands in the archive, which is written last; then every
// part is read back and compared.
#pragma once

#include <functional>
#include <string>

#include "hq/ledger/v1/archive.pb.h"
#include "services/ledger/ports.hpp"

namespace hq::ledger {

// "images/20261127/manifest".
std::string ImageManifestName(const std::string& day);

// "images/20261127/" and the part's digest in hexadecimal.
std::string ImagePartName(const std::string& day, const std::string& sha256);

// Whether the archive has that day's image, whole.
Result<bool> HasImage(const Archive& archive, const std::string& day);

// Ships the image of `day`, YYYYMMDD, unless it is there; returns how many bytes were. `directory`
// is where the image lies meanwhile, on the ledger's own file system; what an earlier try left
// there is removed. `between` is called between parts, of which there may be many: an error ends it
// and is returned. kDataLoss, reason
// IMAGE_BROKEN, if the archive gives back something else; else the archive's codes.
Result<std::uint64_t> ShipImage(BackupSource& source, Archive& archive, const std::string& day,
                                const std::string& directory,
                                const std::function<Status()>& between);

// Fetches an image into a directory that does not exist yet. kNotFound, kDataLoss, kUnavailable.
Result<v1::ImageManifest> FetchImage(const Archive& archive, const std::string& day,
                                     const std::string& directory);

}  // namespace hq::ledger
