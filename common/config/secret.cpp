#include "common/config/secret.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace hq::config {
namespace {

bool IsSecretTokenChar(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-';
}

struct TokenShape {
  std::string_view prefix;
  std::size_t tail_least;  // How many token characters must follow the prefix.
};

// Prefixes by which the providers themselves mark their tokens.
constexpr std::array kTokenShapes = {
    TokenShape{"ghp_", 16},    TokenShape{"gho_", 16},  TokenShape{"ghu_", 16},
    TokenShape{"ghs_", 16},    TokenShape{"ghr_", 16},  TokenShape{"github_pat_", 16},
    TokenShape{"xoxb-", 10},   TokenShape{"xoxp-", 10}, TokenShape{"xoxa-", 10},
    TokenShape{"xoxr-", 10},   TokenShape{"xapp-", 10}, TokenShape{"sk-", 20},
    TokenShape{"glpat-", 16},  TokenShape{"AIza", 30},  TokenShape{"AKIA", 16},
    TokenShape{"Bearer ", 16}, TokenShape{"eyJ", 40},   TokenShape{"sk_live_", 16},
};

bool HasToken(std::string_view text) {
  for (const auto& shape : kTokenShapes) {
    for (std::size_t at = text.find(shape.prefix); at != std::string_view::npos;
         at = text.find(shape.prefix, at + 1)) {
      if (at > 0 && IsSecretTokenChar(text[at - 1])) continue;  // Inside a longer word.
      const std::string_view tail = text.substr(at + shape.prefix.size());
      const auto end = std::find_if_not(tail.begin(), tail.end(), IsSecretTokenChar);
      if (static_cast<std::size_t>(end - tail.begin()) >= shape.tail_least) return true;
    }
  }
  return false;
}

// A path segment that no person would have chosen: long, letters and digits mixed, nothing else.
bool IsRandomLooking(std::string_view segment) {
  constexpr std::size_t kLongSegment = 20;
  const bool has_digit =
      std::any_of(segment.begin(), segment.end(), [](char c) { return c >= '0' && c <= '9'; });
  const bool has_letter = std::any_of(segment.begin(), segment.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  });
  return segment.size() >= kLongSegment && has_digit && has_letter &&
         std::all_of(segment.begin(), segment.end(), IsSecretTokenChar);
}

bool HasSecretParameter(std::string_view query) {
  constexpr std::array<std::string_view, 9> kNames = {"token",    "access_token", "key",
                                                      "api_key",  "apikey",       "secret",
                                                      "password", "sig",          "signature"};
  while (!query.empty()) {
    const std::string_view parameter = query.substr(0, query.find('&'));
    const std::size_t equals = parameter.find('=');
    const bool has_value = equals != std::string_view::npos && equals + 1 < parameter.size();
    if (has_value &&
        std::find(kNames.begin(), kNames.end(), parameter.substr(0, equals)) != kNames.end())
      return true;
    query.remove_prefix(std::min(parameter.size() + 1, query.size()));
  }
  return false;
}

std::string_view SecretKindOfUrl(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return {};
  std::string_view rest = url.substr(scheme + 3);
  rest = rest.substr(0, rest.find_first_of(" \t\r\n\"'<>"));
  const std::size_t host_end = std::min(rest.find_first_of("/?#"), rest.size());
  const std::string_view authority = rest.substr(0, host_end);
  const std::size_t at = authority.rfind('@');
  if (at != std::string_view::npos && authority.substr(0, at).find(':') != std::string_view::npos)
    return "a URL with a password in it";
  const std::size_t query = rest.find('?');
  std::string_view path = rest.substr(host_end, query < host_end ? 0 : query - host_end);
  if (authority == "hooks.slack.com" && path.starts_with("/services/"))
    return "a webhook URL with a secret in it";
  while (!path.empty()) {
    path.remove_prefix(1);
    const std::string_view segment = path.substr(0, path.find('/'));
    if (IsRandomLooking(segment)) return "a URL with a secret in its path";
    path.remove_prefix(segment.size());
  }
  if (query != std::string_view::npos && HasSecretParameter(rest.substr(query + 1)))
    return "a URL with a secret in its query";
  return {};
}

}  // namespace

std::string_view SecretKindOf(std::string_view text) {
  const bool is_private_key = text.find("-----BEGIN ") != std::string_view::npos &&
                              text.find("PRIVATE KEY") != std::string_view::npos;
  if (is_private_key) return "a private key";
  if (HasToken(text)) return "a token";
  for (std::size_t at = text.find("://"); at != std::string_view::npos;
       at = text.find("://", at + 1)) {
    if (const auto kind = SecretKindOfUrl(text.substr(at)); !kind.empty()) return kind;
  }
  return {};
}

}  // namespace hq::config
