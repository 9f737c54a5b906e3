// Calls of the GitHub REST API: one request, one JSON answer, faults by the retry taxonomy. The
// token is in a header and nowhere else; a fault's text is method, path, status and GitHub's words.
#pragma once

#include <chrono>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>

#include "common/base/clock.hpp"
#include "common/http/client.hpp"
#include "services/sync/adapters/github_json.hpp"

namespace hq::sync {

struct GithubAnswer {
  int status = 0;
  nlohmann::json body;  // Discarded if it was none.
  std::string call;     // "PUT /repos/o/r/pulls/1/merge", for people.

  std::string Words() const { return WordsIn(body); }
};

// Thread-safe.
class GithubApi {
 public:
  struct Settings {
    std::string api_url = "https://api.github.com";
    std::string token;
    std::chrono::milliseconds timeout{10'000};  // Of each call; a method makes up to three.
  };

  // `clock` outlives it.
  GithubApi(Settings settings, Clock& clock);

  // Whatever the forge answers below 500, except that it is asked too often. kUnavailable: not
  // taken, try again; while GitHub wants to be left alone this is the answer without a call.
  // kDeadlineExceeded: perhaps taken.
  Result<GithubAnswer> Call(const std::string& method, const std::string& path,
                            const nlohmann::json& body = nullptr);

  // The body of a 2xx answer; else FaultOf.
  Result<nlohmann::json> Ask(const std::string& method, const std::string& path,
                             const nlohmann::json& body = nullptr);

  // All items of a list, page by page, at most 1000. `path` has a query already; `field` names the
  // list in the answer, empty if the answer is the list.
  Result<std::vector<nlohmann::json>> List(const std::string& path, const std::string& field);

 private:
  Status CheckPause();
  void PauseFor(std::chrono::milliseconds wish);

  Settings settings_;
  Clock& clock_;
  http::Client client_;
  std::mutex mutex_;
  std::chrono::steady_clock::time_point not_before_;  // Guarded by mutex_.
};

// kNotFound, kPermissionDenied (also a refused token), kAborted (409), else kFailedPrecondition.
Status FaultOf(const GithubAnswer& answer);

std::string PercentEncoded(const std::string& text);

}  // namespace hq::sync
