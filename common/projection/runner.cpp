#include "common/projection/runner.hpp"

#include "common/runtime/log.hpp"

namespace hq::projection {
namespace {

constexpr std::string_view kCheckpointPrefix = "checkpoint/";
constexpr std::uint64_t kPageSize = 512;

}  // namespace

// One checkpoint for all views of a runner, keyed by their names and fold versions: a view that is
// new or folds differently starts all of them again, which is slower than it could be and always
// right.
Runner::Runner(EventLog& log, rocks::Database& database, std::vector<View*> views,
               runtime::Metrics& metrics)
    : log_(log), database_(database), views_(std::move(views)), metrics_(metrics) {
  std::string key(kCheckpointPrefix);
  for (const View* view : views_) key += view->prefix() + ";";
  checkpoint_key_ = key;
  LoadCheckpoint();
}

void Runner::LoadCheckpoint() {
  const auto saved = database_.Under("")->GetMessage<ledger::v1::Cursor>(checkpoint_key_);
  if (saved) {
    checkpoint_ = *saved;
    return;
  }
  std::lock_guard lock(mutex_);
  StartAgain();
}

// Forgets everything that was folded. The mutex is held.
void Runner::StartAgain() {
  has_caught_up_ = false;  // Nobody acts on half of a history.
  checkpoint_.Clear();
  must_forget_ = true;
  (void)ForgetRows();  // A disk that refuses is asked again before anything is folded in.
}

// Nothing is folded in over rows of another history. The mutex is held.
Status Runner::ForgetRows() {
  if (!must_forget_) return absl::OkStatus();
  HQ_RETURN_IF_ERROR(database_.Forget(kCheckpointPrefix));
  for (const View* view : views_) HQ_RETURN_IF_ERROR(database_.Forget(view->prefix()));
  must_forget_ = false;
  return absl::OkStatus();
}

void Runner::Run(std::stop_token stop) {
  constexpr std::chrono::seconds kHeadInterval(1);
  bool was_away = false;
  while (!stop.stop_requested()) {
    const Status status = CatchUp();
    if (!status.ok() && !was_away) log::Warn("views_waiting", {{"reason", status.ToString()}});
    was_away = !status.ok();
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, stop, kHeadInterval, [this] { return is_behind_; });
    is_behind_ = false;
  }
}

bool Runner::Fits(const Recorded& recorded) const {
  const auto& record = recorded.record;
  const bool is_first = checkpoint_.position() == 0;
  return record.position() == checkpoint_.position() + 1 &&
         (is_first ||
          (record.log_id() == checkpoint_.log_id() && record.epoch() >= checkpoint_.epoch())) &&
         record.previous_hash() == (is_first ? ZeroHash() : checkpoint_.hash());
}

void Runner::Offer(std::string_view record_bytes) {
  auto recorded = ParseRecord(std::string(record_bytes));
  std::lock_guard lock(mutex_);
  if (!recorded.ok() || has_stopped_) return;
  if (recorded->record.position() <= checkpoint_.position()) return;
  // NATS is believed only as far as its record could be checked, and a record's own content cannot
  // be checked before its successor links to it: so news only wakes the reader of the ledger.
  is_behind_ = true;
  changed_.notify_all();
}

Status Runner::CatchUp() {
  HQ_ASSIGN_OR_RETURN(const auto head, log_.Head());
  HQ_RETURN_IF_ERROR(CheckHistory(head.head()));
  for (;;) {
    ledger::v1::ReadRequest request;
    request.set_after_position(position());
    request.set_limit(kPageSize);
    HQ_ASSIGN_OR_RETURN(const auto page, log_.Read(request));
    std::lock_guard lock(mutex_);
    HQ_RETURN_IF_ERROR(ApplyAll(page.records));
    if (page.records.empty() || checkpoint_.position() >= head.head().position()) {
      if (checkpoint_.position() >= head.head().position()) has_caught_up_ = true;
      changed_.notify_all();
      return absl::OkStatus();
    }
  }
}

