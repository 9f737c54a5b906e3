#include "services/sync/core/repo.hpp"

#include <algorithm>

namespace hq::sync {
namespace {

constexpr std::size_t kTextBytesMax = 500;
constexpr std::string_view kDotGit = ".git";
constexpr std::string_view kDefaultHost = "github.com";

Status NoSuchSpelling(std::string_view why) {
  return absl::InvalidArgumentError("no repository: " + std::string(why));
}

// Nothing that a URL, a path or a command line could take for something else.
bool IsPlainName(std::string_view part) {
  return !part.empty() && part.front() != '.' && part.front() != '-' &&
         std::all_of(part.begin(), part.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '_' || c == '.';
         });
}

std::string_view WithoutEnd(std::string_view text, std::string_view end) {
  if (text.size() > end.size() && text.ends_with(end)) text.remove_suffix(end.size());
  return text;
}

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

RepoName ForgeNameOf(std::string_view repo) {
  repo = WithoutEnd(WithoutEnd(repo, "/"), kDotGit);
  const auto name_begin = repo.rfind('/');
  if (name_begin == std::string_view::npos || name_begin == 0) return {};
  const std::string_view before = repo.substr(0, name_begin);
  const auto owner_begin = before.rfind('/');  // npos + 1 is 0.
  const std::string_view owner = before.substr(owner_begin + 1);
  const std::string_view name = repo.substr(name_begin + 1);
  if (!IsPlainName(owner) || !IsPlainName(name)) return {};
  return {std::string(owner), std::string(name)};
}

Result<Repo> ResolveRepo(std::string_view text, std::string_view git_base_url) {
  const bool is_printable = std::all_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) > ' ' && c != '\x7f';
  });
  if (text.empty() || text.size() > kTextBytesMax || !is_printable)
    return NoSuchSpelling("it must have 1 to 500 bytes without spaces");
  Repo repo;
  repo.name = ForgeNameOf(text);
  if (repo.name.owner.empty())
    return NoSuchSpelling("it must end in owner/name, of letters, digits, '-', '_' and '.'");
  if (text.starts_with("http://") || text.starts_with("https://")) {
    if (HostOfUrl(text).find('@') != std::string_view::npos)
      return NoSuchSpelling("a URL must not carry a user or a token");
    repo.clone_url = text;
    return repo;
  }
  if (text.find(':') != std::string_view::npos)
    return NoSuchSpelling("only http, https and absolute paths are spoken here");
  if (text.starts_with('/')) {
    repo.clone_url = text;
    return repo;
  }
  const auto slashes = std::count(text.begin(), text.end(), '/');
  const std::string_view host = slashes == 2 ? text.substr(0, text.find('/')) : kDefaultHost;
  if (slashes > 2 || !IsPlainName(host))
    return NoSuchSpelling("it must be owner/name, host/owner/name, a URL or an absolute path");
  const bool is_at_home =
      IsSameHost(host, kDefaultHost) || IsSameHost(host, HostOfUrl(git_base_url));
  const std::string base =
      is_at_home ? std::string(WithoutEnd(git_base_url, "/")) : "https://" + std::string(host);
  repo.clone_url = base + "/" + repo.name.owner + "/" + repo.name.name + ".git";
  return repo;
}

}  // namespace hq::sync
