// The messages that arrived, in the order of arrival, one JSON object a line in one file. A message
// is on the disk before Append returns; a line that a crash tore is cut off at the next start.
#pragma once

#include <filesystem>
#include <mutex>
#include <nlohmann/json.hpp>
#include <vector>

#include "common/base/result.hpp"

namespace hq::inbox {

// Safe from any thread.
class MessageLog {
 public:
  // Creates the folder and the file if they are absent. kUnavailable if the disk refuses.
  static Result<std::unique_ptr<MessageLog>> Open(const std::filesystem::path& folder);
  ~MessageLog();
  MessageLog(const MessageLog&) = delete;
  MessageLog& operator=(const MessageLog&) = delete;

  // kUnavailable if the disk refuses; the message is then not in the log.
  Status Append(const nlohmann::json& message);

  // All messages, or only those of one box.
  nlohmann::json Read(const std::string& box) const;

 private:
  MessageLog(int file, std::vector<nlohmann::json> messages)
      : file_(file), messages_(std::move(messages)) {}

  int file_;
  mutable std::mutex mutex_;
  std::vector<nlohmann::json> messages_;
};

}  // namespace hq::inbox
