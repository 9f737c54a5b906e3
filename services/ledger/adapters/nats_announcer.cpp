#include "services/ledger/adapters/nats_announcer.hpp"

#include <condition_variable>
#include <mutex>

#include "common/runtime/log.hpp"
#include "common/runtime/priority.hpp"

namespace hq::ledger {
namespace {

constexpr std::chrono::milliseconds kNewsWait(250);
constexpr std::chrono::milliseconds kRetryWait(200);

void Sleep(std::stop_token stop, std::chrono::milliseconds time) {
  std::mutex mutex;
  std::condition_variable_any changed;
  std::unique_lock lock(mutex);
  changed.wait_for(lock, stop, time, [] { return false; });
}

}  // namespace

NatsAnnouncer::NatsAnnouncer(RocksEventLog& log, AnnouncerSettings settings, Readiness& readiness,
                             runtime::Metrics& metrics, std::function<Status()> gate)
    : log_(log),
      settings_(std::move(settings)),
      readiness_(readiness),
      metrics_(metrics),
      gate_(std::move(gate)),
      outbox_(log, metrics),
      announced_(outbox_.position()) {}

// On a thread of its own: neither a name that nobody resolves nor a server that falls silent may
// hold up the start.
void NatsAnnouncer::LookFirst() {
  const auto give_up_at = std::chrono::steady_clock::now() + settings_.first_look_patience;
  first_look_ = std::async(std::launch::async, [this, give_up_at] { LookUntil(give_up_at); });
  if (first_look_.wait_until(give_up_at) == std::future_status::ready) return;
  log::Warn("announcements_not_looked_at", {{"reason", "NATS does not answer in time"}});
}

void NatsAnnouncer::LookUntil(std::chrono::steady_clock::time_point give_up_at) {
  Status looked = Look();
  // A server that has just been started listens before its streams can be read.
  while (absl::IsUnavailable(looked) && stream_ && !stream_->is_closed() &&
         std::chrono::steady_clock::now() < give_up_at) {
    Sleep({}, kRetryWait);
    looked = Look();
  }
  if (!looked.ok()) Settle(looked);
}

Status NatsAnnouncer::Look() {
  HQ_RETURN_IF_ERROR(Connect());
  HQ_ASSIGN_OR_RETURN(const auto state, stream_->Find());
  return state ? outbox_.Check(*stream_, *state) : absl::OkStatus();
}

// What was read on the last connection may no longer hold. The client's threads keep the priority
// of the one that connects.
Status NatsAnnouncer::Connect() {
  if (stream_ && stream_->is_closed()) stream_.reset();
  if (stream_) return absl::OkStatus();
  outbox_.Forget();
  auto opened = std::async(std::launch::async, [this] {
    runtime::LowerOwnPriority();
    return NatsAnnouncementStream::Open(settings_);
  });
  HQ_ASSIGN_OR_RETURN(stream_, opened.get());
  return absl::OkStatus();
}

// Callers wait for their appends; for news nobody waits so hard.
void NatsAnnouncer::Run(std::stop_token stop) {
  runtime::LowerOwnPriority();
  if (first_look_.valid()) first_look_.wait();
  while (!stop.stop_requested()) {
    const Status status = Step(stop);
    MeasureLag();
    if (status.ok()) continue;
    outbox_.Forget();
    const bool is_halted = Settle(status);
    Sleep(stop, is_halted ? settings_.retry_wait : kRetryWait);
  }
  stream_.reset();
}

bool NatsAnnouncer::Settle(const Status& status) {
  Tell(status);
  if (!absl::IsFailedPrecondition(status)) return false;
  metrics_.Set("hq_ledger_announcer_halted", 1);
  readiness_.FailForked(AdviceOf(status).reason + ": " + std::string(status.message()));
  return true;
}

Status NatsAnnouncer::Step(std::stop_token stop) {
  if (gate_) HQ_RETURN_IF_ERROR(gate_());
  HQ_RETURN_IF_ERROR(Connect());
  HQ_RETURN_IF_ERROR(outbox_.Advance(*stream_));
  metrics_.Set("hq_ledger_announcer_halted", 0);
  told_.clear();
  MeasureLag();
  log_.WaitPast(outbox_.position(), kNewsWait, std::move(stop));
  return absl::OkStatus();
}

void NatsAnnouncer::MeasureLag() {
  const Position position = outbox_.position();
  announced_ = position;
  const Position head = log_.Head().head().position();
  metrics_.Set("hq_ledger_announced_position", static_cast<double>(position));
  metrics_.Set("hq_ledger_announcer_lag", static_cast<double>(head - std::min(head, position)));
}

void NatsAnnouncer::Tell(const Status& status) {
  const std::string reason(status.message());
  if (reason == told_) return;
  told_ = reason;
  if (absl::IsFailedPrecondition(status)) {
    log::Error("announcer_halted", {{"reason", reason}});
  } else {
    log::Warn("announcer_waits", {{"reason", reason}});
  }
}

}  // namespace hq::ledger
