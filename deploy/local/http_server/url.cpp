#include "deploy/local/http_server/url.hpp"

#include <algorithm>
#include <cctype>

namespace hq::http_server {
namespace {

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::string PercentDecode(const std::string& text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_escape = text[i] == '%' && i + 2 < text.size() && HexValue(text[i + 1]) >= 0 &&
                           HexValue(text[i + 2]) >= 0;
    if (!is_escape) {
      decoded += text[i];
      continue;
    }
    decoded += static_cast<char>(HexValue(text[i + 1]) * 16 + HexValue(text[i + 2]));
    i += 2;
  }
  return decoded;
}

std::string PercentEncode(const std::string& text, bool keep_slashes) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_plain = std::isalnum(byte) || c == '-' || c == '.' || c == '_' || c == '~' ||
                          (keep_slashes && c == '/');
    if (is_plain) {
      encoded += c;
    } else {
      encoded += '%';
      encoded += kDigits[byte >> 4];
      encoded += kDigits[byte & 15];
    }
  }
  return encoded;
}

std::vector<std::string> PathSegments(const std::string& path) {
  std::vector<std::string> segments;
  std::size_t begin = path.empty() || path[0] != '/' ? 0 : 1;
  while (true) {
    const auto end = path.find('/', begin);
    segments.push_back(PercentDecode(path.substr(begin, end - begin)));
    if (end == std::string::npos) return segments;
    begin = end + 1;
  }
}

Query ParseQuery(const std::string& query) {
  Query parameters;
  std::size_t begin = 0;
  while (begin < query.size()) {
    const auto end = std::min(query.find('&', begin), query.size());
    std::string pair = query.substr(begin, end - begin);
    std::replace(pair.begin(), pair.end(), '+', ' ');
    const auto equals = std::min(pair.find('='), pair.size());
    const std::string value = equals < pair.size() ? pair.substr(equals + 1) : std::string();
    if (!pair.empty()) parameters[PercentDecode(pair.substr(0, equals))] = PercentDecode(value);
    begin = end + 1;
  }
  return parameters;
}

}  // namespace hq::http_server
