// The cells' websites: each repository's default branch, served as GitHub Pages would, a while
// after it moved. Everybody may read.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "common/base/clock.hpp"
#include "deploy/local/forge/state/store.hpp"
#include "deploy/local/http_server/request.hpp"
#include "deploy/local/http_server/response.hpp"

namespace hq::forge::site {

// Safe from any thread.
class Site {
 public:
  Site(state::Store& store, std::chrono::milliseconds deploy_delay, Clock& clock)
      : store_(store), deploy_delay_(deploy_delay), clock_(clock) {}

  // Answers GET /sites/{owner}/{name}/… and, for the host {name}.localhost or {name}.<domain>, any
  // path. nullopt if the request is not for a site.
  std::optional<http_server::Response> Handle(const http_server::Request& request);

 private:
  http_server::Response Serve(const std::string& owner, const std::string& name,
                              const std::string& path);

  state::Store& store_;
  std::chrono::milliseconds deploy_delay_;
  Clock& clock_;
};

}  // namespace hq::forge::site
