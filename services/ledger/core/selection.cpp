#include "services/ledger/core/selection.hpp"

#include "common/base/ids.hpp"
#include "services/ledger/core/keys.hpp"
#include "services/ledger/core/limits.hpp"

namespace hq::ledger {
namespace {

Status BadFilter(const std::string& path, const std::string& what) {
  return Refusal(absl::StatusCode::kInvalidArgument, path + ": " + what, "INVALID_FIELD",
                 "Correct the named field.");
}

// What can stand in a key: bounded, and without the zero byte that ends it.
bool IsText(std::string_view text) {
  return text.size() <= kIdBytesMax && text.find('\0') == std::string_view::npos;
}

Status CheckFilter(const std::string& branch, const v1::Filter& filter) {
  if (!branch.empty() && !IsCellId(branch)) return BadFilter("branch", "no cell's id");
  if (!filter.branch().empty() && !IsCellId(filter.branch()))
    return BadFilter("filter.branch", "no cell's id");
  if (!filter.event().empty() && !IsEventName(filter.event()))
    return BadFilter("filter.event", "no event's name");
  if (!filter.stream().empty() && !IsStreamName(filter.stream()))
    return BadFilter("filter.stream", "no stream's name");
  const bool is_category = filter.category().find('-') == std::string::npos;
  if (!filter.category().empty() && !(is_category && IsStreamName(filter.category())))
    return BadFilter("filter.category", "no category's name");
  if (!IsText(filter.actor())) return BadFilter("filter.actor", "no principal's id");
  if (!IsText(filter.correlation_id())) return BadFilter("filter.correlation_id", "no id");
  if (filter.recorded_from_us() < 0) return BadFilter("filter.recorded_from_us", "negative");
  if (filter.recorded_until_us() < 0) return BadFilter("filter.recorded_until_us", "negative");
  if (!branch.empty() && !filter.branch().empty() && branch != filter.branch())
    return BadFilter("filter.branch", "is not the request's branch");
  return absl::OkStatus();
}

}  // namespace

bool Selection::Matches(const IndexFields& fields) const {
  return (branches.empty() || branches.contains(std::string(fields.branch))) &&
         (stream.empty() || fields.stream == stream) && (event.empty() || fields.event == event) &&
         (category.empty() || CategoryOf(fields.stream) == category) &&
         (actor.empty() || fields.actor == actor) &&
         (correlation_id.empty() || fields.correlation_id == correlation_id);
}

std::optional<std::string> NarrowestKey(const Selection& selection) {
  if (!selection.stream.empty()) return keys::OfStream(selection.stream);
  if (!selection.correlation_id.empty()) return keys::OfCorrelation(selection.correlation_id);
  if (!selection.event.empty()) return keys::OfEvent(selection.event);
  if (!selection.actor.empty()) return keys::OfActor(selection.actor);
  if (!selection.category.empty()) return keys::OfCategory(selection.category);
  if (selection.branches.size() == 1) return keys::OfBranch(*selection.branches.begin());
  return std::nullopt;
}

Result<Selection> SelectionOf(const std::set<std::string>& cells, const std::string& branch,
                              const v1::Filter& filter) {
  HQ_RETURN_IF_ERROR(CheckFilter(branch, filter));
  Selection selection{cells,          filter.stream(),        filter.event(), filter.category(),
                      filter.actor(), filter.correlation_id()};
  const std::string& wanted = branch.empty() ? filter.branch() : branch;
  if (wanted.empty()) return selection;
  if (!cells.empty() && !cells.contains(wanted))
    return Refusal(absl::StatusCode::kPermissionDenied, "not one of the caller's cells",
                   "NOT_YOUR_CELL", "Name one of your own cells, or none.");
  selection.branches = {wanted};
  return selection;
}

Result<Selection> SelectionOf(const std::set<std::string>& cells, const v1::NoMatch& no_match) {
  const v1::Filter& filter = no_match.filter();
  if (filter.recorded_from_us() != 0 || filter.recorded_until_us() != 0)
    return BadFilter("filter", "times cannot be a condition");
  HQ_ASSIGN_OR_RETURN(Selection selection, SelectionOf({}, "", filter));
  if (selection.IsEverything()) return BadFilter("filter", "names no field");
  return SelectionOf(cells, "", filter);
}

}  // namespace hq::ledger
