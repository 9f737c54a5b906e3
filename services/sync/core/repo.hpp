// A repository as the registry spells it (ruling D-20), and the two things that are made of it: its
// name on the forge, and where Git fetches it from. Pure.
#pragma once

#include <string>
#include <string_view>

#include "common/base/result.hpp"

namespace hq::sync {

// owner/name on the forge.
struct RepoName {
  std::string owner;
  std::string name;
};

struct Repo {
  RepoName name;
  std::string clone_url;  // An http or https URL without user, or an absolute path.
};

// "dtslib1979/papafly" and "github.com/dtslib/koosy" are looked for below `git_base_url` (e.g.
// "https://github.com", or a stand-in's URL); another host is taken at its word, over https. An
// http(s) URL and an absolute path stay what they are. kInvalidArgument for anything else, and for
// a URL with a user or a password in it.
Result<Repo> ResolveRepo(std::string_view text, std::string_view git_base_url);

// The last two parts of a repository's spelling, without ".git"; both empty if there are not two.
RepoName ForgeNameOf(std::string_view repo);

}  // namespace hq::sync
