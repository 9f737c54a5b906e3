#include "services/ledger/adapters/backup/image_shipper.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <vector>

#include "common/base/ids.hpp"
#include "common/runtime/fault.hpp"
#include "services/ledger/adapters/archive/archive_fault.hpp"
#include "services/ledger/adapters/archive/file_io.hpp"
#include "services/ledger/core/archive_layout.hpp"
#include "services/ledger/core/image_manifest.hpp"

namespace hq::ledger {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kManifest = "manifest";

// A directory that goes when the object goes.
class Passing {
 public:
  explicit Passing(std::string path) : path_(std::move(path)) { Remove(); }
  ~Passing() { Remove(); }
  Passing(const Passing&) = delete;
  Passing& operator=(const Passing&) = delete;

 private:
  void Remove() {
    std::error_code ignored;  // Seen when the image is made.
    fs::remove_all(path_, ignored);
  }
  const std::string path_;
};

Result<v1::ImageFile> ShipFile(const fs::path& path, Archive& archive, const std::string& day,
                               const std::function<Status()>& between,
                               std::uint64_t& stored_bytes) {
  v1::ImageFile file;
  file.set_name(path.filename());
  std::ifstream stream(path, std::ios::binary);
  std::string part;
  for (;;) {
    HQ_RETURN_IF_ERROR(between());
    part.resize(kImagePartBytesMax);
    stream.read(part.data(), static_cast<std::streamsize>(part.size()));
    part.resize(static_cast<std::size_t>(stream.gcount()));
    if (part.empty()) break;
    const std::string sha256 = Sha256(part);
    HQ_RETURN_IF_ERROR(archive.Put(ImagePartName(day, sha256), part));
    fault::Point("ledger.image.part.after");
    file.add_parts(sha256);
    file.set_size(file.size() + part.size());
    stored_bytes += part.size();
  }
  if (!stream.eof()) return absl::UnavailableError("cannot read " + path.string());
  return file;
}

Status ReadBack(const Archive& archive, const std::string& day, const v1::ImageManifest& manifest,
                const std::function<Status()>& between) {
  for (const auto& file : manifest.files())
    for (const std::string& sha256 : file.parts()) {
      HQ_RETURN_IF_ERROR(between());
      HQ_ASSIGN_OR_RETURN(const std::string part, archive.Get(ImagePartName(day, sha256)));
      if (Sha256(part) != sha256) return ImageBroken("a part of " + file.name());
    }
  return absl::OkStatus();
}

}  // namespace

std::string ImageManifestName(const std::string& day) {
  return ImageFolder(day) + std::string(kManifest);
}

std::string ImagePartName(const std::string& day, const std::string& sha256) {
  return ImageFolder(day) + Hex(sha256);
}

Result<bool> HasImage(const Archive& archive, const std::string& day) {
  HQ_ASSIGN_OR_RETURN(const auto names, archive.List(ImageManifestName(day)));
  return std::find(names.begin(), names.end(), ImageManifestName(day)) != names.end();
}

Result<std::uint64_t> ShipImage(BackupSource& source, Archive& archive, const std::string& day,
                                const std::string& directory,
                                const std::function<Status()>& between) {
  HQ_ASSIGN_OR_RETURN(const bool is_there, HasImage(archive, day));
  if (is_there) return std::uint64_t{0};
  const Passing passing(directory);
  const auto head = source.Head();
  fault::Point("ledger.image.make.before");
  HQ_RETURN_IF_ERROR(source.MakeImage(directory));
  fault::Point("ledger.image.make.after");
  v1::ImageManifest manifest;
  manifest.set_log_id(head.log_id());
  manifest.set_epoch(head.epoch());
  manifest.set_position(head.position());
  manifest.set_hash(head.hash());
  std::vector<fs::path> paths;
  std::error_code error;
  auto entry = fs::directory_iterator(directory, error);
  while (!error && entry != fs::directory_iterator()) {
    if (entry->is_regular_file(error)) paths.push_back(entry->path());
    if (!error) entry.increment(error);
  }
  if (error) return absl::UnavailableError("cannot list the image: " + error.message());
  std::sort(paths.begin(), paths.end());
  std::uint64_t stored_bytes = 0;
  for (const fs::path& path : paths) {
    HQ_ASSIGN_OR_RETURN(*manifest.add_files(), ShipFile(path, archive, day, between, stored_bytes));
  }
  HQ_RETURN_IF_ERROR(ReadBack(archive, day, manifest, between));
  fault::Point("ledger.image.manifest.before");
  HQ_RETURN_IF_ERROR(archive.Put(ImageManifestName(day), manifest.SerializeAsString()));
  fault::Point("ledger.image.manifest.after");
  return stored_bytes;
}

Result<v1::ImageManifest> FetchImage(const Archive& archive, const std::string& day,
                                     const std::string& directory) {
  HQ_ASSIGN_OR_RETURN(const std::string bytes, archive.Get(ImageManifestName(day)));
  HQ_ASSIGN_OR_RETURN(auto manifest, ParseImageManifest(bytes));
  HQ_RETURN_IF_ERROR(MakeDirectories(directory));
  for (const auto& file : manifest.files()) {
    std::ofstream stream(fs::path(directory) / file.name(), std::ios::binary | std::ios::trunc);
    std::uint64_t size = 0;
    for (const std::string& sha256 : file.parts()) {
      HQ_ASSIGN_OR_RETURN(const std::string part, archive.Get(ImagePartName(day, sha256)));
      if (Sha256(part) != sha256) return ImageBroken("a part of " + file.name());
      stream.write(part.data(), static_cast<std::streamsize>(part.size()));
      size += part.size();
    }
    stream.close();
    if (!stream) return absl::UnavailableError("cannot write " + file.name());
    if (size != file.size()) return ImageBroken("the size of " + file.name());
  }
  return manifest;
}

}  // namespace hq::ledger
