// Keeps the archive up to the ledger: segments whenever the interval is over or enough has come
// together, an image once a UTC day, everything at once when asked. It works from where the archive
// is, never from a schedule, so after any downtime it catches up by itself.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "common/base/clock.hpp"
#include "common/events/event_log.hpp"
#include "common/runtime/component.hpp"
#include "common/runtime/metrics.hpp"
#include "hq/ledger/v1/events.pb.h"
#include "hq/ledger/v1/operations_service.pb.h"
#include "services/ledger/adapters/backup/backup_policy_file.hpp"
#include "services/ledger/adapters/backup/segment_shipper.hpp"
#include "services/ledger/core/failure_report.hpp"

namespace hq::ledger {

class BackupReactor final : public Component {
 public:
  using OnBackedUp = std::function<void(Result<v1::BackUpResponse>)>;

  // All outlive it. `log` is bound to the ledger itself as the caller; `image_directory` lies on
  // the ledger's own file system and is this reactor's alone. While `gate`, if there is one,
  // refuses, nothing is shipped and nothing recorded: the ledger may be behind or another. If it
  // closes meanwhile, an image is broken off.
  BackupReactor(BackupSource& source, Archive& archive, EventLog& log, Clock& clock,
                runtime::Metrics& metrics, BackupPolicy policy, std::string image_directory,
                std::function<Status()> gate = {});

  // A call of the archive that is under way when it is told to stop is waited for.
  void Run(std::stop_token stop) override;

  // Ships everything up to the head as it is then, and records it. `done` is called exactly once,
  // from the reactor's thread, or at once with kUnavailable if it does not run any more. Codes as
  // OperationsService.BackUp.
  void BackUp(bool with_image, OnBackedUp done);

  // How backups stand. From any thread.
  void Fill(v1::LedgerStatus& status) const;

 private:
  struct Order {
    bool with_image = false;
    OnBackedUp done;
  };
  // What one round did.
  struct Round {
    std::string day;  // On which it began: its image and event are that day's, whenever it ends.
    Shipped shipped;
    std::string image_day;
    std::chrono::microseconds took{0};
  };

  std::vector<Order> WaitForWork(std::stop_token stop);
  bool IsDue();
  Status Check() const { return gate_ ? gate_() : absl::OkStatus(); }
  void Work(std::vector<Order> orders, std::stop_token stop);
  void SetStanding(const Status& status, Position position);
  Status Ship(bool with_image, Round& round, std::stop_token stop);
  Status Report(const Status& status, const Round& round, bool is_asked_for, std::stop_token stop);
  void Answer(std::vector<Order> orders, const Status& status, const Round& round);
  void ReportFailure(const Status& status);
  // Of the blobs that the archive is without for good. An error if that could not be recorded.
  Status ReportRotten();
  Status ReportSuccess(const Round& round, bool is_asked_for);
  Status Record(const v1::LedgerEvent& event, const std::string& command_id);

  BackupSource& source_;
  Archive& archive_;
  EventLog& log_;
  Clock& clock_;
  runtime::Metrics& metrics_;
  const BackupPolicy policy_;
  const std::string image_directory_;
  const std::function<Status()> gate_;
  SegmentShipper shipper_;

  // Of the reactor's thread.
  FailureReport failures_;
  Round unreported_;                   // What was shipped since the last backup_completed.
  std::set<std::string> told_rotten_;  // Digests of blobs that have their ledger_error.
  std::string imaged_day_;             // The last day whose image is known to be there.
  std::string reported_day_;           // The last day that has its backup_completed.
  std::chrono::steady_clock::time_point next_round_{};

  mutable std::mutex mutex_;  // Guards what follows.
  std::condition_variable_any changed_;
  std::vector<Order> orders_;
  bool has_ended_ = false;
  v1::BackupStatus standing_;
};

}  // namespace hq::ledger
