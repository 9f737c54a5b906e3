#include "deploy/local/inbox/message_log.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

namespace hq::inbox {
namespace {

// Reads whole lines; returns how many bytes of the file they fill.
off_t ReadWholeLines(const std::filesystem::path& path, std::vector<nlohmann::json>* messages) {
  std::ifstream file(path, std::ios::binary);
  off_t size = 0;
  for (std::string line; std::getline(file, line) && !file.eof();) {
    nlohmann::json message = nlohmann::json::parse(line, nullptr, false);
    if (message.is_discarded()) break;
    messages->push_back(std::move(message));
    size += static_cast<off_t>(line.size()) + 1;
  }
  return size;
}

Status DiskError(const std::string& what) {
  return absl::UnavailableError(what + ": " + std::strerror(errno));
}

}  // namespace

Result<std::unique_ptr<MessageLog>> MessageLog::Open(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  const std::filesystem::path path = folder / "messages.jsonl";
  std::vector<nlohmann::json> messages;
  const off_t size = ReadWholeLines(path, &messages);
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) return DiskError(path.string());
  if (ftruncate(file, size) != 0 || lseek(file, 0, SEEK_END) < 0) {
    const Status failed = DiskError(path.string());
    close(file);
    return failed;
  }
  return std::unique_ptr<MessageLog>(new MessageLog(file, std::move(messages)));
}

MessageLog::~MessageLog() { close(file_); }

Status MessageLog::Append(const nlohmann::json& message) {
  const std::string line =
      message.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  const std::lock_guard lock(mutex_);
  const off_t before = lseek(file_, 0, SEEK_CUR);
  const bool is_written =
      write(file_, line.data(), line.size()) == static_cast<ssize_t>(line.size()) &&
      fdatasync(file_) == 0;
  if (!is_written) {
    const Status failed = DiskError("messages.jsonl");
    // A torn line would hide everything after it; if even this fails, the next start cuts it off.
    if (ftruncate(file_, before) == 0) lseek(file_, before, SEEK_SET);
    return failed;
  }
  messages_.push_back(message);
  return absl::OkStatus();
}

nlohmann::json MessageLog::Read(const std::string& box) const {
  nlohmann::json found = nlohmann::json::array();
  const std::lock_guard lock(mutex_);
  for (const auto& message : messages_)
    if (box.empty() || message.at("box") == box) found.push_back(message);
  return found;
}

}  // namespace hq::inbox
