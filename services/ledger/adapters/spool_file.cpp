#include "services/ledger/adapters/spool_file.hpp"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

namespace hq::ledger {
namespace {

constexpr std::uint64_t kRoomStepBytes = 16 << 20;  // How often the disk is asked for room.
constexpr std::size_t kReadBytes = 256 * 1024;

Status DiskFailed(const std::string& what) {
  return absl::UnavailableError(what + ": " + std::strerror(errno));
}

}  // namespace

Result<std::unique_ptr<SpoolFile>> SpoolFile::Create(const std::string& directory,
                                                     std::uint64_t reserve_bytes) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  std::string name = directory + "/document-XXXXXX";
  const int file = mkostemp(name.data(), O_CLOEXEC);
  if (file < 0) return DiskFailed("no document can be spooled");
  unlink(name.c_str());
  return std::unique_ptr<SpoolFile>(new SpoolFile(file, reserve_bytes));
}

SpoolFile::~SpoolFile() { close(file_); }

Status SpoolFile::Append(std::string_view bytes) {
  if (size_ + bytes.size() > checked_size_) {
    struct statvfs disk {};
    if (fstatvfs(file_, &disk) != 0) return DiskFailed("the disk cannot be asked for room");
    const std::uint64_t free_bytes = std::uint64_t{disk.f_bavail} * disk.f_frsize;
    if (free_bytes < reserve_bytes_ + kRoomStepBytes)
      return Refusal(absl::StatusCode::kResourceExhausted,
                     "the ledger's disk is nearly full; nothing was appended", "DISK_NEARLY_FULL",
                     "Make room on the ledger's disk, then import the document again.");
    checked_size_ = size_ + kRoomStepBytes;
  }
  digest_.Add(bytes);
  while (!bytes.empty()) {
    const ssize_t written = write(file_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return DiskFailed("the document cannot be spooled");
    size_ += static_cast<std::uint64_t>(written);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return absl::OkStatus();
}

SpoolFile::Lines::Lines(SpoolFile& file, std::size_t bytes_max)
    : file_(file), bytes_max_(bytes_max) {}

Status SpoolFile::Lines::Fill() {
  buffer_.resize(kReadBytes);
  begin_ = 0;
  for (;;) {
    const ssize_t count =
        pread(file_.file_, buffer_.data(), buffer_.size(), static_cast<off_t>(offset_));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return DiskFailed("the spooled document cannot be read");
    buffer_.resize(static_cast<std::size_t>(count));
    offset_ += static_cast<std::uint64_t>(count);
    return absl::OkStatus();
  }
}

Result<std::optional<SpooledLine>> SpoolFile::Lines::Next() {
  line_.clear();
  SpooledLine line;
  for (;;) {
    if (begin_ == buffer_.size()) HQ_RETURN_IF_ERROR(Fill());
    const bool is_end_of_file = buffer_.empty();
    const std::size_t end = std::min(buffer_.find('\n', begin_), buffer_.size());
    const std::size_t room = bytes_max_ - line_.size();
    line.is_cut = line.is_cut || end - begin_ > room;
    line_.append(buffer_, begin_, std::min(end - begin_, room));
    const bool is_end_of_line = end < buffer_.size();
    begin_ = is_end_of_line ? end + 1 : end;
    if (is_end_of_file && line_.empty()) return std::optional<SpooledLine>();
    if (!is_end_of_line && !is_end_of_file) continue;
    line.number = ++number_;
    line.text = line_;
    return std::optional(line);
  }
}

}  // namespace hq::ledger
