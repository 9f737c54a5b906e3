#include "services/decision/core/repo.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace hq::decision {
namespace {

constexpr std::size_t kRepoBytesMax = 500;

bool IsPlainPart(std::string_view part) {
  return !part.empty() && !part.starts_with('.') && !part.starts_with('-') &&
         std::all_of(part.begin(), part.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '_' || c == '.';
         });
}

std::vector<std::string_view> PartsOf(std::string_view text) {
  std::vector<std::string_view> parts;
  for (;;) {
    const auto slash = text.find('/');
    parts.push_back(text.substr(0, slash));
    if (slash == std::string_view::npos) return parts;
    text.remove_prefix(slash + 1);
  }
}

Status NoRepo(std::string_view why) {
  return absl::InvalidArgumentError("no repository: " + std::string(why));
}

Result<std::string> CheckedUrl(std::string_view text) {
  constexpr std::array<std::string_view, 5> kSchemes = {"https", "http", "ssh", "git", "file"};
  const auto scheme_end = text.find("://");
  const std::string_view scheme = text.substr(0, scheme_end);
  if (std::find(kSchemes.begin(), kSchemes.end(), scheme) == kSchemes.end())
    return NoRepo("the URL's scheme must be https, http, ssh, git or file");
  const std::string_view authority =
      text.substr(scheme_end + 3, text.find('/', scheme_end + 3) - (scheme_end + 3));
  const auto at = authority.rfind('@');
  const bool has_user = at != std::string_view::npos;
  // Over http the user part is a token; over ssh a user's name is what it looks like.
  const bool has_secret =
      has_user && (scheme.starts_with("http") || authority.substr(0, at).find(':') < at);
  if (has_secret) return NoRepo("a URL must not carry a token or a password");
  return std::string(text);
}

}  // namespace

Result<std::string> NormaliseRepo(std::string_view text) {
  const bool is_printable = std::all_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) > ' ' && c != '\x7f';
  });
  if (text.empty() || text.size() > kRepoBytesMax || !is_printable)
    return NoRepo("must have 1 to 500 bytes without spaces");
  if (text.find("://") != std::string_view::npos) return CheckedUrl(text);
  if (text.starts_with('/')) return std::string(text);
  const bool is_scp_style = text.find('@') < text.find(':') && text.find(':') < text.find('/');
  if (is_scp_style && !text.starts_with('-')) return std::string(text);

  if (text.ends_with(".git")) text.remove_suffix(4);
  const auto parts = PartsOf(text);
  if (!std::all_of(parts.begin(), parts.end(), IsPlainPart))
    return NoRepo("must be owner/name, host/owner/name, a Git URL or an absolute path");
  if (parts.size() == 2) return "github.com/" + std::string(text);
  const bool has_host = parts.size() == 3 && parts[0].find('.') != std::string_view::npos;
  if (!has_host)
    return NoRepo("must be owner/name, host/owner/name, a Git URL or an absolute path");
  std::string host(parts[0]);
  std::transform(host.begin(), host.end(), host.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return host + "/" + std::string(parts[1]) + "/" + std::string(parts[2]);
}

}  // namespace hq::decision
