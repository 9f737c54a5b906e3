#include "services/sync/reactors/effect_runner.hpp"

#include "common/base/check.hpp"
#include "common/base/text.hpp"
#include "common/http/retry.hpp"
#include "common/runtime/log.hpp"

namespace hq::sync {
namespace {

constexpr std::chrono::seconds kAttemptTimeMax(60);

std::string EffectId(const EffectPlan& plan) {
  return SyncEffect::Id(plan.key, plan.question.branch());
}

Progress Denied(const decision::v1::AuthorizeResponse& verdict) {
  Progress progress{Progress::Kind::kDenied, "", "denied"};
  for (const auto& rule : verdict.rules()) {
    const bool only_reports = rule.enforcement() == decision::v1::ENFORCEMENT_AUDIT ||
                              rule.enforcement() == decision::v1::ENFORCEMENT_WARN;
    if (!rule.refuses() || only_reports) continue;
    progress.rule_id = rule.rule_id();
    progress.why = rule.why();
    break;
  }
  return progress;
}

SyncEffect::Event IntentOf(const EffectPlan& plan, const decision::v1::AuthorizeResponse* verdict) {
  SyncEffect::Event event;
  auto* intent = event.mutable_effect_intended();
  intent->set_effect_key(plan.key);
  intent->set_kind(plan.kind);
  intent->set_target(plan.target);
  intent->set_repeatability(plan.repeatability);
  if (verdict)
    for (const auto& rule : verdict->rules()) intent->add_allowed_by(rule.rule_id());
  return event;
}

bool IsTransient(const Status& status) {
  return absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status) ||
         absl::IsResourceExhausted(status);
}

bool IsOpen(const SyncEffect::State& state) {
  return state.phase == SyncEffect::State::Phase::kIntended ||
         state.phase == SyncEffect::State::Phase::kAttempted;
}

}  // namespace

Result<Progress> EffectRunner::Try(const EffectPlan& plan, const CommandMeta& meta,
                                   const LookUp& look_up, const Act& act,
                                   const Conclude& conclude) {
  HQ_CHECK(plan.life.epoch() != 0, "a plan says of which life of the ledger it is");
  Session session(log_, meta);
  HQ_ASSIGN_OR_RETURN(const auto state, session.Load<SyncEffect>(EffectId(plan)));
  if (!MayTryNow(plan.key, state.attempts)) return Progress{};

  // Looking comes first: it adopts what a crashed attempt left behind, and where nobody answers no
  // attempt is spent on it.
  const auto found = look_up();
  if (!found.ok() && IsTransient(found.status())) return Progress{};
  if (!found.ok()) return GiveUp(plan, meta, found.status());
  if (*found) {
    if (!IsOpen(state)) HQ_RETURN_IF_ERROR(Record(plan, meta, IntentOf(plan, nullptr), {}));
    ledger::v1::EffectSettled settled;
    settled.set_succeeded(true);
    settled.set_adopted(true);
    settled.set_outcome(**found);
    HQ_RETURN_IF_ERROR(Settle(plan, meta, settled, conclude));
    return Progress{Progress::Kind::kDone, "", ""};
  }
  if (state.attempts > plan.retries_max)
    return GiveUp(plan, meta, absl::UnavailableError("every attempt failed"));
  return Attempt(plan, meta, state, act, conclude);
}

