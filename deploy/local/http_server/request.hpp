// One HTTP request as a handler sees it: read completely, within the server's limits. Nothing in it
// is decoded or trusted yet.
#pragma once

#include <map>
#include <string>

namespace hq::http_server {

struct Request {
  std::string method;                          // "GET"; HEAD arrives as GET.
  std::string path;                            // Percent-encoded, without the query.
  std::string query;                           // Without the '?'.
  std::map<std::string, std::string> headers;  // Names in lower case.
  std::string body;                            // As sent: a Content-Encoding is not undone.

  // The header's value; empty if it was not sent. `name` in lower case.
  std::string Header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? std::string() : found->second;
  }
};

}  // namespace hq::http_server
