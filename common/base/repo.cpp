#include "common/base/repo.hpp"

#include <algorithm>

namespace hq {
namespace {

constexpr std::size_t kTextBytesMax = 500;
constexpr std::string_view kDefaultHost = "github.com";
constexpr std::string_view kHttps = "https://";
constexpr std::string_view kHttp = "http://";
constexpr std::string_view kSsh = "ssh://";

Status NoRepo(std::string_view why) {
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

// host/owner/name, if `path` is no more and no less than the last two.
Result<std::string> AtHost(std::string_view host, std::string_view path) {
  const RepoName name = ForgeNameOf(path);
  const bool is_whole = std::count(path.begin(), path.end(), '/') == 1;
  if (!IsPlainName(host) || host.find('.') == std::string_view::npos || !is_whole ||
      name.owner.empty())
    return NoRepo("it must be owner/name, host/owner/name, an https URL or an absolute path");
  std::string lower(host);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return lower + "/" + name.owner + "/" + name.name;
}

Result<std::string> OfUrl(std::string_view text) {
  const std::string_view rest = text.substr(text.find("://") + 3);
  const auto slash = std::min(rest.find('/'), rest.size());
  const std::string_view host = rest.substr(0, slash);
  if (host.find('@') != std::string_view::npos)
    return NoRepo("a URL must not carry a user or a token");
  if (ForgeNameOf(rest.substr(slash)).owner.empty() || host.empty())
    return NoRepo("the URL must end in owner/name");
  const auto plain = AtHost(host, WithoutEnd(rest.substr(slash + 1), "/"));
  return text.starts_with(kHttps) && plain.ok() ? *plain : std::string(text);
}

// ssh://git@host/owner/name, or git@host:owner/name.
Result<std::string> OfSsh(std::string_view rest, char host_end) {
  if (const auto at = rest.find('@'); at < rest.find(host_end)) {
    if (rest.substr(0, at).find(':') != std::string_view::npos)
      return NoRepo("a URL must not carry a password");
    rest.remove_prefix(at + 1);
  }
  const auto end = rest.find(host_end);
  if (end == std::string_view::npos) return NoRepo("it must name owner/name after the host");
  return AtHost(rest.substr(0, end), rest.substr(end + 1));
}

}  // namespace

RepoName ForgeNameOf(std::string_view repo) {
  repo = WithoutEnd(WithoutEnd(repo, "/"), ".git");
  const auto name_begin = repo.rfind('/');
  if (name_begin == std::string_view::npos || name_begin == 0) return {};
  const std::string_view before = repo.substr(0, name_begin);
  const auto owner_begin = before.rfind('/');  // npos + 1 is 0.
  const std::string_view owner = before.substr(owner_begin + 1);
  const std::string_view name = repo.substr(name_begin + 1);
  const bool has_one_name = !name.ends_with(".git");  // Else it would be spelled in two ways.
  if (!IsPlainName(owner) || !IsPlainName(name) || !has_one_name) return {};
  return {std::string(owner), std::string(name)};
}

Result<std::string> NormaliseRepo(std::string_view text) {
  const bool is_printable = std::all_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) > ' ' && c != '\x7f';
  });
  if (text.empty() || text.size() > kTextBytesMax || !is_printable)
    return NoRepo("it must have 1 to 500 bytes without spaces");
  if (text.starts_with(kHttps) || text.starts_with(kHttp)) return OfUrl(text);
  if (text.starts_with(kSsh)) return OfSsh(text.substr(kSsh.size()), '/');
  if (text.find("://") != std::string_view::npos)
    return NoRepo("the URL's scheme must be https or http");
  if (text.starts_with('/')) {
    if (ForgeNameOf(text).owner.empty()) return NoRepo("the path must end in owner/name");
    return std::string(text);
  }
  if (text.find(':') != std::string_view::npos) return OfSsh(text, ':');
  const auto slashes = std::count(text.begin(), text.end(), '/');
  if (slashes == 1) return AtHost(kDefaultHost, text);
  const auto slash = std::min(text.find('/'), text.size() - 1);
  return AtHost(text.substr(0, slash), text.substr(slash + 1));
}

}  // namespace hq
