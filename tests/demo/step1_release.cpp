// Step 1: the franchise's files are applied; release 1 goes to the canary, then to the standard
// cell, then to the rest; five sites serve it, and what each cell wrote itself is still there.
#include <map>

#include "tests/demo/steps.hpp"

namespace hq::demo {
namespace {

// What a cell wrote itself: its own pages (as Git's listing, contents and all) and its title.
struct OwnEdits {
  std::string head;
  std::string pages;
  std::string title;
};

OwnEdits EditsOf(const Stage& stage, const std::string& cell) {
  const std::string page = stage.repositories->FileOf(cell, "index.html");
  const auto begin = page.find("<title>");
  OwnEdits edits;
  edits.head = stage.repositories->HeadOf(cell);
  edits.pages = stage.repositories->Git(cell, {"ls-tree", "-r", "main", "content"}).value_or("");
  if (begin != std::string::npos)
    edits.title = page.substr(begin, page.find("</title>", begin) - begin);
  return edits;
}

Status ApplyFranchise(Stage& stage) {
  HQ_RETURN_IF_ERROR(
      stage.people->Do("ann", {"apply", std::string(HQ_SOURCE_DIR) + "/deploy/local/franchise"})
          .status());
  HQ_ASSIGN_OR_RETURN(const auto answer, stage.people->Do("ann", {"cells"}));
  HQ_RETURN_IF_ERROR(
      stage.See(answer["cells"].size() == stage.Cells().size(), "five cells are registered"));
  HQ_ASSIGN_OR_RETURN(const auto registered,
                      stage.people->LookAtAll("auditor", {"ledger", "tail", "--last", "100",
                                                          "--event", "cell_registered"}));
  return stage.See(registered.size() == stage.Cells().size(),
                   "the ledger has a record of each registration");
}

// The forge's log tells the order: the first change in a later wave comes after the last in the
// wave before.
Status CheckOrder(Stage& stage) {
  std::map<std::string, std::pair<std::string, std::string>> span;  // First and last change.
  for (const std::string& cell : stage.Cells()) {
    const auto changes = stage.forge->ChangesTo(cell);
    if (changes.empty()) return stage.See(false, "the forge was asked to change " + cell);
    span[cell] = {changes.front().time, changes.back().time};
  }
  HQ_RETURN_IF_ERROR(stage.See(span["papafly"].second < span["koosy"].first,
                               "koosy was touched only when papafly, the canary, was done"));
  bool is_last = true;
  for (const std::string cell : {"bari", "dalmoi", "haneul"})
    is_last = is_last && span["koosy"].second < span[cell].first;
  return stage.See(is_last, "the incubation cells came after koosy");
}

Status CheckEdits(Stage& stage, const std::map<std::string, OwnEdits>& before) {
  bool has_kept = true;
  bool is_merged_by_pull = true;
  for (const auto& [cell, own] : before) {
    const OwnEdits now = EditsOf(stage, cell);
    const bool is_served = stage.sites->Page(cell, "/").find(own.title) != std::string::npos;
    has_kept = has_kept && !own.title.empty() && is_served && now.pages == own.pages &&
               stage.repositories->Has(cell, own.head);
    is_merged_by_pull = is_merged_by_pull &&
                        stage.forge->PullsOpened(cell, "hq/" + stage.releases["release-1"]) == 1;
  }
  HQ_RETURN_IF_ERROR(stage.See(is_merged_by_pull, "each cell got it by one pull request"));
  return stage.See(has_kept, "every cell's own title, pages and commits are still there");
}

}  // namespace

Status Step1(Stage& stage) {
  stage.narrator.Chapter("1. A release goes from headquarters to five cells, canary first");
  std::map<std::string, OwnEdits> before;
  for (const std::string& cell : stage.Cells()) before[cell] = EditsOf(stage, cell);
  HQ_RETURN_IF_ERROR(ApplyFranchise(stage));

  stage.narrator.Say("the baseline is what the cells were seeded with; release 1 brings a footer");
  HQ_ASSIGN_OR_RETURN(const auto baseline,
                      stage.people->Do("ann", {"release", "create", "--ref", "release-0"}));
  stage.releases["release-0"] = baseline.value("release_id", "");
  HQ_ASSIGN_OR_RETURN(const auto rollout, stage.RollOut("release-1"));
  HQ_RETURN_IF_ERROR(stage.See(rollout.value("phase", "") == "COMPLETED", "the rollout completed"));
  HQ_RETURN_IF_ERROR(stage.See(stage.AllServe(stage.Cells(), stage.releases["release-1"]),
                               "five sites serve release 1 and are well"));
  bool has_footer = true;
  for (const std::string& cell : stage.Cells())
    has_footer = has_footer &&
                 stage.sites->Page(cell, "/").find("본사가 함께 책임집니다") != std::string::npos;
  HQ_RETURN_IF_ERROR(stage.See(has_footer, "five front pages show the new footer"));
  HQ_RETURN_IF_ERROR(CheckEdits(stage, before));
  return CheckOrder(stage);
}

}  // namespace hq::demo
