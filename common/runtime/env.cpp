#include "common/runtime/env.hpp"

#include <charconv>
#include <cstdlib>
#include <fstream>
#include <iterator>

namespace hq::runtime {

std::string Env::Required(const char* name) {
  if (const char* value = std::getenv(name); value && *value) return value;
  problems_.push_back(std::string(name) + " is not set");
  return {};
}

std::string Env::Optional(const char* name, std::string fallback) {
  const char* value = std::getenv(name);
  return value && *value ? value : fallback;
}

std::int64_t Env::Number(const char* name, std::int64_t fallback, std::int64_t least,
                         std::int64_t most) {
  const std::string text = Optional(name, std::to_string(fallback));
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool is_whole = error == std::errc() && end == text.data() + text.size();
  if (is_whole && value >= least && value <= most) return value;
  problems_.push_back(std::string(name) + " must be a whole number from " + std::to_string(least) +
                      " to " + std::to_string(most) + ", not \"" + text + "\"");
  return fallback;
}

std::chrono::milliseconds Env::Millis(const char* name, std::chrono::milliseconds fallback) {
  constexpr std::int64_t kDayMs = 86'400'000;
  return std::chrono::milliseconds(Number(name, fallback.count(), 1, kDayMs));
}

std::string Env::RequiredFile(const char* name) {
  const std::string path = Required(name);
  if (path.empty()) return {};
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    problems_.push_back(std::string(name) + " names a file that cannot be read: " + path);
    return {};
  }
  std::string content(std::istreambuf_iterator<char>(file), {});
  content.resize(content.find_last_not_of(" \t\r\n") + 1);
  return content;
}

Status Env::Done() const {
  if (problems_.empty()) return absl::OkStatus();
  std::string message = "settings:";
  for (const auto& problem : problems_) message += "\n  " + problem;
  return absl::InvalidArgumentError(message);
}

}  // namespace hq::runtime
