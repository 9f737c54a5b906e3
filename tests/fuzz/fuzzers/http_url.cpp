// Paths and queries as the forge and the inbox get them.
#include "common/base/check.hpp"
#include "deploy/local/http_server/url.hpp"
#include "tests/fuzz/fuzzers.hpp"

namespace hq::fuzz {

bool HttpUrl(std::string_view bytes) {
  const std::string text(bytes);
  HQ_CHECK(http_server::PercentDecode(http_server::PercentEncode(text)) == text,
           "encoded and decoded it is the same");
  HQ_CHECK(http_server::PercentDecode(text).size() <= text.size(), "decoding makes nothing longer");
  const auto segments = http_server::PathSegments(text);
  HQ_CHECK(!segments.empty(), "a path has a segment");
  std::string path;
  for (const std::string& segment : segments) path += "/" + http_server::PercentEncode(segment);
  HQ_CHECK(http_server::PathSegments(path) == segments, "a path is read back");
  std::string query;
  for (const auto& [name, value] : http_server::ParseQuery(text))
    query += (query.empty() ? "" : "&") + http_server::PercentEncode(name) + "=" +
             http_server::PercentEncode(value);
  HQ_CHECK(http_server::ParseQuery(query).size() <= http_server::ParseQuery(text).size(),
           "a query is read back");
  return true;
}

}  // namespace hq::fuzz
