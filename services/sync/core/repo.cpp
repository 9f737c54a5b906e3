#include "services/sync/core/repo.hpp"

#include <algorithm>

namespace hq::sync {
namespace {

constexpr std::string_view kDefaultHost = "github.com";

std::string_view HostOfUrl(std::string_view url) {
  const auto scheme_end = url.find("://");
  if (scheme_end == std::string_view::npos) return {};
  url.remove_prefix(scheme_end + 3);
  return url.substr(0, url.find('/'));
}

bool IsSameHost(std::string_view left, std::string_view right) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [&](char a, char b) { return lower(a) == lower(b); });
}

}  // namespace

Result<Repo> ResolveRepo(std::string_view text, std::string_view git_base_url) {
  HQ_ASSIGN_OR_RETURN(const std::string spelling, NormaliseRepo(text));
  Repo repo;
  repo.name = ForgeNameOf(spelling);
  if (spelling.starts_with('/') || spelling.find("://") != std::string::npos) {
    repo.clone_url = spelling;
    return repo;
  }
  const std::string host = spelling.substr(0, spelling.find('/'));
  const bool is_at_home =
      IsSameHost(host, kDefaultHost) || IsSameHost(host, HostOfUrl(git_base_url));
  if (git_base_url.ends_with('/')) git_base_url.remove_suffix(1);
  const std::string base = is_at_home ? std::string(git_base_url) : "https://" + host;
  repo.clone_url = base + "/" + repo.name.owner + "/" + repo.name.name + ".git";
  return repo;
}

}  // namespace hq::sync
