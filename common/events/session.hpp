// A unit of work: loads aggregates, stages their new events, appends all of them at once on
// condition that nothing that was read has moved. The only way in which a command meets the ledger.
#pragma once

#include <concepts>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/events/event_log.hpp"
#include "common/events/event_name.hpp"
#include "hq/ledger/v1/events.pb.h"

namespace hq {

// An aggregate: its events fold into a state. `Branch(id)` is the cell that the stream's records
// are about, or "hq".
template <class D>
concept Decider = requires(typename D::State state, const typename D::Event& event,
                           std::string_view id) {
  { D::kCategory } -> std::convertible_to<std::string_view>;
  { D::Fold(std::move(state), event) } -> std::same_as<typename D::State>;
  { D::Branch(id) } -> std::convertible_to<std::string>;
};

// The stream of one aggregate; a singleton has an empty id.
template <Decider D>
std::string StreamOf(std::string_view id) {
  return id.empty() ? std::string(D::kCategory) : std::string(D::kCategory) + "-" + std::string(id);
}

// Not thread-safe; lives for one try of one command.
class Session {
 public:
  Session(EventLog& log, const CommandMeta& meta) : log_(log), meta_(meta) {}

  const CommandMeta& meta() const { return meta_; }

  // The state of an aggregate, with what was staged here folded in. The append will depend on its
  // version. kFailedPrecondition, reason WRITTEN_BY_A_NEWER_VERSION; kUnavailable.
  template <Decider D>
  Result<typename D::State> Load(std::string_view id) {
    const std::string stream = StreamOf<D>(id);
    HQ_ASSIGN_OR_RETURN(const auto* slice, Read(stream));
    typename D::State state;
    for (const Recorded& recorded : slice->records) {
      typename D::Event event;
      HQ_RETURN_IF_ERROR(UnpackEvent(recorded.record.data(), event));
      state = D::Fold(std::move(state), event);
    }
    for (const auto& staged : StagedOn(stream)) {
      typename D::Event event;
      HQ_RETURN_IF_ERROR(UnpackEvent(staged.data(), event));
      state = D::Fold(std::move(state), event);
    }
    return state;
  }

  // Adds events to what Commit will append. The aggregate need not have been loaded; then any
  // version will do.
  template <Decider D>
  void Stage(std::string_view id, const std::vector<typename D::Event>& events) {
    for (const auto& event : events) StageOn(StreamOf<D>(id), D::Branch(id), event);
  }

  // The append will happen only if the stream still has this version.
  void Require(const ledger::v1::Fence& fence);

  // The append will happen only in the life of the ledger that `seen` is of: that log_id, that
  // epoch. Versions alone do not tell two lives apart: a restore gives up records, and others take
  // their places. Else Commit answers kFailedPrecondition, reason DIVERGED: whatever was read is to
  // be read anew; and kUnavailable if `seen` names no epoch, for nobody knows then what it was.
  void RequireLife(const ledger::v1::Cursor& seen) { life_ = seen; }
  // The same for the life that the ledger is in now; to be called before anything is read.
  // kUnavailable.
  Status RequireLifeOfNow();

  // A receipt that the ledger already had for this command, seen by Load.
  const std::optional<ledger::v1::CommandReceipt>& earlier() const { return earlier_; }

  // Appends what was staged. An empty receipt if nothing was. Loaded streams that get no events
  // become conditions. Codes are those of EventLog::AppendAsync.
  Result<ledger::v1::AppendResponse> Commit();

 private:
  Result<const StreamSlice*> Read(const std::string& stream);
  std::vector<ledger::v1::NewEvent> StagedOn(const std::string& stream) const;
  void StageOn(const std::string& stream, const std::string& branch,
               const google::protobuf::Message& event);

  EventLog& log_;
  const CommandMeta& meta_;
  std::map<std::string, StreamSlice> loaded_;
  std::vector<std::pair<std::string, std::vector<ledger::v1::NewEvent>>> staged_;
  std::vector<ledger::v1::Fence> fences_;
  std::optional<ledger::v1::Cursor> life_;
  std::optional<ledger::v1::CommandReceipt> earlier_;
};

// Runs `work` in a session and commits it; on a lost race does it again with what is there now;
// kAborted after three tries in all. If the ledger has this command already, returns the original
// receipt without deciding again (kAlreadyExists if it was another command under that id).
Result<ledger::v1::AppendResponse> Transact(EventLog& log, const CommandMeta& meta,
                                            const std::function<Status(Session&)>& work);

// One command on one aggregate: load, fold, decide, append. D::Decide(state, command, meta) is
// pure.
template <Decider D, class Command>
Result<ledger::v1::AppendResponse> Execute(EventLog& log, std::string_view id,
                                           const Command& command, const CommandMeta& meta) {
  return Transact(log, meta, [&](Session& session) -> Status {
    HQ_ASSIGN_OR_RETURN(const auto state, session.Load<D>(id));
    HQ_ASSIGN_OR_RETURN(const auto events, D::Decide(state, command, meta));
    session.Stage<D>(id, events);
    return absl::OkStatus();
  });
}

}  // namespace hq
