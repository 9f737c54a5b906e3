#include "deploy/local/house/files.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

namespace hq::house {

Status WriteFile(const std::filesystem::path& path, const std::string& content) {
  const std::string aside = path.string() + ".new";
  const int file = open(aside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  const bool is_written =
      file >= 0 && write(file, content.data(), content.size()) == std::ssize(content);
  if (file >= 0) close(file);
  if (is_written && rename(aside.c_str(), path.c_str()) == 0) return absl::OkStatus();
  return absl::UnavailableError("cannot write " + path.string() + ": " + std::strerror(errno));
}

Result<std::string> ReadFile(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::NotFoundError("cannot read " + path.string());
  std::string content(std::istreambuf_iterator<char>(file), {});
  content.resize(content.find_last_not_of(" \t\r\n") + 1);
  return content;
}

Status MakeDirectory(const std::filesystem::path& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (!error) return absl::OkStatus();
  return absl::UnavailableError("cannot make the directory " + path.string() + ": " +
                                error.message());
}

}  // namespace hq::house
