// Where Git fetches a repository of the registry from. Pure.
#pragma once

#include <string>
#include <string_view>

#include "common/base/repo.hpp"

namespace hq::sync {

struct Repo {
  RepoName name;
  std::string clone_url;  // An http or https URL without user, or an absolute path.
};

// `text` is any spelling that NormaliseRepo takes. "github.com/dtslib/koosy" is looked for below
// `git_base_url` (e.g. "https://github.com", or a stand-in's URL), and so is what is at that URL's
// own host; another host is taken at its word, over https. A URL and an absolute path stay what
// they are. kInvalidArgument as NormaliseRepo.
Result<Repo> ResolveRepo(std::string_view text, std::string_view git_base_url);

}  // namespace hq::sync
