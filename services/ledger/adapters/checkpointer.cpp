#include "services/ledger/adapters/checkpointer.hpp"

#include <thread>

#include "common/runtime/fault.hpp"
#include "common/runtime/log.hpp"

namespace hq::ledger {
namespace {

constexpr std::chrono::milliseconds kNewsPatience(50);
constexpr std::chrono::milliseconds kClosedPause(20);

}  // namespace

void Checkpointer::Run(std::stop_token stop) {
  // Syncing files takes longer than a root may wait, so it has a thread of its own.
  std::jthread keeping([this](std::stop_token end) { KeepUntil(std::move(end)); });
  while (!stop.stop_requested()) {
    const auto begun = std::chrono::steady_clock::now();
    const Status status = SignNews();
    board_.Expire(begun);
    Pause(status.ok() ? times_.between_signatures : kClosedPause, stop);
    if (status.ok()) proofs_.tree().wait_past(signed_size_.value_or(0), kNewsPatience, stop);
  }
  if (const Status status = SignNews(); !status.ok())
    log::Warn("last_checkpoint_not_signed", {{"error", status.ToString()}});
  keeping = {};  // ~jthread requests stop and joins.
  KeepNow();
  board_.Expire(CheckpointBoard::SteadyTime::max());
}

Status Checkpointer::SignNews() {
  HQ_RETURN_IF_ERROR(gate_());
  const auto begun = std::chrono::steady_clock::now();
  if (signed_size_ && proofs_.tree().head().size == *signed_size_) return absl::OkStatus();
  HQ_RETURN_IF_ERROR(signer_.RecordRotation());
  const TreeHead head = proofs_.tree().head();
  fault::Point("ledger.checkpoint.sign.before");
  board_.Publish(signer_.Sign(head));
  fault::Point("ledger.checkpoint.sign.after");
  const bool is_first = !signed_size_;
  signed_size_ = head.size;
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  metrics_.Add("hq_ledger_checkpoints_total");
  metrics_.Set("hq_ledger_checkpoint_size", static_cast<double>(head.size));
  metrics_.Observe("hq_ledger_checkpoint_seconds", took.count());
  const std::lock_guard lock(keep_mutex_);
  published_size_ = head.size;
  is_first_ = is_first_ || is_first;
  keep_wanted_.notify_all();
  return absl::OkStatus();
}

void Checkpointer::KeepUntil(std::stop_token stop) {
  using Clock = std::chrono::steady_clock;
  Clock::time_point offered_at;
  while (!stop.stop_requested()) {
    {
      std::unique_lock lock(keep_mutex_);
      const auto is_due = [&] {
        return is_first_ || published_size_ - kept_size_ >= times_.kept_after_records;
      };
      keep_wanted_.wait_for(lock, stop, times_.kept_after, is_due);
      is_first_ = false;
    }
    if (stop.stop_requested()) break;
    const auto now = Clock::now();
    if (now - offered_at >= times_.between_offers) {
      board_.Offer();
      offered_at = now;
    }
    KeepNow();
    Pause(times_.between_keeps, stop);
  }
}

void Checkpointer::KeepNow() {
  const auto latest = board_.Latest();
  // That there is nothing yet is not kept: by what is kept a store that was emptied is found out.
  if (!latest || latest->checkpoint.head.size == 0) return;
  fault::Point("ledger.checkpoint.keep.before");
  Status kept = files_.Store(*latest);
  if (kept.ok()) kept = files_.Store(board_.Cosigned());
  fault::Point("ledger.checkpoint.keep.after");
  if (!kept.ok()) {
    // What is missing is only the word of this machine; the witnesses keep theirs.
    metrics_.Add("hq_ledger_checkpoint_not_kept_total");
    log::Error("checkpoint_not_kept", {{"error", kept.ToString()}});
    return;
  }
  kept_size_ = latest->checkpoint.head.size;
  metrics_.Set("hq_ledger_checkpoint_kept_size", static_cast<double>(kept_size_));
  if (keep_) keep_(FormatSignedNote(latest->note));
}

void Checkpointer::Pause(std::chrono::milliseconds time, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any stopped;
  std::unique_lock lock(mutex);
  stopped.wait_for(lock, stop, time, [] { return false; });
}

}  // namespace hq::ledger
