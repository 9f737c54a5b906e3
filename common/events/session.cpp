#include "common/events/session.hpp"

#include <algorithm>

namespace hq {
namespace {

constexpr std::uint32_t kSchemaVersion = 1;

Result<ledger::v1::AppendResponse> EarlierAnswer(const ledger::v1::CommandReceipt& earlier,
                                                 const CommandMeta& meta) {
  if (earlier.command_digest() != meta.command_digest)
    return Refusal(absl::StatusCode::kAlreadyExists,
                   "command id " + meta.command_id + " was used for another command",
                   "COMMAND_ID_REUSED", "Use a new command id for a new command.");
  ledger::v1::AppendResponse response;
  *response.mutable_receipt() = earlier.receipt();
  response.set_repeated_command(true);
  return response;
}

// The ledger's own words for DIVERGED are for readers. Whoever wanted to append has to look at what
// became of the world.
Status ToldToWriters(const Status& status) {
  if (AdviceOf(status).reason != "DIVERGED") return status;
  return Refusal(status.code(),
                 "the ledger was restored, or became another one, since this was looked at",
                 "DIVERGED",
                 "Nothing was recorded. Look again at what the ledger says now, reconcile it with "
                 "the outside, then repeat the command.");
}

}  // namespace

Result<const StreamSlice*> Session::Read(const std::string& stream) {
  const auto known = loaded_.find(stream);
  if (known != loaded_.end()) return &known->second;
  ledger::v1::ReadStreamRequest request;
  request.set_stream(stream);
  request.set_command_id(meta_.command_id);
  request.set_actor(meta_.actor);
  HQ_ASSIGN_OR_RETURN(auto slice, log_.ReadStream(request));
  if (slice.command_receipt) earlier_ = slice.command_receipt;
  return &loaded_.emplace(stream, std::move(slice)).first->second;
}

std::vector<ledger::v1::NewEvent> Session::StagedOn(const std::string& stream) const {
  const auto it = std::find_if(staged_.begin(), staged_.end(),
                               [&](const auto& entry) { return entry.first == stream; });
  return it == staged_.end() ? std::vector<ledger::v1::NewEvent>() : it->second;
}

void Session::StageOn(const std::string& stream, const std::string& branch,
                      const google::protobuf::Message& event) {
  auto it = std::find_if(staged_.begin(), staged_.end(),
                         [&](const auto& entry) { return entry.first == stream; });
  if (it == staged_.end()) it = staged_.insert(staged_.end(), {stream, {}});
  ledger::v1::NewEvent& added = it->second.emplace_back();
  added.set_branch(branch);
  added.set_event(EventNameOf(event));
  added.set_occurred_at_us(ToMicros(meta_.now));
  added.set_schema_version(kSchemaVersion);
  added.mutable_data()->PackFrom(event);
  added.set_causation_id(meta_.causation_id);
}

void Session::Require(const ledger::v1::Fence& fence) { fences_.push_back(fence); }

Status Session::RequireLifeOfNow() {
  HQ_ASSIGN_OR_RETURN(const auto head, log_.Head());
  RequireLife(head.head());
  return absl::OkStatus();
}

Result<ledger::v1::AppendResponse> Session::Commit() {
  ledger::v1::AppendRequest request;
  for (const auto& [stream, events] : staged_) {
    auto* append = request.add_appends();
    append->set_stream(stream);
    const auto loaded = loaded_.find(stream);
    if (loaded != loaded_.end()) append->set_expected_version(loaded->second.version);
    for (const auto& event : events) *append->add_events() = event;
  }
  if (request.appends().empty()) return ledger::v1::AppendResponse();
  if (life_) {
    if (life_->epoch() == 0)  // Which the ledger would take for any life.
      return Refusal(absl::StatusCode::kUnavailable,
                     "it is not known in which life of the ledger this was decided", "LIFE_UNKNOWN",
                     "Try again in a moment.");
    request.set_log_id(life_->log_id());
    request.set_epoch(life_->epoch());
  }
  for (const auto& [stream, slice] : loaded_) {
    if (!StagedOn(stream).empty()) continue;
    auto* condition = request.add_conditions();
    condition->set_stream(stream);
    condition->set_version(slice.version);
  }
  for (const auto& fence : fences_) {
    const auto loaded = loaded_.find(fence.stream());
    if (loaded != loaded_.end()) {
      if (loaded->second.version == fence.version()) continue;
      return Refusal(absl::StatusCode::kAborted, "fence moved: " + fence.stream(),
                     "CONDITION_MOVED", "Ask for a new verdict.");
    }
    auto* condition = request.add_conditions();
    condition->set_stream(fence.stream());
    condition->set_version(fence.version());
  }
  request.set_command_id(meta_.command_id);
  request.set_command_digest(meta_.command_digest);
  request.set_actor(meta_.actor);
  request.set_role(meta_.role);
  request.set_correlation_id(meta_.correlation_id);
  request.set_traceparent(meta_.traceparent);
  auto appended = log_.Append(std::move(request));
  if (!appended.ok()) return ToldToWriters(appended.status());
  return appended;
}

Result<ledger::v1::AppendResponse> Transact(EventLog& log, const CommandMeta& meta,
                                            const std::function<Status(Session&)>& work) {
  constexpr int kTriesMax = 3;
  Status lost_race;
  for (int attempt = 0; attempt < kTriesMax; ++attempt) {
    Session session(log, meta);
    const Status worked = work(session);
    if (session.earlier()) return EarlierAnswer(*session.earlier(), meta);
    HQ_RETURN_IF_ERROR(worked);
    auto appended = session.Commit();
    if (!absl::IsAborted(appended.status())) return appended;
    lost_race = appended.status();
  }
  return lost_race;
}

}  // namespace hq
