#include "services/ledger/api/append_stream.hpp"

#include "google/rpc/status.pb.h"
#include "services/ledger/api/wire.hpp"
#include "services/ledger/core/record_frames.hpp"

namespace hq::ledger {
namespace {

// What one stream may have under way, as the contract says.
constexpr std::size_t kPendingMax = 1'024;
constexpr std::size_t kPendingBytesMax = 8 * 1024 * 1024;
constexpr std::size_t kAnswerBytes = 256 * 1024;

v1::AppendOutcome OutcomeOf(const Result<v1::AppendResponse>& result) {
  v1::AppendOutcome outcome;
  if (result.ok()) {
    *outcome.mutable_response() = *result;
    return outcome;
  }
  google::rpc::Status& error = *outcome.mutable_error();
  if (!error.ParseFromString(rpc::ToGrpc(result.status()).error_details())) {
    error.set_code(static_cast<int>(result.status().code()));
    error.set_message(std::string(result.status().message()));
  }
  return outcome;
}

Status AnswersNotRead() {
  return Refusal(absl::StatusCode::kResourceExhausted, "the answers were not read for too long",
                 "SLOW_READER",
                 "Call again, read the answers while you send, and send again what has none: with "
                 "its command_id nothing is appended twice.");
}

}  // namespace

// One append and, once it is known, its outcome.
struct AppendStream::Pending {
  std::size_t bytes = 0;  // Of the request, then of the outcome: one with many ids is the larger.
  std::string outcome;    // Serialised; empty until it is known.
};

AppendStream* AppendStream::Start(RocksEventLog& log, const rpc::Door& door,
                                  const rpc::Handled& handled, StreamHub& hub,
                                  grpc::CallbackServerContext& context, Result<rpc::Call> call) {
  Status refused = call.status();
  std::unique_ptr<StreamHub::Place> place;
  if (refused.ok()) {
    auto entered = hub.Enter(call->caller.principal);
    refused = entered.status();
    if (entered.ok()) place = *std::move(entered);
  }
  auto* stream = new AppendStream(log, door, handled, hub, context,
                                  refused.ok() ? *std::move(call) : rpc::Call(), std::move(place));
  hub.Add(stream);
  std::lock_guard lock(stream->state_->mutex);
  if (refused.ok()) {
    stream->ReadOn();
  } else {
    stream->End(refused);
  }
  return stream;
}

AppendStream::AppendStream(RocksEventLog& log, const rpc::Door& door, const rpc::Handled& handled,
                           StreamHub& hub, grpc::CallbackServerContext& context, rpc::Call call,
                           std::unique_ptr<StreamHub::Place> place)
    : log_(log),
      door_(door),
      handled_(handled),
      hub_(hub),
      context_(context),
      call_(std::move(call)),
      place_(std::move(place)) {
  state_->stream = this;
}

void AppendStream::EndIfStuck(SteadyTime now) {
  std::lock_guard lock(state_->mutex);
  const bool is_stuck =
      (state_->is_writing || state_->is_finished) && now - state_->since > hub_.patience();
  if (!is_stuck) return;
  if (state_->is_finished) {
    context_.TryCancel();
  } else {
    End(AnswersNotRead());
  }
}

void AppendStream::OnReadDone(bool ok) {
  if (ok) Take();
  std::lock_guard lock(state_->mutex);
  state_->is_reading = false;
  if (!ok) state_->is_half_closed = true;
  ReadOn();
  EndIfDone();
}

// The place in line is taken before the append is submitted, since its answer may come at once.
void AppendStream::Take() {
  auto arena = std::make_unique<google::protobuf::Arena>();
  auto* message = google::protobuf::Arena::CreateMessage<v1::AppendStreamRequest>(arena.get());
  auto pending = std::make_shared<Pending>();
  pending->bytes = request_.Length();
  const bool is_well_formed = FromWire(request_, *message);
  request_.Clear();  // Else a caller who falls silent would keep what gRPC has received of him.
  {
    std::lock_guard lock(state_->mutex);
    if (state_->is_finished) return;  // Its outcome could not be told.
    state_->pending.push_back(pending);
    state_->bytes += pending->bytes;
  }
  if (!is_well_formed) return Answer(state_, *pending, MalformedRequest());
  if (const Status closed = door_.CheckGate(); !closed.ok())
    return Answer(state_, *pending, closed);
  v1::AppendRequest* append = message->mutable_append();
  if (append->traceparent().empty()) append->set_traceparent(call_.meta.traceparent);
  log_.Append(call_.caller, HeldRequest(std::move(arena), append),
              [state = state_, pending](const Result<v1::AppendResponse>& result) {
                Answer(state, *pending, result);
              });
}

void AppendStream::Answer(const std::shared_ptr<State>& state, Pending& pending,
                          const Result<v1::AppendResponse>& result) {
  std::string outcome = OutcomeOf(result).SerializeAsString();
  std::lock_guard lock(state->mutex);
  pending.outcome = std::move(outcome);
  state->bytes = state->bytes - pending.bytes + pending.outcome.size();
  pending.bytes = pending.outcome.size();
  if (!state->stream) return;
  state->stream->WriteKnown();
  state->stream->EndIfDone();
}

void AppendStream::OnWriteDone(bool ok) {
  std::lock_guard lock(state_->mutex);
  state_->is_writing = false;
  if (!ok) return End(absl::CancelledError("the caller has gone"));
  WriteKnown();
  ReadOn();
  EndIfDone();
}

void AppendStream::OnCancel() {
  std::lock_guard lock(state_->mutex);
  End(absl::CancelledError("cancelled"));
}

void AppendStream::OnDone() {
  hub_.Remove(this);
  {
    std::lock_guard lock(state_->mutex);
    state_->stream = nullptr;
  }
  delete this;
}

void AppendStream::ReadOn() {
  const bool has_room = state_->pending.size() < kPendingMax && state_->bytes < kPendingBytesMax;
  if (state_->is_reading || state_->is_half_closed || state_->is_finished || !has_room) return;
  state_->is_reading = true;
  StartRead(&request_);
}

void AppendStream::WriteKnown() {
  if (state_->is_writing || state_->is_finished) return;
  std::string frames;
  while (!state_->pending.empty() && !state_->pending.front()->outcome.empty() &&
         frames.size() < kAnswerBytes) {
    AddFrame(frames, state_->pending.front()->outcome);
    state_->bytes -= state_->pending.front()->bytes;
    state_->pending.pop_front();
  }
  if (frames.empty()) return;
  state_->is_writing = true;
  state_->since = std::chrono::steady_clock::now();
  response_ = ToWire(std::move(frames), v1::AppendStreamResponse());
  StartWrite(&response_);
}

void AppendStream::EndIfDone() {
  if (state_->is_half_closed && state_->pending.empty() && !state_->is_writing)
    End(absl::OkStatus());
}

void AppendStream::End(const Status& status) {
  if (state_->is_finished) return;
  state_->is_finished = true;
  state_->since = std::chrono::steady_clock::now();
  Finish(handled_.End(status));
}

}  // namespace hq::ledger
