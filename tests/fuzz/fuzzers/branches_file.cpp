// branches.json, in both of the whitepaper's shapes.
#include "services/decision/adapters/files/branches_file.hpp"

#include <set>

#include "common/base/check.hpp"
#include "common/base/repo.hpp"
#include "services/decision/core/inputs.hpp"
#include "tests/fuzz/fuzzers.hpp"
#include "tests/fuzz/promises.hpp"

namespace hq::fuzz {

bool BranchesFile(std::string_view bytes) {
  const std::string file = "registry/branches.json";
  const auto parsed = decision::BranchesFile::Parse(file, bytes);
  if (!parsed.ok()) {
    CheckFileRefusal(parsed.status(), file);
    return false;
  }
  HQ_CHECK(parsed->cells.size() <= 1'000, "a file fits into one append");
  std::set<std::string> ids, repos, domains;
  for (const decision::ApplyCell& cell : parsed->cells) {
    const auto& entry = cell.entry;
    HQ_CHECK(decision::CheckCellId(entry.id()).ok(), "a cell has a cell's id");
    HQ_CHECK(NormaliseRepo(entry.repo()).ok() && *NormaliseRepo(entry.repo()) == entry.repo(),
             "a repository is spelled in one way");
    HQ_CHECK(ids.insert(entry.id()).second && repos.insert(entry.repo()).second &&
                 domains.insert(entry.domain()).second,
             "no two cells share an id, a repository or a domain");
    HQ_CHECK(entry.tier() != "canary" || entry.auto_merge_revert(), "a canary does not opt out");
    HQ_CHECK(cell.path.starts_with("$"), "a cell knows where it stands");
  }
  return true;
}

}  // namespace hq::fuzz
