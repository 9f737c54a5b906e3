#include "services/ledger/reactors/backup_reactor.hpp"

#include <algorithm>
#include <iterator>

#include "common/base/ids.hpp"
#include "common/base/text.hpp"
#include "common/runtime/log.hpp"
#include "services/ledger/adapters/backup/image_shipper.hpp"
#include "services/ledger/core/own_event.hpp"

namespace hq::ledger {
namespace {

constexpr std::chrono::milliseconds kGrowthLookInterval(
    1'000);  // For whether much has come together.

constexpr std::size_t kDetailBytesMax = 500;  // Of what went wrong.

Status Stopping() {
  return Refusal(absl::StatusCode::kUnavailable, "the ledger is stopping", "STOPPING",
                 "Try again when it is back.");
}

}  // namespace

BackupReactor::BackupReactor(BackupSource& source, Archive& archive, EventLog& log, Clock& clock,
                             runtime::Metrics& metrics, BackupPolicy policy,
                             std::string image_directory, std::function<Status()> gate)
    : source_(source),
      archive_(archive),
      log_(log),
      clock_(clock),
      metrics_(metrics),
      policy_(std::move(policy)),
      image_directory_(std::move(image_directory)),
      gate_(std::move(gate)),
      shipper_(source, archive, policy_.segment_bytes) {
  // So that the first one is seen to rise.
  metrics_.Add("hq_ledger_backup_failures_total", {}, 0);
  metrics_.Add("hq_ledger_backup_rotten_blobs_total", {}, 0);
}

void BackupReactor::BackUp(bool with_image, OnBackedUp done) {
  {
    std::lock_guard lock(mutex_);
    if (!has_ended_) {
      orders_.push_back({with_image, std::move(done)});
      changed_.notify_all();
      return;
    }
  }
  done(Stopping());
}

void BackupReactor::Run(std::stop_token stop) {
  while (!stop.stop_requested()) {
    auto orders = WaitForWork(stop);
    if (stop.stop_requested()) {
      for (auto& order : orders) order.done(Stopping());
      break;
    }
    Work(std::move(orders), stop);
  }
  std::vector<Order> left;
  {
    std::lock_guard lock(mutex_);
    has_ended_ = true;
    left.swap(orders_);
  }
  for (auto& order : left) order.done(Stopping());
}

// Returns when there is something to do, with the orders that are waiting.
std::vector<BackupReactor::Order> BackupReactor::WaitForWork(std::stop_token stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested() && orders_.empty()) {
    lock.unlock();
    const bool is_due = IsDue();
    lock.lock();
    if (is_due) break;
    changed_.wait_for(lock, stop, std::min(kGrowthLookInterval, policy_.segment_interval),
                      [this] { return !orders_.empty(); });
  }
  return std::exchange(orders_, {});
}

bool BackupReactor::IsDue() {
  if (!Check().ok()) return false;  // What is overdue goes as soon as it may.
  return std::chrono::steady_clock::now() >= next_round_ || shipper_.HasFullSegment();
}

void BackupReactor::Work(std::vector<Order> orders, std::stop_token stop) {
  if (const Status closed = Check(); !closed.ok()) {
    for (auto& order : orders) order.done(closed);
    return;
  }
  const bool with_image = std::any_of(orders.begin(), orders.end(),
                                      [](const Order& order) { return order.with_image; });
  const auto since = std::chrono::steady_clock::now();
  Round round;
  round.day = UtcDay(clock_.Now());
  Status status = Ship(with_image, round, stop);
  round.took = std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::steady_clock::now() - since);
  unreported_.shipped.Add(round.shipped);
  unreported_.took += round.took;
  if (!round.image_day.empty()) unreported_.image_day = round.image_day;
  metrics_.Add("hq_ledger_archive_bytes_total", {},
               static_cast<double>(round.shipped.stored_bytes));
  metrics_.Add("hq_ledger_archive_segments_total", {}, static_cast<double>(round.shipped.segments));
  metrics_.Add("hq_ledger_backup_rotten_blobs_total", {},
               static_cast<double>(round.shipped.rotten_blobs.size()));
  if (status.ok() && stop.stop_requested()) status = Stopping();
  SetStanding(status, round.shipped.position);
  if (status.ok())
    metrics_.Set("hq_ledger_archive_position", static_cast<double>(round.shipped.position));
  status = Report(status, round, !orders.empty(), stop);
  Answer(std::move(orders), status, round);
  next_round_ = std::chrono::steady_clock::now() + policy_.PauseAfter(!status.ok());
}

// What the round came to for those who asked for it. A gate that has closed since it began is it:
// nothing is recorded on a ledger that may be behind or another.
Status BackupReactor::Report(const Status& status, const Round& round, bool is_asked_for,
                             std::stop_token stop) {
  HQ_RETURN_IF_ERROR(Check());
  const Status told = ReportRotten();
  if (status.ok()) HQ_RETURN_IF_ERROR(told);  // That it was completed would hide it.
  if (status.ok()) return ReportSuccess(round, is_asked_for);
  if (!stop.stop_requested()) ReportFailure(status);
  return status;
}

void BackupReactor::Answer(std::vector<Order> orders, const Status& status, const Round& round) {
  for (auto& order : orders) {
    if (!status.ok()) {
      order.done(status);
      continue;
    }
    v1::BackUpResponse response;
    response.set_position(round.shipped.position);
    response.set_segments(round.shipped.segments);
    response.set_stored_bytes(round.shipped.stored_bytes);
    response.set_image_day(round.image_day);
    response.set_target(archive_.target());
    order.done(std::move(response));
  }
}

void BackupReactor::Fill(v1::LedgerStatus& status) const {
  std::lock_guard lock(mutex_);
  *status.mutable_backup() = standing_;
}

