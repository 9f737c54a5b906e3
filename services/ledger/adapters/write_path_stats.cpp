#include "services/ledger/adapters/write_path_stats.hpp"

namespace hq::ledger {

WritePathStats::WritePathStats(runtime::Metrics& metrics)
    : metrics_(metrics), append_seconds_(metrics.TimingOf("hq_ledger_append_seconds")) {}

void WritePathStats::Answered(absl::StatusCode code, double seconds) {
  auto& counter = answers_.at(static_cast<std::size_t>(code));
  if (!counter)
    counter =
        metrics_.CounterOf("hq_ledger_appends_total", {{"code", absl::StatusCodeToString(code)}});
  counter->Add();
  append_seconds_.Observe(seconds);
}

void WritePathStats::SetQueueDepth(std::uint64_t appends) {
  metrics_.Set("hq_ledger_queue_depth", static_cast<double>(appends));
}

void WritePathStats::GroupCommitted(std::uint64_t records, double sync_seconds) {
  metrics_.Add("hq_ledger_groups_total");
  metrics_.Add("hq_ledger_records_total", {}, static_cast<double>(records));
  metrics_.Set("hq_ledger_group_records", static_cast<double>(records));
  metrics_.Observe("hq_ledger_sync_seconds", sync_seconds);
  std::lock_guard lock(mutex_);
  ++groups_;
  records_ += records;
  group_records_.Add(static_cast<double>(records));
  sync_seconds_.Add(sync_seconds);
}

void WritePathStats::Fill(v1::LedgerStatus& status) const {
  std::lock_guard lock(mutex_);
  auto& path = *status.mutable_write_path();
  path.set_groups(groups_);
  path.set_records(records_);
  *path.mutable_group_records() = group_records_.Spread();
  *path.mutable_sync_seconds() = sync_seconds_.Spread();
}

}  // namespace hq::ledger
