// Which handler answers which method and path: one table.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "deploy/local/forge/rest/call.hpp"

namespace hq::forge::rest {

struct Route {
  Answer (*handler)(Call&) = nullptr;
  std::map<std::string, std::string> parameters;
};

// nullopt if no path fits. `segments` are decoded, without the leading slash.
std::optional<Route> FindRoute(const std::string& method, const std::vector<std::string>& segments);

}  // namespace hq::forge::rest
