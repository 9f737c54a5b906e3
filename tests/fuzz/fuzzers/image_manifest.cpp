// The list of an image's files out of an archive: nothing that it names lies outside of the image's
// directory, no file is written twice, and no part is asked for under a name that is none.
#include "services/ledger/core/image_manifest.hpp"

#include <filesystem>

#include "common/base/check.hpp"
#include "common/base/ids.hpp"
#include "services/ledger/core/archive_layout.hpp"
#include "tests/fuzz/fuzzers.hpp"
#include "tests/fuzz/promises.hpp"

namespace hq::fuzz {
namespace {

namespace fs = std::filesystem;

void CheckImageFile(const ledger::v1::ImageFile& file) {
  const fs::path directory = "/data/log";
  const fs::path place = directory / file.name();
  HQ_CHECK(place.lexically_normal() == place && place.parent_path() == directory &&
               file.name() != "." && file.name() != "..",
           "a file lies in the image's directory");
  for (const std::string& sha256 : file.parts())
    HQ_CHECK(ledger::IsArchiveName(ledger::ImageFolder("20261127") + Hex(sha256)) &&
                 Hex(sha256).size() == 64,
             "a part has an archive's name");
  // Written without a product, which could overflow.
  const auto parts = static_cast<std::uint64_t>(file.parts_size());
  const std::uint64_t full = file.size() / ledger::kImagePartBytesMax;
  const bool is_over = file.size() % ledger::kImagePartBytesMax != 0;
  HQ_CHECK(full + (is_over ? 1 : 0) <= parts && parts <= file.size(),
           "the parts can make up the size");
}

}  // namespace

bool ImageManifest(std::string_view bytes) {
  const auto manifest = ledger::ParseImageManifest(bytes);
  if (!manifest.ok()) {
    CheckRefusal(manifest.status());
    HQ_CHECK(
        absl::IsDataLoss(manifest.status()) && AdviceOf(manifest.status()).reason == "IMAGE_BROKEN",
        "a broken image is lost data");
    return false;
  }
  for (int i = 0; i < manifest->files_size(); ++i) {
    CheckImageFile(manifest->files(i));
    for (int before = 0; before < i; ++before)
      HQ_CHECK(manifest->files(before).name() != manifest->files(i).name(),
               "no file is there twice");
  }
  const std::string written = manifest->SerializeAsString();
  const auto again = ledger::ParseImageManifest(written);
  HQ_CHECK(again.ok() && again->SerializeAsString() == written, "written and read it is the same");
  if (manifest->files_size() == 0) return true;
  ledger::v1::ImageManifest twice = *manifest;
  *twice.add_files() = manifest->files(0);
  HQ_CHECK(!ledger::ParseImageManifest(twice.SerializeAsString()).ok(),
           "a file that is there twice is refused");
  ledger::v1::ImageManifest outside = *manifest;
  outside.mutable_files(0)->set_name("../" + manifest->files(0).name());
  HQ_CHECK(!ledger::ParseImageManifest(outside.SerializeAsString()).ok(),
           "a file outside is refused");
  return true;
}

}  // namespace hq::fuzz