Result<Progress> EffectRunner::Attempt(const EffectPlan& plan, const CommandMeta& meta,
                                       const SyncEffect::State& state, const Act& act,
                                       const Conclude& conclude) {
  HQ_ASSIGN_OR_RETURN(const auto verdict, court_.Authorize(plan.question));
  if (verdict.verdict() != decision::v1::VERDICT_ALLOW) {
    Progress denied = Denied(verdict);
    if (IsOpen(state)) {
      SyncEffect::Event event;
      event.mutable_effect_abandoned()->set_reason(denied.rule_id + ": " + denied.why);
      HQ_RETURN_IF_ERROR(Record(plan, meta, event, {}));
    }
    return denied;
  }
  if (!IsOpen(state)) HQ_RETURN_IF_ERROR(Record(plan, meta, IntentOf(plan, &verdict), {}));

  std::vector<ledger::v1::Fence> fences(verdict.fences().begin(), verdict.fences().end());
  fences.push_back(plan.rollout_fence);
  SyncEffect::Event event;
  auto* attempt = event.mutable_effect_attempted();
  attempt->set_attempt(IsOpen(state) ? state.attempts + 1 : 1);
  attempt->set_not_after_us(ToMicros(clock_.Now() + kAttemptTimeMax));
  for (const auto& fence : fences) *attempt->add_fences() = fence;
  const Status entered = Record(plan, meta, event, fences);
  if (absl::IsAborted(entered)) return Progress{};  // A fence moved: ask for a new verdict.
  HQ_RETURN_IF_ERROR(entered);
  metrics_.Add("hq_effect_attempts_total", {{"kind", plan.kind}});

  const auto outcome = act();
  if (outcome.ok()) {
    ledger::v1::EffectSettled settled;
    settled.set_succeeded(true);
    settled.set_outcome(*outcome);
    HQ_RETURN_IF_ERROR(Settle(plan, meta, settled, conclude));
    return Progress{Progress::Kind::kDone, "", ""};
  }
  log::Warn("attempt_failed",
            {{"kind", plan.kind}, {"target", plan.target}, {"error", outcome.status().ToString()}});
  if (!IsTransient(outcome.status())) return GiveUp(plan, meta, outcome.status());
  next_try_[plan.key] = clock_.Now() + http::DelayBefore(attempt->attempt(), random_());
  return Progress{};
}

bool EffectRunner::MayTryNow(const std::string& key, std::uint32_t attempts) {
  const auto it = next_try_.find(key);
  if (it == next_try_.end()) return true;
  if (attempts != 0 && clock_.Now() < it->second) return false;
  next_try_.erase(it);
  return true;
}

Status EffectRunner::Record(const EffectPlan& plan, const CommandMeta& meta,
                            const SyncEffect::Event& event,
                            const std::vector<ledger::v1::Fence>& fences) {
  Session session(log_, meta);
  HQ_ASSIGN_OR_RETURN(const auto state, session.Load<SyncEffect>(EffectId(plan)));
  HQ_ASSIGN_OR_RETURN(const auto events, SyncEffect::Record(state, event));
  session.Stage<SyncEffect>(EffectId(plan), events);
  // Before a restore the same versions may have been those of other records: neither the plan nor
  // the verdict is worth anything behind it.
  session.RequireLife(plan.life);
  for (const auto& fence : fences) session.Require(fence);
  return session.Commit().status();
}

Status EffectRunner::Settle(const EffectPlan& plan, const CommandMeta& meta,
                            const ledger::v1::EffectSettled& settled, const Conclude& conclude) {
  return Transact(log_, meta,
                  [&](Session& session) -> Status {
                    if (!settled.succeeded()) session.RequireLife(plan.life);
                    SyncEffect::Event event;
                    *event.mutable_effect_settled() = settled;
                    HQ_ASSIGN_OR_RETURN(const auto state, session.Load<SyncEffect>(EffectId(plan)));
                    HQ_ASSIGN_OR_RETURN(const auto events, SyncEffect::Record(state, event));
                    session.Stage<SyncEffect>(EffectId(plan), events);
                    return settled.succeeded() ? conclude(session, settled.outcome())
                                               : absl::OkStatus();
                  })
      .status();
}

Result<Progress> EffectRunner::GiveUp(const EffectPlan& plan, const CommandMeta& meta,
                                      const Status& error) {
  constexpr std::size_t kSaidBytesMax = 1'000;
  const std::string said =
      ValidUtf8(std::string(error.message()), kSaidBytesMax);  // Git says what it likes.
  Session session(log_, meta);
  HQ_ASSIGN_OR_RETURN(const auto state, session.Load<SyncEffect>(EffectId(plan)));
  if (IsOpen(state)) {
    ledger::v1::EffectSettled settled;
    settled.set_error(said);
    HQ_RETURN_IF_ERROR(Settle(plan, meta, settled, {}));
  }
  return Progress{Progress::Kind::kFailed, "",
                  absl::StatusCodeToString(error.code()) + ": " + said};
}

}  // namespace hq::sync
