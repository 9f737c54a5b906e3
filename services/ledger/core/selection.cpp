#include "services/ledger/core/selection.hpp"

#include "common/base/ids.hpp"

namespace hq::ledger {
namespace {

Status BadFilter(const std::string& path, const std::string& what) {
  return Refusal(absl::StatusCode::kInvalidArgument, path + ": " + what, "INVALID_FIELD",
                 "Correct the named field.");
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
  if (filter.recorded_from_us() < 0) return BadFilter("filter.recorded_from_us", "negative");
  if (filter.recorded_until_us() < 0) return BadFilter("filter.recorded_until_us", "negative");
  if (!branch.empty() && !filter.branch().empty() && branch != filter.branch())
    return BadFilter("filter.branch", "is not the request's branch");
  return absl::OkStatus();
}

}  // namespace

bool Selection::Matches(const v1::Record& record) const {
  return (branches.empty() || branches.contains(record.branch())) &&
         (stream.empty() || record.stream() == stream) &&
         (event.empty() || record.event() == event) &&
         (category.empty() || CategoryOf(record.stream()) == category);
}

Result<Selection> SelectionOf(const std::set<std::string>& cells, const std::string& branch,
                              const v1::Filter& filter) {
  HQ_RETURN_IF_ERROR(CheckFilter(branch, filter));
  Selection selection{cells, filter.stream(), filter.event(), filter.category()};
  const std::string& wanted = branch.empty() ? filter.branch() : branch;
  if (wanted.empty()) return selection;
  if (!cells.empty() && !cells.contains(wanted))
    return Refusal(absl::StatusCode::kPermissionDenied, "not one of the caller's cells",
                   "NOT_YOUR_CELL", "Name one of your own cells, or none.");
  selection.branches = {wanted};
  return selection;
}

}  // namespace hq::ledger
