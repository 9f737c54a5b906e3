#include "services/notify/reactors/delivery_reactor.hpp"

#include "common/events/session.hpp"
#include "common/runtime/log.hpp"
#include "services/notify/core/route.hpp"

namespace hq::notify {
namespace {

constexpr std::size_t kPendingMax = 1000;

}  // namespace

void DeliveryReactor::Run(std::stop_token stop) {
  Position seen = 0;
  while (!stop.stop_requested()) {
    seen = runner_.WaitForChange(seen, pace_.look_every, stop);
    if (runner_.has_caught_up() && !stop.stop_requested()) StartLanes();
  }
  lanes_.clear();  // Each lane ends after the call that it is making.
}

void DeliveryReactor::StartLanes() {
  std::erase_if(lanes_, [](const auto& lane) { return lane.second.is_done.load(); });
  const auto pending = deliveries_.Pending(kPendingMax);
  metrics_.Set("hq_notify_deliveries_pending", static_cast<double>(pending.size()));
  std::map<std::string, std::vector<PendingDelivery>> due;
  {
    std::lock_guard lock(mutex_);
    if (pending.empty()) progress_.clear();
    for (const auto& item : pending) {
      const auto known = progress_.find(item.delivery.id());
      // What was settled in a life that the ledger gave up is to be settled again.
      const bool is_due = known == progress_.end() || item.is_in_doubt ||
                          (!known->second.is_settled && known->second.due <= clock_.Now());
      if (is_due && !lanes_.contains(item.intended.target()))
        due[item.intended.target()].push_back(item);
    }
  }
  for (auto& [target, items] : due) {
    Lane& lane = lanes_[target];
    lane.thread = std::jthread([this, &lane, items = std::move(items)](std::stop_token stop) {
      Work(items, stop);
      lane.is_done = true;
    });
  }
}

void DeliveryReactor::Work(const std::vector<PendingDelivery>& due, std::stop_token stop) {
  for (const auto& pending : due) {
    if (stop.stop_requested()) return;
    Progress progress;
    {
      std::lock_guard lock(mutex_);
      progress = progress_[pending.delivery.id()];
    }
    const Status status = Advance(pending, progress);
    if (!status.ok()) {  // The ledger is away, or somebody else was faster: look again later.
      progress.due = clock_.Now() + pace_.ledger_pause;
      log::Warn("delivery_not_advanced",
                {{"delivery", pending.delivery.id()}, {"error", status.ToString()}});
    }
    std::lock_guard lock(mutex_);
    progress_[pending.delivery.id()] = progress;
  }
}

Status DeliveryReactor::Advance(const PendingDelivery& pending, Progress& progress) {
  if (pending.is_in_doubt) {
    // A channel cannot be asked, and the same alarm again, days late, misleads: people are told of
    // the restore itself.
    HQ_RETURN_IF_ERROR(Intend(pending));
    if (!progress.outcome)
      progress.outcome = Failed("not sent: the ledger was restored; it may have been sent before");
  } else if (!progress.outcome) {
    HQ_RETURN_IF_ERROR(Intend(pending));
    const auto url = UrlFor(pending);
    if (!url.ok()) {
      progress.outcome = Failed(std::string(url.status().message()));
    } else {
      const auto attempt = BeginNext(pending, progress);
      if (absl::IsResourceExhausted(attempt.status()) &&
          AdviceOf(attempt.status()).reason == "ATTEMPTS_SPENT") {
        progress.outcome = Failed("given up; what became of the last attempt is not known");
      } else if (!attempt.ok()) {
        return attempt.status();
      } else if (*attempt == 0) {
        progress.due =
            clock_.Now() + pace_.ledger_pause;  // Closed; the view will see it in a moment.
        return absl::OkStatus();
      } else {
        Weigh(sender_.Send(pending.delivery.id(), pending.intended, *url), *attempt, progress);
      }
    }
  }
  if (!progress.outcome) return absl::OkStatus();
  HQ_RETURN_IF_ERROR(Settle(pending, progress));
  progress.is_settled = true;
  return absl::OkStatus();
}

Status DeliveryReactor::Intend(const PendingDelivery& pending) {
  const CommandMeta meta = MetaFor(pending);
  return Transact(log_, meta,
                  [&](Session& session) -> Status {
                    const std::string& id = pending.delivery.id();
                    HQ_ASSIGN_OR_RETURN(const auto state, session.Load<Delivery>(id));
                    HQ_ASSIGN_OR_RETURN(const auto events,
                                        Delivery::Decide(state, pending.intended, meta));
                    session.Stage<Delivery>(id, events);
                    if (!events.empty() && pending.unresolved) {
                      Route::Events unresolved(1);
                      *unresolved[0].mutable_recipient_unresolved() = *pending.unresolved;
                      session.Stage<Route>("", unresolved);
                    }
                    return absl::OkStatus();
                  })
      .status();
}

Result<std::uint32_t> DeliveryReactor::BeginNext(const PendingDelivery& pending,
                                                 Progress& progress) {
  const CommandMeta meta = MetaFor(pending);
  std::uint32_t before = 0;
  std::uint32_t attempt = 0;
  const auto appended = Transact(log_, meta, [&](Session& session) -> Status {
    HQ_ASSIGN_OR_RETURN(const auto state, session.Load<Delivery>(pending.delivery.id()));
    const BeginAttempt begin{ToMicros(clock_.Now() + sender_.call_timeout() + kAttemptMargin)};
    before = state.attempts;
    HQ_ASSIGN_OR_RETURN(const auto events, Delivery::Decide(state, begin, meta));
    attempt = events.empty() ? 0 : events[0].effect_attempted().attempt();
    session.Stage<Delivery>(pending.delivery.id(), events);
    return absl::OkStatus();
  });
  if (before > progress.attempts) progress.may_be_doubled = true;  // A process before this one.
  HQ_RETURN_IF_ERROR(appended.status());
  progress.attempts = std::max(attempt, before);
  return attempt;
}

Result<std::string> DeliveryReactor::UrlFor(const PendingDelivery& pending) const {
  const auto reference = deliveries_.UrlReferenceOf(pending.intended.target());
  if (!reference)
    return absl::FailedPreconditionError("channel " + pending.intended.target() +
                                         " is no longer in channels.json");
  return sender_.UrlOf(*reference);
}

void DeliveryReactor::Weigh(const Answer& answer, std::uint32_t attempt, Progress& progress) {
  progress.outcome = OutcomeOf(answer, attempt, progress.may_be_doubled);
  if (!progress.outcome)
    progress.due =
        clock_.Now() + BackoffAfter(attempt, pace_.backoff_base, Spread(), answer.retry_after);
  if (answer.kind == Answer::Kind::kUnknown) progress.may_be_doubled = true;
}

Status DeliveryReactor::Settle(const PendingDelivery& pending, const Progress& progress) {
  HQ_RETURN_IF_ERROR(
      Execute<Delivery>(log_, pending.delivery.id(), *progress.outcome, MetaFor(pending)).status());
  const bool is_delivered = progress.outcome->succeeded();
  metrics_.Add("hq_notify_deliveries_total", {{"outcome", is_delivered ? "delivered" : "failed"}});
  log::Info("delivery_settled", {{"delivery", pending.delivery.id()},
                                 {"txn", pending.delivery.txn_id()},
                                 {"target", pending.intended.target()},
                                 {"outcome", is_delivered ? "delivered" : "failed"}});
  return absl::OkStatus();
}

CommandMeta DeliveryReactor::MetaFor(const PendingDelivery& pending) const {
  CommandMeta meta;
  meta.now = clock_.Now();
  meta.causation_id = pending.delivery.txn_id();
  return meta;
}

double DeliveryReactor::Spread() {
  std::lock_guard lock(mutex_);
  return std::uniform_real_distribution<double>(0, 1)(random_);
}

}  // namespace hq::notify
