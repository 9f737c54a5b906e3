#include "services/ledger/adapters/scrubber.hpp"

#include <condition_variable>

#include "common/runtime/log.hpp"

namespace hq::ledger {
namespace {

constexpr std::chrono::milliseconds kRetryWait{1'000};  // After a read or a record that failed.

// False once `stop` is requested.
bool Wait(std::stop_token stop, std::chrono::microseconds time) {
  std::mutex mutex;
  std::condition_variable_any changed;
  std::unique_lock lock(mutex);
  changed.wait_for(lock, stop, time, [] { return false; });
  return !stop.stop_requested();
}

}  // namespace

Scrubber::Scrubber(Source source, OnMismatch on_mismatch, Clock& clock, runtime::Metrics& metrics,
                   Pace pace)
    : source_(std::move(source)),
      on_mismatch_(std::move(on_mismatch)),
      clock_(clock),
      metrics_(metrics),
      pace_(pace) {
  metrics_.Set("hq_ledger_scrub_mismatches", 0);
}

void Scrubber::Run(std::stop_token stop) {
  while (pace_.bytes_per_second > 0 && !stop.stop_requested()) {
    if (!Pass(stop) || !Wait(stop, pace_.between_passes)) return;
  }
}

bool Scrubber::Pass(std::stop_token stop) {
  ScrubPass pass(source_.log_id(), source_.tree());
  while (!pass.is_done()) {
    const auto frames = source_.frames(pass.position(), pass.until(), pace_.chunk_bytes);
    const Position before = pass.position();
    const Status taken = frames.ok() ? pass.Take(*frames, source_.tiles) : frames.status();
    Count(pass, pass.position() - before);
    if (absl::IsDataLoss(taken)) {
      Report(pass.position() + 1, taken, stop);
      return false;
    }
    if (!taken.ok()) log::Warn("scrub_waiting", {{"error", taken.ToString()}});
    const std::uint64_t bytes = frames.ok() ? frames->size() : 0;
    const std::chrono::microseconds cost(1'000'000 * bytes / pace_.bytes_per_second);
    if (!Wait(stop, taken.ok() ? cost : std::chrono::microseconds(kRetryWait))) return false;
  }
  std::lock_guard lock(mutex_);
  status_.set_passes(status_.passes() + 1);
  status_.set_last_pass_ended_at_us(ToMicros(clock_.Now()));
  metrics_.Add("hq_ledger_scrub_passes_total");
  metrics_.Set("hq_ledger_scrub_last_pass_timestamp_seconds",
               static_cast<double>(status_.last_pass_ended_at_us()) / 1e6);
  return true;
}

void Scrubber::Report(Position position, const Status& found, const std::stop_token& stop) {
  // What the disk does not give may still be what it was.
  const bool is_unread = AdviceOf(found).reason == "STORE_UNREADABLE";
  v1::LedgerError error;
  error.set_reason(is_unread ? "SCRUB_UNREADABLE" : "SCRUB_MISMATCH");
  error.set_detail(std::string(found.message()));
  error.set_position(position);
  {
    std::lock_guard lock(mutex_);
    status_.set_mismatch_position(position);
  }
  metrics_.Set("hq_ledger_scrub_mismatches", 1);
  log::Error(is_unread ? "scrub_unreadable" : "scrub_mismatch",
             {{"position", std::to_string(position)}, {"detail", error.detail()}});
  while (!on_mismatch_(error) && Wait(stop, kRetryWait)) continue;
}

void Scrubber::Count(const ScrubPass& pass, std::uint64_t records) {
  std::lock_guard lock(mutex_);
  status_.set_position(pass.position());
  status_.set_until(pass.until());
  status_.set_records(status_.records() + records);
  metrics_.Add("hq_ledger_scrub_records_total", {}, static_cast<double>(records));
  metrics_.Set("hq_ledger_scrub_position", static_cast<double>(pass.position()));
}

void Scrubber::Fill(v1::LedgerStatus& status) const {
  std::lock_guard lock(mutex_);
  *status.mutable_scrub() = status_;
}

}  // namespace hq::ledger
