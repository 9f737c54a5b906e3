// Looks at a cell's site as a visitor would: whether it is well, and which release it says it
// carries. Never follows a redirect, never sends a token.
#pragma once

#include <chrono>
#include <string>

#include "common/http/client.hpp"
#include "services/sync/ports.hpp"

namespace hq::sync {

// Thread-safe.
class HttpProber final : public Prober {
 public:
  struct Settings {
    // {domain}, {owner} and {name} stand for the cell's.
    std::string url_template = "https://{domain}";
    std::chrono::milliseconds timeout{5'000};  // Of each of the two requests.
  };

  // kInvalidArgument if the template is no http or https URL.
  static Result<HttpProber> Make(const Settings& settings);

  // Not answered: nobody did, or the cell has no domain that can be asked.
  Probe ProbeSite(const std::string& domain, const RepoName& repo) override;

 private:
  explicit HttpProber(const Settings& settings) : settings_(settings) {}

  Result<http::Response> Get(const std::string& url) const;

  Settings settings_;
  http::Client client_;
};

}  // namespace hq::sync
