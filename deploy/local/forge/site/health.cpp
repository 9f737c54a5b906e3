#include "deploy/local/forge/site/health.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "deploy/local/forge/site/links.hpp"

namespace hq::forge::site {
namespace {

bool IsPage(const std::string& file) { return file.ends_with(".html") || file.ends_with(".htm"); }

// The id of the release that the tree says it carries.
std::string ReleaseIn(const git::Repository& git, const std::string& commit) {
  const auto content = git.ReadFile(commit, "hq-release.json");
  if (!content.ok()) return {};
  const auto document = nlohmann::json::parse(*content, nullptr, false);
  if (!document.is_object() || !document.contains("release")) return {};
  const auto& release = document["release"];
  return release.is_string() ? release.get<std::string>() : std::string();
}

}  // namespace

std::string FileAt(const std::vector<std::string>& files, const std::string& path) {
  const auto is_file = [&files](const std::string& file) {
    return std::binary_search(files.begin(), files.end(), file);
  };
  if (path.empty() || path.ends_with("/"))
    return is_file(path + "index.html") ? path + "index.html" : std::string();
  if (is_file(path)) return path;
  return is_file(path + "/index.html") ? path + "/index.html" : std::string();
}

Result<Health> Examine(const git::Repository& git, const std::string& commit) {
  HQ_ASSIGN_OR_RETURN(const auto files, git.ListFiles(commit));
  Health health;
  health.release = ReleaseIn(git, commit);
  std::set<std::string> missing;
  std::set<std::string> seen = {"index.html"};
  std::vector<std::string> pages = {"index.html"};
  if (FileAt(files, "").empty()) {
    health.missing = {"index.html"};
    return health;
  }
  while (!pages.empty()) {
    const std::string page = pages.back();
    pages.pop_back();
    HQ_ASSIGN_OR_RETURN(const std::string html, git.ReadFile(commit, page));
    for (const auto& link : LocalLinks(html, page)) {
      if (link == "health") continue;  // Not a file: the site answers it.
      const std::string file = FileAt(files, link);
      if (file.empty()) missing.insert(link);
      if (IsPage(file) && seen.insert(file).second) pages.push_back(file);
    }
  }
  health.missing.assign(missing.begin(), missing.end());
  return health;
}

}  // namespace hq::forge::site
