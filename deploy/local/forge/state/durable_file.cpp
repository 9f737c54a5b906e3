#include "deploy/local/forge/state/durable_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace hq::forge::state {
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

Status WriteDurably(const std::filesystem::path& path, const std::string& content) {
  std::error_code error;
  std::filesystem::create_directories(path.parent_path(), error);
  const std::filesystem::path temporary = path.string() + ".new";
  const int file = open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return Failed(temporary);
  const bool is_written = WriteWhole(file, content);
  close(file);
  if (!is_written) return Failed(temporary);
  if (std::rename(temporary.c_str(), path.c_str()) != 0) return Failed(path);
  return SyncFolder(path.parent_path());
}

}  // namespace hq::forge::state
