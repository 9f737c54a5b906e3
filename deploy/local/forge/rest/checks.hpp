// The forge's own check "site", as a cell's CI would run it: it looks at the tree of every commit
// that became the head of a pull request, and needs a while for it.
#pragma once

#include <cstdint>
#include <string>

#include "deploy/local/forge/rest/call.hpp"

namespace hq::forge::rest {

struct CheckRun {
  bool exists = false;  // Only commits that were a pull request's head are checked.
  bool is_completed = false;
  bool is_success = false;
  std::int64_t started_at_ms = 0;
  std::int64_t completed_at_ms = 0;
  std::string summary;
};

// A commit passes if its tree has an index.html and each of its .json files parses. Whether links
// resolve is not its business.
Result<CheckRun> SiteCheck(const Call& call, const std::string& sha);

// GET /repos/{owner}/{repo}/commits/{ref}/check-runs
Answer ListCheckRuns(Call& call);

}  // namespace hq::forge::rest
