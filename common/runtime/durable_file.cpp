#include "common/runtime/durable_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "common/runtime/fault.hpp"

namespace hq::runtime {
namespace {

Status Failed(const std::filesystem::path& path) {
  return absl::UnavailableError(path.string() + ": " + std::strerror(errno));
}

bool WriteWhole(int file, const std::string& content) {
  std::size_t done = 0;
  while (done < content.size()) {
    const ssize_t size = write(file, content.data() + done, content.size() - done);
    if (size < 0 && errno != EINTR) return false;
    if (size > 0) done += static_cast<std::size_t>(size);
  }
  return fsync(file) == 0;
}

Status SyncFolder(const std::filesystem::path& folder) {
  const int file = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file < 0) return Failed(folder);
  const bool is_synced = fsync(file) == 0;
  close(file);
  return is_synced ? absl::OkStatus() : Failed(folder);
}

}  // namespace

Status WriteDurably(const std::filesystem::path& file_path, const std::string& content) {
  std::error_code error;
  const std::filesystem::path path = std::filesystem::absolute(file_path, error);
  const bool is_new_folder = std::filesystem::create_directories(path.parent_path(), error);
  const std::filesystem::path temporary = path.string() + ".new";
  const int file = open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return Failed(temporary);
  const bool is_written = WriteWhole(file, content);
  close(file);
  if (!is_written) return Failed(temporary);
  fault::Point("file.rename.before");
  if (std::rename(temporary.c_str(), path.c_str()) != 0) return Failed(path);
  fault::Point("file.rename.after");
  // A folder that was made just now must be found after a crash too.
  if (is_new_folder) HQ_RETURN_IF_ERROR(SyncFolder(path.parent_path().parent_path()));
  return SyncFolder(path.parent_path());
}

Result<std::string> ReadWhole(const std::filesystem::path& path, std::size_t bytes_max) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0 && errno == ENOENT) return absl::NotFoundError("there is no " + path.string());
  if (file < 0) return Failed(path);
  std::string content;
  std::array<char, 8192> part{};
  ssize_t size = 0;
  while (content.size() <= bytes_max) {
    size = read(file, part.data(), part.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) break;
    content.append(part.data(), static_cast<std::size_t>(size));
  }
  const Status failed = size < 0 ? Failed(path) : absl::OkStatus();
  close(file);
  HQ_RETURN_IF_ERROR(failed);
  if (content.size() > bytes_max) return absl::DataLossError(path.string() + " is too long");
  return content;
}

}  // namespace hq::runtime
