// The index's mark and the tree's frontier in it: one spelling each.
#include "services/ledger/core/index_mark.hpp"

#include "common/base/check.hpp"
#include "tests/fuzz/fuzzers.hpp"

namespace hq::fuzz {

bool IndexMark(std::string_view bytes) {
  const auto frontier = ledger::Frontier::Parse(bytes);
  if (frontier.ok()) {
    HQ_CHECK(frontier->Serialize() == bytes, "a frontier has one spelling");
    HQ_CHECK(frontier->Root().size() == ledger::kHashBytes, "a frontier has a root");
    std::vector<ledger::TileHash> filled;
    ledger::Frontier grown = *frontier;
    if (frontier->size() < ledger::kTreeSizeMax) {
      grown.Append(std::string(ledger::kHashBytes, 'l'), filled);
      HQ_CHECK(grown.size() == frontier->size() + 1, "a frontier grows by one leaf");
      HQ_CHECK(grown.Root() != frontier->Root(), "another leaf is another root");
    }
  }
  const auto mark = ledger::IndexMark::Parse(bytes);
  if (!mark.ok()) {
    HQ_CHECK(absl::IsDataLoss(mark.status()), "what is no mark is lost data");
    return frontier.ok();
  }
  HQ_CHECK(mark->Serialize() == bytes, "a mark has one spelling");
  HQ_CHECK(mark->frontier.size() == mark->position, "its tree has as many leaves");
  return true;
}

}  // namespace hq::fuzz