void BackupReactor::SetStanding(const Status& status, Position position) {
  std::lock_guard lock(mutex_);
  standing_.set_position(std::max(standing_.position(), position));
  standing_.set_error(ValidUtf8(std::string(status.message()), kDetailBytesMax));
  if (status.ok()) standing_.set_completed_at_us(ToMicros(clock_.Now()));
}

Status BackupReactor::Ship(bool with_image, Round& round, std::stop_token stop) {
  HQ_RETURN_IF_ERROR(shipper_.ShipAll(stop, round.shipped));
  const bool is_wanted = (with_image || policy_.is_daily) && imaged_day_ != round.day;
  if (!is_wanted || stop.stop_requested()) return absl::OkStatus();
  // An image may take long: records do not wait for it.
  const auto between = [&]() -> Status {
    HQ_RETURN_IF_ERROR(Check());
    if (stop.stop_requested()) return Stopping();
    if (!IsDue()) return absl::OkStatus();
    next_round_ = std::chrono::steady_clock::now() + policy_.segment_interval;
    return shipper_.ShipAll(stop, round.shipped);
  };
  next_round_ = std::chrono::steady_clock::now() + policy_.segment_interval;
  HQ_ASSIGN_OR_RETURN(const std::uint64_t bytes,
                      ShipImage(source_, archive_, round.day, image_directory_, between));
  imaged_day_ = round.day;
  if (bytes > 0) round.image_day = round.day;
  round.shipped.stored_bytes += bytes;
  return absl::OkStatus();
}

Status BackupReactor::ReportRotten() {
  std::vector<std::string> rotten;
  std::ranges::set_difference(unreported_.shipped.rotten_blobs, told_rotten_,
                              std::back_inserter(rotten));
  if (rotten.empty()) return absl::OkStatus();
  constexpr std::size_t kNamedMax = 5;
  std::string named;
  for (std::size_t i = 0; i < std::min(rotten.size(), kNamedMax); ++i)
    named += (i == 0 ? "" : ", ") + Hex(rotten[i]);
  if (rotten.size() > kNamedMax) named += ", ...";
  v1::LedgerEvent event;
  auto& error = *event.mutable_ledger_error();
  error.set_reason("BLOB_DAMAGED");
  error.set_detail("blobs that records name have rotted, " + archive_.target() +
                   " is without them, put them again: " + std::to_string(rotten.size()) +
                   ", by SHA-256: " + named);
  log::Error("backup_without_blobs", {{"blobs", std::to_string(rotten.size())}, {"sha256", named}});
  // The same ones are told once, however often the ledger starts.
  const Status recorded = Record(event, "backup-rotten-" + KeyOf({error.detail()}));
  if (!recorded.ok()) {
    log::Error("ledger_error_not_recorded", {{"error", recorded.ToString()}});
    return recorded;
  }
  told_rotten_.insert(rotten.begin(), rotten.end());
  return absl::OkStatus();
}

void BackupReactor::ReportFailure(const Status& status) {
  const std::int64_t now_us = ToMicros(clock_.Now());
  const bool is_to_be_recorded = failures_.Failed(now_us);
  metrics_.Add("hq_ledger_backup_failures_total");
  const std::string reason = AdviceOf(status).reason;
  log::Warn("backup_not_completed", {{"reason", reason}, {"error", status.ToString()}});
  if (!is_to_be_recorded) return;
  v1::LedgerEvent event;
  auto& failed = *event.mutable_backup_failed();
  failed.set_target(archive_.target());
  failed.set_reason(reason.empty() ? absl::StatusCodeToString(status.code()) : reason);
  failed.set_detail(ValidUtf8(std::string(status.message()), kDetailBytesMax));
  failed.set_position(unreported_.shipped.position);
  failed.set_failing_since_us(failures_.since_us());
  failed.set_failures(failures_.failures());
  const Status recorded = Record(event, "");
  if (!recorded.ok()) {
    log::Error("backup_failed_not_recorded", {{"error", recorded.ToString()}});
    return;
  }
  failures_.FailureRecorded(now_us);
}

Status BackupReactor::ReportSuccess(const Round& round, bool is_asked_for) {
  const bool has_recovered = failures_.has_failed();
  const bool is_first_of_day = reported_day_ != round.day;
  if (!is_asked_for && !has_recovered && !is_first_of_day) return absl::OkStatus();
  v1::LedgerEvent event;
  auto& completed = *event.mutable_backup_completed();
  completed.set_target(archive_.target());
  completed.set_position(round.shipped.position);
  completed.set_segments(unreported_.shipped.segments);
  completed.set_records(unreported_.shipped.records);
  completed.set_blobs(unreported_.shipped.blobs);
  completed.set_stored_bytes(unreported_.shipped.stored_bytes);
  completed.set_image_day(unreported_.image_day);
  completed.set_duration_us(unreported_.took.count());
  completed.set_recovered(has_recovered);
  // The day's own event stands once, however often the ledger starts on that day.
  const bool is_daily_only = !is_asked_for && !has_recovered;
  const Status recorded = Record(event, is_daily_only ? "backup-daily-" + round.day : "");
  if (!recorded.ok() && !absl::IsAlreadyExists(recorded)) {
    log::Error("backup_completed_not_recorded", {{"error", recorded.ToString()}});
    return recorded;
  }
  failures_.RecoveryRecorded();
  reported_day_ = round.day;
  unreported_ = {};
  unreported_.shipped.position = round.shipped.position;
  return absl::OkStatus();
}

Status BackupReactor::Record(const v1::LedgerEvent& event, const std::string& command_id) {
  return log_.Append(AppendOf(event, command_id)).status();
}

}  // namespace hq::ledger
