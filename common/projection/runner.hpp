// Keeps views equal to the ledger. NATS rings the bell; what is folded in is read from the ledger,
// link by link, and its head is asked for every second. A lost, repeated, reordered or forged
// message is therefore harmless.
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "common/events/event_log.hpp"
#include "common/projection/view.hpp"
#include "common/rocks/database.hpp"
#include "common/runtime/component.hpp"
#include "common/runtime/metrics.hpp"

namespace hq::projection {

// Thread-safe, but for Run and CatchUp, which are one thread's.
class Runner final : public Component {
 public:
  // All outlive the runner.
  Runner(EventLog& log, rocks::Database& database, std::vector<View*> views,
         runtime::Metrics& metrics);

  void Run(std::stop_token stop) override;

  // A record's bytes as NATS brought them: news if its position is ahead, and never more than that.
  // From any thread.
  void Offer(std::string_view record_bytes);

  // Reads from the ledger until its head. kUnavailable if it is away; kFailedPrecondition, reason
  // VIEW_STOPPED, once a view has stopped.
  Status CatchUp();

  // Returns when every view reflects `position`. kUnavailable, reason VIEW_BEHIND, after ten
  // seconds, also when a view has stopped for good.
  Status WaitFor(Position position);

  // Returns when the position is past `seen`, or `stop` is requested, or `wait` has passed.
  // The position then.
  Position WaitForChange(Position seen, std::chrono::milliseconds wait, std::stop_token stop);

  Position position() const;

  // The last record that is folded in, and so the epoch that the views are of; empty while there is
  // none.
  ledger::v1::Cursor checkpoint() const;

  // The checkpoint of views that have caught up: what is decided on what they say afterwards may be
  // appended in its life only (Session::RequireLife). Empty if the ledger was. kUnavailable while
  // they have not caught up.
  Result<ledger::v1::Cursor> Life() const;

  // True once the views have reached the head that the ledger had when first asked; false again
  // while they start again.
  bool has_caught_up() const;

 private:
  void LoadCheckpoint();
  Status ApplyAll(const std::vector<Recorded>& records);
  Status ApplyNext(const Recorded& recorded, rocks::Batch& batch);
  bool Fits(const Recorded& recorded) const;
  Status CheckHistory(const ledger::v1::Cursor& head);
  void StartAgain();
  Status ForgetRows();
  Status SaveCheckpoint(rocks::Batch& batch);

  EventLog& log_;
  rocks::Database& database_;
  const std::vector<View*> views_;
  runtime::Metrics& metrics_;
  std::string checkpoint_key_;

  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  ledger::v1::Cursor checkpoint_;  // What is folded in and committed.
  bool is_behind_ = true;
  bool has_caught_up_ = false;
  bool has_stopped_ = false;  // A view could not go on.
  bool must_forget_ = false;  // The rows are of another history.
};

}  // namespace hq::projection
