#include "services/sync/adapters/release_file.hpp"

#include <nlohmann/json.hpp>

namespace hq::sync {

std::string ReleaseFileFor(const std::string& release_id) {
  return nlohmann::json{{"release", release_id}}.dump(2) + "\n";
}

std::string ReleaseIn(std::string_view content) {
  constexpr std::size_t kIdBytesMax = 100;
  const auto document = nlohmann::json::parse(content, nullptr, /*allow_exceptions=*/false);
  if (!document.is_object() || !document.contains("release")) return {};
  const auto& release = document["release"];
  if (!release.is_string()) return {};
  const auto id = release.get<std::string>();
  const bool is_plain = std::all_of(id.begin(), id.end(), [](unsigned char c) {
    return std::isalnum(c) || c == '-' || c == '_' || c == '.';
  });
  return is_plain && id.size() <= kIdBytesMax ? id : std::string();
}

}  // namespace hq::sync
