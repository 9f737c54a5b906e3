// The parts of a URL that a handler needs: decoded path segments and query parameters. Malformed
// percent-escapes stay as they are written.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace hq::http_server {

using Query = std::map<std::string, std::string>;

std::string PercentDecode(const std::string& text);

// Escapes everything but unreserved characters; '/' too, unless `keep_slashes`.
std::string PercentEncode(const std::string& text, bool keep_slashes = false);

// "/repos/a%2Fb/" -> {"repos", "a/b", ""}. Each segment is decoded on its own.
std::vector<std::string> PathSegments(const std::string& path);

// Of a repeated name the last one counts. '+' is a space.
Query ParseQuery(const std::string& query);

}  // namespace hq::http_server
