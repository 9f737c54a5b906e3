// The forge: a GitHub-shaped server over bare Git repositories. Every request goes to one of its
// three halves, the sites, Git or REST, and leaves one line in the request log before it is
// answered.
#pragma once

#include <memory>

#include "common/base/clock.hpp"
#include "deploy/local/forge/git/library.hpp"
#include "deploy/local/forge/git/smart_http.hpp"
#include "deploy/local/forge/request_log.hpp"
#include "deploy/local/forge/rest/api.hpp"
#include "deploy/local/forge/settings.hpp"
#include "deploy/local/forge/site/site.hpp"
#include "deploy/local/forge/state/store.hpp"
#include "deploy/local/forge/tokens.hpp"
#include "deploy/local/forge/webhooks.hpp"

namespace hq::forge {

// Safe from any thread.
class Forge {
 public:
  // kUnavailable if the data folder or the request log cannot be written.
  static Result<std::unique_ptr<Forge>> Open(const Settings& settings, Clock& clock);

  http_server::Response Handle(const http_server::Request& request);

  // To be run while the forge serves.
  Webhooks& webhooks() { return webhooks_; }

 private:
  struct Outcome {
    http_server::Response response;
    std::string principal;
    nlohmann::json audit;
  };

  Forge(const Settings& settings, Clock& clock, git::SmartHttp smart_http,
        std::unique_ptr<RequestLog> log);
  Outcome Answer(const http_server::Request& request);

  git::Library library_;
  Tokens tokens_;
  state::Store store_;
  Webhooks webhooks_;
  rest::Api api_;
  site::Site site_;
  git::SmartHttp smart_http_;
  std::unique_ptr<RequestLog> log_;
};

}  // namespace hq::forge
