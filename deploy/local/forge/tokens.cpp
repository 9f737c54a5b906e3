#include "deploy/local/forge/tokens.hpp"

#include <absl/strings/ascii.h>
#include <absl/strings/escaping.h>
#include <openssl/crypto.h>

namespace hq::forge {
namespace {

bool IsSame(const std::string& given, const std::string& token) {
  return !token.empty() && given.size() == token.size() &&
         CRYPTO_memcmp(given.data(), token.data(), token.size()) == 0;
}

// The token that the header carries; empty if it carries none.
std::string TokenIn(const std::string& authorization) {
  const auto space = authorization.find(' ');
  if (space == std::string::npos) return {};
  const std::string scheme = absl::AsciiStrToLower(authorization.substr(0, space));
  const std::string value = authorization.substr(space + 1);
  if (scheme == "bearer" || scheme == "token") return value;
  std::string pair;
  if (scheme != "basic" || !absl::Base64Unescape(value, &pair)) return {};
  const auto colon = pair.find(':');
  return colon == std::string::npos ? std::string() : pair.substr(colon + 1);
}

}  // namespace

std::optional<Principal> Tokens::Identify(const std::string& authorization) const {
  const std::string token = TokenIn(authorization);
  if (IsSame(token, hq_token_)) return Principal{"hq-os[bot]", false};
  if (IsSame(token, owner_token_)) return Principal{"cell-owner", true};
  return std::nullopt;
}

}  // namespace hq::forge
