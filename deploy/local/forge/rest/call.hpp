// One REST call on its way to a handler: identified, parsed, its repository held. A handler returns
// the answer, or a status that the API turns into GitHub's error of that kind.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "deploy/local/forge/principal.hpp"
#include "deploy/local/forge/state/workspace.hpp"
#include "deploy/local/http_server/response.hpp"
#include "deploy/local/http_server/url.hpp"

namespace hq::forge::rest {

struct Call {
  Principal principal;
  std::map<std::string, std::string> parameters;  // From the path.
  http_server::Query query;
  nlohmann::json body;   // An object or an array; {} if none was sent.
  std::string path;      // As requested, without the query.
  std::string base_url;  // "http://host:port"
  std::int64_t now_ms = 0;
  std::chrono::milliseconds check_delay{0};  // How long a commit's check stays pending.
  std::optional<state::Workspace> held;      // The repository that the path names.
  nlohmann::json audit;                      // What the request log shall hold beside the usual.
  nlohmann::json news;                       // The pull_request event for webhooks; null if none.

  // For handlers whose path names a repository.
  state::Workspace& repository() { return *held; }
  const state::Workspace& repository() const { return *held; }
  std::string Parameter(const std::string& name) const {
    const auto found = parameters.find(name);
    return found == parameters.end() ? std::string() : found->second;
  }
};

using Answer = Result<http_server::Response>;

}  // namespace hq::forge::rest
