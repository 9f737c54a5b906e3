#include "services/ledger/adapters/archive/file_io.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace hq::ledger {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number() const { return number_; }
  bool is_open() const { return number_ >= 0; }

 private:
  int number_;
};

Status Failed(const std::string& what, const std::string& path) {
  return absl::UnavailableError(what + " " + path + ": " + std::strerror(errno));
}

}  // namespace

Status WriteSynced(const std::string& path, std::string_view bytes) {
  const Descriptor file(open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!file.is_open()) return Failed("cannot create", path);
  while (!bytes.empty()) {
    const ssize_t count = write(file.number(), bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return Failed("cannot write", path);
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  if (fsync(file.number()) != 0) return Failed("cannot sync", path);
  return absl::OkStatus();
}

Status SyncDirectory(const std::string& directory) {
  const Descriptor opened(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!opened.is_open()) return Failed("cannot open", directory);
  if (fsync(opened.number()) != 0) return Failed("cannot sync", directory);
  return absl::OkStatus();
}

Status MakeDirectories(const std::string& directory) {
  std::error_code error;
  if (std::filesystem::is_directory(directory, error)) return absl::OkStatus();
  const std::string parent = std::filesystem::path(directory).parent_path();
  if (parent != directory && !parent.empty()) HQ_RETURN_IF_ERROR(MakeDirectories(parent));
  if (mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST)
    return Failed("cannot make", directory);
  return parent.empty() ? absl::OkStatus() : SyncDirectory(parent);
}

}  // namespace hq::ledger
