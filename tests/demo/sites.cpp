#include "tests/demo/sites.hpp"

#include <nlohmann/json.hpp>

namespace hq::demo {

http::Response Sites::Get(const std::string& cell, const std::string& path) const {
  http::Request request;
  request.url = house_.UrlOf("forge") + "/sites/dtslib/" + cell + path;
  return client_.Send(request).value_or(http::Response());
}

std::string Sites::Page(const std::string& cell, const std::string& path) const {
  constexpr int kFound = 200;
  const auto response = Get(cell, path);
  return response.status == kFound ? response.body : "";
}

int Sites::HealthOf(const std::string& cell) const { return Get(cell, "/health").status; }

std::string Sites::ReleaseOf(const std::string& cell) const {
  const auto release = nlohmann::json::parse(Page(cell, "/hq-release.json"), nullptr, false);
  return release.is_object() ? release.value("release", "") : "";
}

}  // namespace hq::demo
