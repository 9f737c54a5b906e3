#include "common/ledger_client/append_call.hpp"

#include "common/grpc/channel.hpp"
#include "common/grpc/door.hpp"
#include "common/runtime/fault.hpp"

namespace hq::ledger {
namespace {

constexpr std::chrono::milliseconds kAttemptTimeout(5'000);
constexpr std::chrono::milliseconds kGiveUpAfter(10'000);
constexpr std::chrono::milliseconds kFirstWait(50);
constexpr std::chrono::milliseconds kLongestWait(1'000);

Status OutcomeUnknown(const grpc::Status& status) {
  return Refusal(absl::StatusCode::kUnavailable,
                 "the outcome of the append is unknown: " + status.error_message(),
                 "OUTCOME_UNKNOWN", "Repeat the command with the same command_id.");
}

}  // namespace

AppendCall::AppendCall(CallsInFlight& calls, v1::LedgerService::Stub& stub, std::string token,
                       v1::AppendRequest request, EventLog::OnAppended done)
    : ticket_(calls),
      stub_(stub),
      token_(std::move(token)),
      request_(std::move(request)),
      done_(std::move(done)),
      give_up_at_(std::chrono::steady_clock::now() + kGiveUpAfter),
      wait_(kFirstWait) {}

void AppendCall::Start() {
  fault::Point("log.append.before");
  Send();
}

void AppendCall::Send() {
  alarm_.reset();  // It holds this call for as long as it lives.
  context_ = std::make_unique<grpc::ClientContext>();
  rpc::Prepare(*context_, token_, kAttemptTimeout);
  stub_.async()->Append(
      context_.get(), &request_, &response_,
      [self = shared_from_this()](const grpc::Status& status) { self->Answered(status); });
}

void AppendCall::Answered(const grpc::Status& status) {
  if (status.ok()) {
    fault::Point("log.append.after");
    return done_(std::move(response_));
  }
  const bool is_unknown = status.error_code() == grpc::StatusCode::UNAVAILABLE ||
                          status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED ||
                          status.error_code() == grpc::StatusCode::CANCELLED;
  if (!is_unknown) return done_(rpc::FromGrpc(status));
  if (!MayRepeat()) return done_(OutcomeUnknown(status));
  const auto alarm = std::make_shared<grpc::Alarm>();
  const auto at = std::chrono::system_clock::now() + wait_;
  wait_ = std::min(wait_ * 2, kLongestWait);
  alarm_ = alarm;
  alarm->Set(at, [self = shared_from_this()](bool) { self->Send(); });
}

bool AppendCall::MayRepeat() const {
  return !request_.command_id().empty() && !ticket_.IsClosing() &&
         std::chrono::steady_clock::now() + wait_ < give_up_at_;
}

}  // namespace hq::ledger
