// Does one effect on a cell's repository: intent on the ledger, attempt under fences, call,
// outcome. What is there outside already is adopted, so that no crash and no repetition does
// anything twice.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <random>
#include <string>

#include "common/base/clock.hpp"
#include "common/runtime/metrics.hpp"
#include "services/sync/core/sync_effect.hpp"
#include "services/sync/ports.hpp"

namespace hq::sync {

// What is to be done.
struct EffectPlan {
  std::string key;   // Names the effect outside.
  std::string kind;  // e.g. "open_pull_request".
  std::string target;
  ledger::v1::Repeatability repeatability = ledger::v1::REPEATABILITY_FOUND_BY_LOOKUP;
  decision::v1::AuthorizeRequest question;  // What decision is asked.
  ledger::v1::Fence rollout_fence;          // As it stood when the step was chosen.
  ledger::v1::Cursor life;                  // The ledger's life then. Its epoch is never 0.
  std::uint32_t retries_max = 0;
};

// Where it stands after a try.
struct Progress {
  enum class Kind { kDone, kWait, kDenied, kFailed };
  Kind kind = Kind::kWait;
  std::string rule_id;  // Of the first rule that denied.
  std::string why;
};

// Takes every effect to its end, one try at a time; where each stands is on the ledger.
class EffectRunner {
 public:
  // The outcome, if what is intended is so outside already. An error means that it could not be
  // seen: wait.
  using LookUp = std::function<Result<std::optional<std::string>>()>;
  // Does it; the outcome. kUnavailable, kDeadlineExceeded: try again. Anything else is for good.
  using Act = std::function<Result<std::string>()>;
  // Stages what follows from the outcome, in the same append as the outcome.
  using Conclude = std::function<Status(Session&, const std::string& outcome)>;

  // All outlive the runner. Used from one thread.
  EffectRunner(EventLog& log, Clock& clock, Court& court, runtime::Metrics& metrics)
      : log_(log), clock_(clock), court_(court), metrics_(metrics) {}

  // One try. An error means that the ledger or decision is away: wait. kFailedPrecondition, reason
  // DIVERGED: the ledger was restored since the plan was made; nothing was done, or it failed and
  // that is not recorded: make a new plan.
  Result<Progress> Try(const EffectPlan& plan, const CommandMeta& meta, const LookUp& look_up,
                       const Act& act, const Conclude& conclude);

 private:
  // A success is told to whatever life the ledger is in, a failure to the plan's alone.
  Status Settle(const EffectPlan& plan, const CommandMeta& meta,
                const ledger::v1::EffectSettled& settled, const Conclude& conclude);
  Result<Progress> Attempt(const EffectPlan& plan, const CommandMeta& meta,
                           const SyncEffect::State& state, const Act& act,
                           const Conclude& conclude);
  Status Record(const EffectPlan& plan, const CommandMeta& meta, const SyncEffect::Event& event,
                const std::vector<ledger::v1::Fence>& fences);
  Result<Progress> GiveUp(const EffectPlan& plan, const CommandMeta& meta, const Status& error);
  bool MayTryNow(const std::string& key, std::uint32_t attempts);

  EventLog& log_;
  Clock& clock_;
  Court& court_;
  runtime::Metrics& metrics_;
  std::mt19937_64 random_{std::random_device{}()};  // For the back-off's jitter only.
  std::map<std::string, TimePoint> next_try_;  // By effect key: the back-off, forgotten in a crash.
};

}  // namespace hq::sync
