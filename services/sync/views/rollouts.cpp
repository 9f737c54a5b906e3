#include "services/sync/views/rollouts.hpp"

#include <absl/strings/numbers.h>
#include <absl/strings/str_format.h>

#include "common/base/ids.hpp"
#include "common/events/event_name.hpp"
#include "services/sync/core/cell_rollout.hpp"
#include "services/sync/core/rollout.hpp"

namespace hq::sync {
namespace {

// Keys: rollout/{id} -> Rollout; events/{stream}/{version} -> the event; place/{planned position,
// 20 digits} -> id; started/{id} -> position in decimal.
std::string EventsKey(std::string_view stream) { return "events/" + std::string(stream) + "/"; }

template <class D>
typename D::State FoldRows(const rocks::Reader& rows, std::string_view stream) {
  typename D::State state;
  for (const auto& [key, bytes] : rows.Scan(EventsKey(stream)))
    state = D::Fold(std::move(state), rows.Parsed<typename D::Event>(key, bytes));
  return state;
}

template <class D>
Result<typename D::State> AddEvent(const ledger::v1::Record& record, rocks::Rows& rows) {
  typename D::Event event;
  HQ_RETURN_IF_ERROR(UnpackEvent(record.data(), event));
  rows.Put(EventsKey(record.stream()) + absl::StrFormat("%010d", record.version()),
           event.SerializeAsString());
  return FoldRows<D>(rows, record.stream());
}

void ShowCell(const CellRollout::State& state, v1::RolloutCell& cell) {
  cell.set_phase(state.phase);
  cell.set_pull_request(state.pull_request.number());
  cell.set_revert_pull_request(state.revert_pull_request.number());
  cell.set_issue(state.issue);
  cell.set_why(state.why);
}

void ShowPlanned(const v1::RolloutPlanned& planned, v1::Rollout& rollout) {
  rollout.set_release_id(planned.release_id());
  *rollout.mutable_waves() = planned.waves();
  *rollout.mutable_skipped() = planned.skipped();
  rollout.clear_cells();
  for (int wave = 0; wave < planned.waves_size(); ++wave)
    for (const std::string& branch : planned.waves(wave).cells()) {
      auto* cell = rollout.add_cells();
      cell->set_branch(branch);
      cell->set_wave(static_cast<std::uint32_t>(wave));
      cell->set_phase(v1::CELL_PHASE_PENDING);
    }
}

Status ApplyRollout(const ledger::v1::Record& record, rocks::Rows& rows) {
  const std::string id(IdOf(record.stream()));
  HQ_ASSIGN_OR_RETURN(const auto state, AddEvent<Rollout>(record, rows));
  auto rollout = rows.GetMessage<v1::Rollout>("rollout/" + id).value_or(v1::Rollout());
  rollout.set_rollout_id(id);
  if (record.event() == "rollout_planned") {
    ShowPlanned(state.planned, rollout);
    rows.Put("place/" + absl::StrFormat("%020d", record.position()), id);
  }
  if (record.event() == "rollout_started")
    rows.Put("started/" + id, std::to_string(record.position()));
  rollout.set_phase(state.phase);
  rollout.set_wave(state.wave);
  rollout.set_why(state.why);
  rows.Put("rollout/" + id, rollout.SerializeAsString());
  return absl::OkStatus();
}

Status ApplyCell(const ledger::v1::Record& record, rocks::Rows& rows) {
  const std::string_view id = IdOf(record.stream());
  const std::string rollout_id(id.substr(0, id.rfind('.')));
  const std::string branch = CellRollout::Branch(id);
  HQ_ASSIGN_OR_RETURN(const auto state, AddEvent<CellRollout>(record, rows));
  auto rollout = rows.GetMessage<v1::Rollout>("rollout/" + rollout_id);
  if (!rollout) return absl::OkStatus();
  for (auto& cell : *rollout->mutable_cells())
    if (cell.branch() == branch) ShowCell(state, cell);
  rows.Put("rollout/" + rollout_id, rollout->SerializeAsString());
  return absl::OkStatus();
}

}  // namespace

Status Rollouts::Apply(const Recorded& recorded, rocks::Rows& rows) {
  const std::string_view category = CategoryOf(recorded.record.stream());
  if (category == Rollout::kCategory) return ApplyRollout(recorded.record, rows);
  if (category == CellRollout::kCategory) return ApplyCell(recorded.record, rows);
  return absl::OkStatus();
}

std::optional<v1::Rollout> Rollouts::Find(const std::string& rollout_id) const {
  return rows().GetMessage<v1::Rollout>("rollout/" + rollout_id);
}

std::vector<Rollouts::Entry> Rollouts::NewestEntries() const {
  std::vector<Entry> entries;
  auto places = rows().Scan("place/");
  for (auto place = places.rbegin(); place != places.rend(); ++place) {
    const auto rollout = Find(place->second);
    if (!rollout) continue;
    const std::string started_key = "started/" + place->second;
    Position started = 0;
    if (!absl::SimpleAtoi(rows().Get(started_key).value_or("0"), &started))
      rows().Unreadable(started_key);
    entries.push_back({*rollout, started});
  }
  return entries;
}

std::vector<v1::Rollout> Rollouts::Newest(std::size_t limit) const {
  std::vector<v1::Rollout> newest;
  for (auto& entry : NewestEntries()) {
    if (newest.size() == limit) break;
    newest.push_back(std::move(entry.rollout));
  }
  return newest;
}

std::vector<std::string> Rollouts::Active() const {
  std::vector<std::string> active;
  for (const auto& entry : NewestEntries())
    if (IsUnfinished(entry.rollout.phase()) && entry.rollout.phase() != v1::ROLLOUT_PHASE_PAUSED)
      active.push_back(entry.rollout.rollout_id());
  return active;
}

std::vector<std::string> Rollouts::Unfinished() const {
  std::vector<std::string> unfinished;
  for (const auto& entry : NewestEntries())
    if (IsUnfinished(entry.rollout.phase())) unfinished.push_back(entry.rollout.rollout_id());
  return unfinished;
}

std::vector<std::string> Rollouts::StartedSince(Position position) const {
  std::vector<std::string> since;
  for (const auto& entry : NewestEntries())
    if (entry.started >= position && entry.started != 0)
      since.push_back(entry.rollout.rollout_id());
  return since;
}

std::vector<std::string> Rollouts::OfRelease(const std::string& release_id) const {
  std::vector<std::string> found;
  for (const auto& entry : NewestEntries())
    if (entry.rollout.release_id() == release_id && entry.started != 0)
      found.push_back(entry.rollout.rollout_id());
  return found;
}

}  // namespace hq::sync
