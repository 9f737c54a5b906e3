#include "services/ledger/adapters/archive/directory_archive.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "common/base/ids.hpp"
#include "common/runtime/durable_file.hpp"
#include "common/runtime/fault.hpp"
#include "services/ledger/adapters/archive/archive_fault.hpp"
#include "services/ledger/adapters/archive/file_io.hpp"
#include "services/ledger/core/archive_layout.hpp"

namespace hq::ledger {
namespace {

namespace fs = std::filesystem;

// Begins the name of what is being written; no archive's name does, as it has a space.
constexpr std::string_view kUnfinished = "being written ";

// The disk as an archive that is away.
Status AwayIfUnavailable(const Status& status) {
  return absl::IsUnavailable(status) ? ArchiveAway(std::string(status.message())) : status;
}

}  // namespace

Status DirectoryArchive::Put(const std::string& name, std::string_view bytes) {
  if (!IsArchiveName(name)) return NoArchiveName(name);
  const fs::path place = fs::path(directory_) / name;
  const std::string folder = place.parent_path();
  HQ_RETURN_IF_ERROR(AwayIfUnavailable(MakeDirectories(folder)));
  const auto present = Get(name);
  if (present.ok() && *present != bytes) return ArchiveDiverged(name);
  // Perhaps it was named by a process that was killed before the name was on disk.
  if (present.ok()) return AwayIfUnavailable(SyncDirectory(folder));
  if (!absl::IsNotFound(present.status())) return present.status();
  std::call_once(tidied_, [this] { RemoveUnfinished(); });
  const std::string beside = fs::path(folder) / (std::string(kUnfinished) + NewId());
  const Status written = WriteSynced(beside, bytes);
  if (!written.ok()) unlink(beside.c_str());  // The next try has another name.
  HQ_RETURN_IF_ERROR(AwayIfUnavailable(written));
  fault::Point("ledger.archive.rename.before");
  // A link and not a rename: it never takes the place of another file.
  const int linked = link(beside.c_str(), place.c_str());
  const int error = errno;
  unlink(beside.c_str());
  fault::Point("ledger.archive.rename.after");
  if (linked != 0 && error == EEXIST) return Put(name, bytes);  // Somebody was faster.
  if (linked != 0)
    return ArchiveAway("cannot name " + place.string() + ": " + std::strerror(error));
  return AwayIfUnavailable(SyncDirectory(folder));
}

Result<std::string> DirectoryArchive::Get(const std::string& name) const {
  if (!IsArchiveName(name)) return NoArchiveName(name);
  auto bytes = runtime::ReadWhole(fs::path(directory_) / name, kArchiveBytesMax);
  if (absl::IsNotFound(bytes.status())) return NotInArchive(name);
  if (!bytes.ok()) return AwayIfUnavailable(bytes.status());
  return bytes;
}

Result<std::vector<std::string>> DirectoryArchive::List(const std::string& prefix) const {
  // The deepest folder that the prefix names; only what lies in it can match.
  const std::size_t slash = prefix.rfind('/');
  const fs::path folder = slash == std::string::npos
                              ? fs::path(directory_)
                              : fs::path(directory_) / prefix.substr(0, slash);
  std::vector<std::string> names;
  std::error_code error;
  if (!fs::exists(folder, error) && !error) return names;
  auto entry = fs::recursive_directory_iterator(folder, error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    const std::string name = entry->path().lexically_relative(directory_).string();
    if (!IsArchiveName(name) || !name.starts_with(prefix)) continue;
    if (entry->is_regular_file(error)) names.push_back(name);
  }
  if (error) return ArchiveAway("cannot list " + folder.string() + ": " + error.message());
  std::sort(names.begin(), names.end());
  return names;
}

// What cannot be removed only takes room.
void DirectoryArchive::RemoveUnfinished() const {
  std::error_code error;
  auto entry = fs::recursive_directory_iterator(directory_, error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error))
    if (entry->path().filename().string().starts_with(kUnfinished)) unlink(entry->path().c_str());
}

}  // namespace hq::ledger
