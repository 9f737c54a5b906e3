// A repository as people spell it, in one spelling (ruling D-20), and its name on the forge. Pure.
#pragma once

#include <string>
#include <string_view>

#include "common/base/result.hpp"

namespace hq {

// owner/name on the forge.
struct RepoName {
  std::string owner;
  std::string name;
};

// One of "host/owner/name", an http or https URL, an absolute path: 500 bytes at most, no spaces,
// no user in it, the last two parts owner/name of letters, digits, '-', '_' and '.', neither
// beginning with '.' or '-'. "dtslib1979/papafly", "GitHub.com/dtslib1979/papafly.git",
// "https://github.com/dtslib1979/papafly" and "git@github.com:dtslib1979/papafly.git" all become
// "github.com/dtslib1979/papafly"; what has a port, a longer path or plain http stays a URL. Over
// ssh nothing is fetched. kInvalidArgument for anything else.
Result<std::string> NormaliseRepo(std::string_view text);

// The last two parts of a repository's spelling, without ".git"; both empty if there are not two.
RepoName ForgeNameOf(std::string_view repo);

}  // namespace hq
