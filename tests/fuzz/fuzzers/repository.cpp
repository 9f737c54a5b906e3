// A repository as people spell it: one spelling, which is its own.
#include "common/base/check.hpp"
#include "common/base/repo.hpp"
#include "services/sync/core/repo.hpp"
#include "tests/fuzz/fuzzers.hpp"

namespace hq::fuzz {

bool Repository(std::string_view bytes) {
  const auto repo = NormaliseRepo(bytes);
  if (!repo.ok()) {
    HQ_CHECK(absl::IsInvalidArgument(repo.status()), "a refusal is one");
    return false;
  }
  const auto again = NormaliseRepo(*repo);
  HQ_CHECK(again.ok() && *again == *repo, "one spelling stays as it is");
  const RepoName name = ForgeNameOf(*repo);
  HQ_CHECK(!name.owner.empty() && !name.name.empty(), "it has an owner and a name");
  HQ_CHECK(name.owner[0] != '-' && name.name[0] != '-', "no part can pass for an option");
  HQ_CHECK(repo->find('@') == std::string::npos || repo->find("://") == std::string::npos ||
               repo->find('@') > repo->find('/', repo->find("://") + 3),
           "no user stands in a URL");
  const auto resolved = sync::ResolveRepo(*repo, "https://github.com");
  HQ_CHECK(resolved.ok(), "what is spelled well can be fetched");
  HQ_CHECK(resolved->clone_url.starts_with("http") || resolved->clone_url.starts_with('/'),
           "it is fetched over http or from a path");
  return true;
}

}  // namespace hq::fuzz
