// Asks an HTTP server and gives back what it said. Never fails: status 0 means no answer.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace hq::testing {

struct RestAnswer {
  int status = 0;
  std::string text;
  nlohmann::json json;                         // Discarded if the text is not JSON.
  std::map<std::string, std::string> headers;  // Names in lower case.
};

RestAnswer AskHttp(const std::string& method, const std::string& url, const std::string& body = {},
                   const std::vector<std::string>& headers = {});

}  // namespace hq::testing
