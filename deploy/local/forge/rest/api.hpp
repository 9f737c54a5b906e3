// The REST half of the forge: parses, finds the handler, holds the repository, answers as GitHub
// does. The caller has been identified already.
#pragma once

#include <atomic>
#include <chrono>

#include "common/base/clock.hpp"
#include "deploy/local/forge/principal.hpp"
#include "deploy/local/forge/rest/call.hpp"
#include "deploy/local/forge/state/store.hpp"
#include "deploy/local/forge/webhooks.hpp"
#include "deploy/local/http_server/request.hpp"

namespace hq::forge::rest {

// Safe from any thread.
class Api {
 public:
  struct Options {
    std::chrono::milliseconds check_delay{300};
    // Every n-th write is answered with 502, in turn before and after its work is done; 0: none.
    std::int64_t fail_every = 0;
  };

  Api(state::Store& store, Webhooks& webhooks, Clock& clock, Options options)
      : store_(store), webhooks_(webhooks), clock_(clock), options_(options) {}

  // `audit` takes what the request log shall hold beside the usual.
  http_server::Response Handle(const http_server::Request& request, const Principal& principal,
                               nlohmann::json* audit);

 private:
  http_server::Response Dispatch(const http_server::Request& request, const Principal& principal,
                                 nlohmann::json* audit);

  state::Store& store_;
  Webhooks& webhooks_;
  Clock& clock_;
  Options options_;
  std::atomic<std::int64_t> writes_{0};
};

}  // namespace hq::forge::rest