// Whether what was folded is a prefix of this ledger; if not, the views start again.
Status Runner::CheckHistory(const ledger::v1::Cursor& head) {
  ledger::v1::Cursor mine;
  {
    std::lock_guard lock(mutex_);
    if (has_stopped_)
      return Refusal(absl::StatusCode::kFailedPrecondition, "a view has stopped", "VIEW_STOPPED",
                     "Look for view_stopped in this service's log; an event that it does not know "
                     "needs a newer build.");
    mine = checkpoint_;
  }
  if (mine.position() == 0) return absl::OkStatus();
  bool is_prefix = mine.log_id() == head.log_id() && mine.position() <= head.position();
  if (is_prefix && mine.position() == head.position()) is_prefix = mine.hash() == head.hash();
  if (is_prefix) return absl::OkStatus();
  log::Warn("views_rebuild", {{"position", std::to_string(mine.position())},
                              {"ledger", head.log_id()},
                              {"head", std::to_string(head.position())}});
  metrics_.Add("hq_views_rebuilt_total");
  std::lock_guard lock(mutex_);
  StartAgain();
  return absl::OkStatus();
}

// The mutex is held.
Status Runner::ApplyAll(const std::vector<Recorded>& records) {
  HQ_RETURN_IF_ERROR(ForgetRows());
  if (records.empty()) return absl::OkStatus();
  rocks::Batch batch(database_);
  const ledger::v1::Cursor before = checkpoint_;
  for (const Recorded& recorded : records) {
    if (recorded.record.position() <= checkpoint_.position()) continue;
    if (!Fits(recorded)) {
      log::Warn("views_rebuild", {{"position", std::to_string(recorded.record.position())},
                                  {"reason", "a link does not fit"}});
      metrics_.Add("hq_views_rebuilt_total");
      StartAgain();
      return absl::UnavailableError("the history changed; the views start again");
    }
    if (const Status status = ApplyNext(recorded, batch); !status.ok()) {
      checkpoint_ = before;
      return status;
    }
  }
  if (const Status status = SaveCheckpoint(batch); !status.ok()) {
    checkpoint_ = before;  // What is not committed is folded in again, and nobody is told of it.
    return status;
  }
  metrics_.Set("hq_views_position", static_cast<double>(checkpoint_.position()));
  changed_.notify_all();
  return absl::OkStatus();
}

Status Runner::ApplyNext(const Recorded& recorded, rocks::Batch& batch) {
  for (View* view : views_) {
    const auto rows = batch.Under(view->prefix());
    const Status status = view->Apply(recorded, *rows);
    if (!status.ok()) {
      has_stopped_ = true;
      metrics_.Add("hq_views_stopped_total", {{"view", view->name()}});
      log::Error(
          "view_stopped",
          {{"view", view->name()}, {"txn", recorded.record.id()}, {"error", status.ToString()}});
      return Annotate(status, view->name());
    }
  }
  checkpoint_.set_log_id(recorded.record.log_id());
  checkpoint_.set_epoch(recorded.record.epoch());
  checkpoint_.set_position(recorded.record.position());
  checkpoint_.set_hash(LeafHash(recorded.bytes));
  return absl::OkStatus();
}

Status Runner::SaveCheckpoint(rocks::Batch& batch) {
  batch.Under("")->Put(checkpoint_key_, checkpoint_.SerializeAsString());
  return batch.Commit();
}

Status Runner::WaitFor(Position position) {
  constexpr std::chrono::seconds kPatience(10);
  std::unique_lock lock(mutex_);
  if (checkpoint_.position() >= position) return absl::OkStatus();
  is_behind_ = true;
  changed_.notify_all();
  if (changed_.wait_for(lock, kPatience, [&] { return checkpoint_.position() >= position; }))
    return absl::OkStatus();
  return Refusal(absl::StatusCode::kUnavailable,
                 "has not come to position " + std::to_string(position) + " yet", "VIEW_BEHIND",
                 "Try again in a moment.");
}

Position Runner::WaitForChange(Position seen, std::chrono::milliseconds wait,
                               std::stop_token stop) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, stop, wait, [&] { return checkpoint_.position() > seen; });
  return checkpoint_.position();
}

Position Runner::position() const {
  std::lock_guard lock(mutex_);
  return checkpoint_.position();
}

ledger::v1::Cursor Runner::checkpoint() const {
  std::lock_guard lock(mutex_);
  return checkpoint_;
}

Result<ledger::v1::Cursor> Runner::Life() const {
  std::lock_guard lock(mutex_);
  if (has_caught_up_ && !has_stopped_) return checkpoint_;
  return Refusal(absl::StatusCode::kUnavailable, "the views have not caught up with the ledger yet",
                 "VIEW_BEHIND", "Try again in a moment.");
}

bool Runner::has_caught_up() const {
  std::lock_guard lock(mutex_);
  return has_caught_up_ && !has_stopped_;
}

}  // namespace hq::projection
