#include "services/decision/api/restore_hold.hpp"

#include "common/events/event_name.hpp"
#include "common/events/own_stream.hpp"
#include "common/events/session.hpp"

namespace hq::decision {
namespace {

Result<std::optional<Recorded>> LastOf(EventLog& log, const ledger::v1::Filter& filter,
                                       Position after) {
  ledger::v1::ReadRequest request;
  *request.mutable_filter() = filter;
  request.set_after_position(after);
  request.set_last(true);
  request.set_limit(1);
  HQ_ASSIGN_OR_RETURN(auto page, log.Read(request));
  if (page.records.empty()) return std::optional<Recorded>();
  return std::optional(std::move(page.records.back()));
}

// By category, not by stream: the ledger then goes by its list of the event, which is empty or
// short, and not by all that it ever told of itself.
ledger::v1::Filter Restores() {
  ledger::v1::Filter filter;
  filter.set_category(std::string(kLedgerStream));
  filter.set_event(std::string(kEpochStarted));
  return filter;
}

ledger::v1::Filter Releases() {
  ledger::v1::Filter filter;
  filter.set_stream(StreamOf<KillSwitch>(KillSwitch::kGlobal));
  filter.set_event("kill_switch_released");
  return filter;
}

}  // namespace

Status FoldRestoreThatHolds(EventLog& log, KillSwitch::State& state) {
  HQ_ASSIGN_OR_RETURN(const auto restore, LastOf(log, Restores(), 0));
  if (!restore) return absl::OkStatus();
  HQ_ASSIGN_OR_RETURN(const auto release, LastOf(log, Releases(), restore->record.position()));
  if (release) return absl::OkStatus();
  ledger::v1::LedgerEvent event;
  HQ_RETURN_IF_ERROR(UnpackEvent(restore->record.data(), event));
  state = KillSwitch::FoldRestore(std::move(state), event.epoch_started());
  return absl::OkStatus();
}

}  // namespace hq::decision
