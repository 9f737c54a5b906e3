#include "services/ledger/adapters/disk_watch.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstring>

#include "common/runtime/log.hpp"

namespace hq::ledger {
namespace {

constexpr std::int64_t kLookEveryUs = 100'000;
constexpr std::chrono::seconds kRunInterval(1);

std::int64_t SteadyMicros() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

// What the ledger may still write; kUnavailable if nobody knows.
Result<std::uint64_t> FreeBytesOf(const std::string& directory) {
  struct statvfs room {};
  if (statvfs(directory.c_str(), &room) != 0)
    return absl::UnavailableError("cannot look at the disk under " + directory + ": " +
                                  std::strerror(errno));
  return static_cast<std::uint64_t>(room.f_bavail) * room.f_frsize;
}

// Bytes that a file really takes; 0 if there is none.
std::uint64_t TakenBy(const std::string& path) {
  constexpr std::uint64_t kStatBlockBytes = 512;  // Whatever the file system's blocks are.
  struct stat file {};
  return stat(path.c_str(), &file) == 0
             ? static_cast<std::uint64_t>(file.st_blocks) * kStatBlockBytes
             : 0;
}

}  // namespace

Result<std::unique_ptr<DiskWatch>> DiskWatch::Open(const std::string& directory, Settings settings,
                                                   runtime::Metrics& metrics) {
  HQ_ASSIGN_OR_RETURN(const auto free_bytes, FreeBytesOf(directory));
  std::unique_ptr<DiskWatch> watch(new DiskWatch(directory, settings, metrics));
  watch->MakeBallast(free_bytes);
  std::lock_guard lock(watch->mutex_);
  watch->Look();
  return watch;
}

DiskWatch::DiskWatch(std::string directory, Settings settings, runtime::Metrics& metrics)
    : directory_(std::move(directory)),
      thresholds_(ThresholdsFor(settings.reserve_bytes)),
      ballast_wanted_bytes_(settings.ballast_bytes),
      metrics_(metrics) {}

void DiskWatch::MakeBallast(std::uint64_t free_bytes) {
  ballast_bytes_ = TakenBy(BallastPath());
  const bool has_room = free_bytes >= thresholds_.reserve_bytes &&
                        free_bytes - thresholds_.reserve_bytes >= ballast_wanted_bytes_;
  if (ballast_bytes_ > 0 || ballast_wanted_bytes_ == 0 || !has_room) return;
  const int file = open(BallastPath().c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  const bool is_made =
      file >= 0 && posix_fallocate(file, 0, static_cast<off_t>(ballast_wanted_bytes_)) == 0;
  if (file >= 0) close(file);
  if (!is_made) unlink(BallastPath().c_str());
  ballast_bytes_ = TakenBy(BallastPath());
}

Status DiskWatch::Admit(const v1::AppendRequest& request) {
  const v1::DiskState state = State();
  if (state == v1::DISK_STATE_AMPLE) return absl::OkStatus();
  return CheckDisk(state, IsSystemAppend(request));
}

v1::DiskState DiskWatch::State() {
  if (SteadyMicros() - looked_at_us_ >= kLookEveryUs) {
    // One looks; the others go on with what was seen last.
    std::unique_lock lock(mutex_, std::try_to_lock);
    if (lock.owns_lock() && SteadyMicros() - looked_at_us_ >= kLookEveryUs) Look();
  }
  return state_;
}

void DiskWatch::Look() {
  const auto free_bytes = FreeBytesOf(directory_);
  if (free_bytes.ok()) free_bytes_ = *free_bytes;  // Else what was seen last stands.
  state_ = StateOf(free_bytes_, thresholds_);
  if (state_ == v1::DISK_STATE_FLOOR && ballast_bytes_ > 0) ReleaseBallast();
  if (state_ != v1::DISK_STATE_AMPLE && !is_low_) is_low_ = is_low_due_ = true;
  const std::uint64_t clearly_ample = thresholds_.reserve_bytes + thresholds_.reserve_bytes / 8;
  if (free_bytes_ >= clearly_ample) is_low_ = false;
  looked_at_us_ = SteadyMicros();
  metrics_.Set("hq_ledger_disk_free_bytes", static_cast<double>(free_bytes_));
  metrics_.Set("hq_ledger_disk_reserve_bytes", static_cast<double>(thresholds_.reserve_bytes));
  metrics_.Set("hq_ledger_disk_ballast_bytes", static_cast<double>(ballast_bytes_));
}

// Its room is for system events; it is made again when the process starts with room for it.
void DiskWatch::ReleaseBallast() {
  if (unlink(BallastPath().c_str()) != 0) return;
  ballast_bytes_ = 0;
  is_release_due_ = true;
  log::Error("ballast_released", {{"free_bytes", std::to_string(free_bytes_)}});
  const auto free_bytes = FreeBytesOf(directory_);
  if (free_bytes.ok()) free_bytes_ = *free_bytes;
  state_ = StateOf(free_bytes_, thresholds_);
}

void DiskWatch::Run(std::stop_token stop) {
  std::mutex mutex;
  std::condition_variable_any changed;
  std::unique_lock lock(mutex);
  while (!stop.stop_requested()) {
    State();
    RecordWhatIsDue();
    changed.wait_for(lock, stop, kRunInterval, [] { return false; });
  }
}

void DiskWatch::RecordWhatIsDue() {
  RecordIf(&DiskWatch::is_release_due_, "BALLAST_RELEASED",
           "the reserve ran out and the ballast was given up");
  RecordIf(&DiskWatch::is_low_due_, "DISK_LOW",
           "only system events are taken until there is room again");
}

void DiskWatch::RecordIf(bool DiskWatch::*is_due, const char* reason, const char* what) {
  v1::LedgerError error;
  {
    std::lock_guard lock(mutex_);
    if (!(this->*is_due) || !report_) return;
    error.set_reason(reason);
    error.set_detail(std::string(what) + "; " + std::to_string(free_bytes_ >> 20) +
                     " MiB are free on the ledger's disk");
  }
  const bool is_recorded = report_(error);
  std::lock_guard lock(mutex_);
  this->*is_due = !is_recorded;
}

void DiskWatch::Fill(v1::LedgerStatus& status) {
  const v1::DiskState state = State();
  std::lock_guard lock(mutex_);
  auto& disk = *status.mutable_disk();
  disk.set_state(state);
  disk.set_free_bytes(free_bytes_);
  disk.set_reserve_bytes(thresholds_.reserve_bytes);
  disk.set_floor_bytes(thresholds_.floor_bytes);
  disk.set_ballast_bytes(ballast_bytes_);
}

}  // namespace hq::ledger
