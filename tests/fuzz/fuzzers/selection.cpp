// Read filters: a selection holds a record exactly if every field of the filter does and the record
// is of the caller's cells, and the list where it is looked for has every record that it holds.
#include "services/ledger/core/selection.hpp"

#include <algorithm>
#include <array>

#include "common/base/check.hpp"
#include "common/base/ids.hpp"
#include "services/ledger/core/keys.hpp"
#include "services/ledger/core/limits.hpp"
#include "tests/fuzz/fuzzers.hpp"
#include "tests/fuzz/input.hpp"
#include "tests/fuzz/promises.hpp"

namespace hq::fuzz {
namespace {

struct Asked {
  std::set<std::string> cells;
  std::string branch;
  ledger::v1::Filter filter;
};

// The fields of a record.
using Found = std::array<std::string, 5>;  // Stream, branch, event, actor, correlation id.

ledger::IndexFields FieldsOfFound(const Found& found) {
  ledger::IndexFields fields;
  fields.stream = found[0];
  fields.branch = found[1];
  fields.event = found[2];
  fields.actor = found[3];
  fields.correlation_id = found[4];
  return fields;
}

// Said once more, as proto/hq/ledger/v1 says it.
bool IsAskedFor(const Asked& asked, const Found& found) {
  const auto fits = [](const std::string& wanted, const std::string& is) {
    return wanted.empty() || wanted == is;
  };
  const auto& filter = asked.filter;
  const bool is_of_category = filter.category().empty() || found[0] == filter.category() ||
                              found[0].starts_with(filter.category() + "-");
  return (asked.cells.empty() || asked.cells.contains(found[1])) && fits(asked.branch, found[1]) &&
         fits(filter.branch(), found[1]) && fits(filter.stream(), found[0]) &&
         fits(filter.event(), found[2]) && fits(filter.actor(), found[3]) &&
         fits(filter.correlation_id(), found[4]) && is_of_category;
}

// The posting lists in which a record stands.
bool StandsIn(const std::string& key, const Found& found) {
  namespace keys = ledger::keys;
  return key == keys::OfStream(found[0]) || key == keys::OfCategory(CategoryOf(found[0])) ||
         key == keys::OfBranch(found[1]) || key == keys::OfEvent(found[2]) ||
         key == keys::OfActor(found[3]) || key == keys::OfCorrelation(found[4]);
}

// A record that has all that is asked for, if there can be one.
Found BestOf(const Asked& asked) {
  const auto& filter = asked.filter;
  std::string branch = asked.branch.empty() ? filter.branch() : asked.branch;
  if (branch.empty()) branch = asked.cells.empty() ? "koosy" : *asked.cells.begin();
  std::string stream = filter.stream();
  if (stream.empty()) stream = (filter.category().empty() ? "entry" : filter.category()) + "-koosy";
  return {stream, branch, filter.event().empty() ? "deploy_failed" : filter.event(),
          filter.actor().empty() ? "ann" : filter.actor(),
          filter.correlation_id().empty() ? "c-1" : filter.correlation_id()};
}

// Every mixture of the record that fits and of another one.
void CheckMatches(const Asked& asked, const ledger::Selection& selection, const Found& other) {
  const Found best = BestOf(asked);
  const auto key = ledger::NarrowestKey(selection);
  for (unsigned mixture = 0; mixture < (1U << best.size()); ++mixture) {
    Found found = best;
    for (std::size_t i = 0; i < found.size(); ++i)
      if (((mixture >> i) & 1) != 0) found[i] = other[i];
    const bool is_held = selection.Matches(FieldsOfFound(found));
    HQ_CHECK(is_held == IsAskedFor(asked, found), "a selection holds what was asked for");
    HQ_CHECK(!is_held || !key || StandsIn(*key, found), "a record is looked for where it stands");
  }
}

void CheckSelectionBounds(const Asked& asked, const ledger::Selection& selection) {
  for (const std::string* text : {&selection.stream, &selection.event, &selection.category,
                                  &selection.actor, &selection.correlation_id})
    HQ_CHECK(text->find('\0') == std::string::npos && text->size() <= 2 * ledger::kIdBytesMax,
             "what stands in a key is bounded, and without the byte that ends it");
  const bool is_of_cells =
      asked.cells.empty() || (!selection.branches.empty() &&
                              std::includes(asked.cells.begin(), asked.cells.end(),
                                            selection.branches.begin(), selection.branches.end()));
  HQ_CHECK(is_of_cells, "nobody sees another owner's cell");
  HQ_CHECK(!selection.IsEverything() || !ledger::NarrowestKey(selection),
           "everything stands in no list");
}

void CheckSelectionRefused(const Status& status, const Asked& asked) {
  CheckRefusal(status);
  const std::string& wanted = asked.branch.empty() ? asked.filter.branch() : asked.branch;
  const bool is_foreign = !asked.cells.empty() && !wanted.empty() && !asked.cells.contains(wanted);
  HQ_CHECK(absl::IsInvalidArgument(status) || (absl::IsPermissionDenied(status) && is_foreign),
           "a filter is malformed, or of another owner's cell");
}

// The same filter as the condition of an append.
void CheckNoMatch(const Asked& asked) {
  ledger::v1::NoMatch no_match;
  *no_match.mutable_filter() = asked.filter;
  const auto condition = ledger::SelectionOf(asked.cells, no_match);
  const auto read = ledger::SelectionOf(asked.cells, "", asked.filter);
  if (!condition.ok()) {
    CheckSelectionRefused(condition.status(), {asked.cells, "", asked.filter});
    return;
  }
  HQ_CHECK(read.ok() && !condition->IsEverything(), "a condition asks what can be read, and less");
  HQ_CHECK(asked.filter.recorded_from_us() == 0 && asked.filter.recorded_until_us() == 0,
           "no time is a condition");
  CheckMatches({asked.cells, "", asked.filter}, *condition, BestOf({{}, "", {}}));
}

}  // namespace

// Input: how many cells the caller has (0 to 2), and which; the request's branch; another record's
// stream, branch, event, actor and correlation id; then the filter, as on the wire.
bool Selection(std::string_view bytes) {
  Input input(bytes);
  Asked asked;
  for (std::uint64_t left = input.Below(2); left > 0; --left) asked.cells.insert(input.Text());
  asked.branch = input.Text();
  Found other;
  for (std::string& field : other) field = input.Text();
  if (!asked.filter.ParseFromArray(input.rest().data(), static_cast<int>(input.rest().size())))
    return false;
  CheckNoMatch(asked);
  const auto selection = ledger::SelectionOf(asked.cells, asked.branch, asked.filter);
  if (!selection.ok()) {
    CheckSelectionRefused(selection.status(), asked);
    return false;
  }
  CheckSelectionBounds(asked, *selection);
  CheckMatches(asked, *selection, other);
  return true;
}

}  // namespace hq::fuzz
