#include "services/notify/reactors/ledger_watch.hpp"

#include <algorithm>
#include <set>
#include <thread>

#include "common/runtime/log.hpp"

namespace hq::notify {
namespace {

constexpr const char* kRoutedAs = "ledger_error";  // Whoever hears of that hears of this.

}  // namespace

LedgerWatch::LedgerWatch(LedgerProbe& probe, EventLog& log, const Deliveries& deliveries,
                         OutageSpool& spool, const Sender& sender, Clock& clock,
                         runtime::Metrics& metrics, Pace pace)
    : probe_(probe),
      log_(log),
      deliveries_(deliveries),
      spool_(spool),
      sender_(sender),
      clock_(clock),
      metrics_(metrics),
      pace_(pace) {
  for (const SpooledEvent& event : spool_.events()) Fold(alarms_, event);
  outage_us_ = OpenOutageOf(alarms_);
  if (outage_us_ == 0) return;
  outage_.since = FromMicros(outage_us_);
  outage_.is_told = true;
}

LedgerWatch::Pace LedgerWatch::PaceFor(std::chrono::milliseconds down_after,
                                       std::chrono::milliseconds backoff_base) {
  Pace pace;
  pace.patience.away = down_after;
  pace.patience.not_serving = std::min(pace.patience.not_serving, down_after);
  pace.patience.steady = std::min(pace.patience.steady, down_after);
  pace.backoff_base = backoff_base;
  pace.look_every =
      std::min(pace.look_every, std::max(down_after / 10, std::chrono::milliseconds(1)));
  return pace;
}

void LedgerWatch::Run(std::stop_token stop) {
  std::mutex mutex;
  std::condition_variable_any changed;
  std::unique_lock lock(mutex);
  while (!stop.stop_requested()) {
    Look();
    if (!stop.stop_requested()) Attempt();
    if (is_serving_ && !stop.stop_requested()) Record();
    metrics_.Set("hq_notify_spooled_alarms", static_cast<double>(alarms_.size()));
    changed.wait_for(lock, stop, pace_.look_every, [] { return false; });
  }
}

void LedgerWatch::Look() {
  const Sighting sighting = probe_.Look();
  is_serving_ = sighting.kind == Sighting::Kind::kServing;
  metrics_.Set("hq_notify_ledger_down", is_serving_ ? 0 : 1);
  switch (Take(sighting, clock_.Now(), pace_.patience, outage_)) {
    case OutageNews::kDown:
      return Raise(sighting.detail);
    case OutageNews::kBack:
      return EndOutage();
    case OutageNews::kNone:
      break;
  }
}

void LedgerWatch::Raise(const std::string& detail) {
  outage_us_ = ToMicros(*outage_.since);
  const v1::Notice notice = DownNotice(outage_us_, detail);
  std::vector<SpooledEvent> intents;
  for (const auto& [target, reference] : deliveries_.ChannelsFor(kRoutedAs))
    intents.push_back(IntentOf(notice, outage_us_, target, reference, ToMicros(clock_.Now())));
  log::Error("ledger_down", {{"detail", detail}, {"channels", std::to_string(intents.size())}});
  metrics_.Add("hq_notify_alarms_total", {{"event", std::string(kLedgerDown)}});
  if (!intents.empty()) Spool(intents);
}

void LedgerWatch::EndOutage() {
  log::Info("ledger_back");
  metrics_.Add("hq_notify_alarms_total", {{"event", std::string(kLedgerBack)}});
  const auto intents = BackIntents(alarms_, outage_us_, ToMicros(clock_.Now()));
  outage_us_ = 0;
  if (!intents.empty()) Spool(intents);
}

void LedgerWatch::Attempt() {
  auto calls = BeginAttempts();
  {
    std::vector<std::jthread> threads;  // A channel that hangs delays nobody's call but its own.
    for (Call& call : calls)
      threads.emplace_back([this, &call, intended = alarms_[call.delivery_id].intended] {
        call.answer = sender_.Send(call.delivery_id, intended, call.url);
      });
  }
  for (const Call& call : calls) {
    Progress& progress = progress_[call.delivery_id];
    const auto attempt = alarms_[call.delivery_id].state.attempts;
    if (const auto outcome = OutcomeOf(call.answer, attempt, progress.may_be_doubled)) {
      Settle(call.delivery_id, *outcome);
    } else {
      const double spread = std::uniform_real_distribution<double>(0, 1)(random_);
      progress.due =
          clock_.Now() + BackoffAfter(attempt, pace_.backoff_base, spread, call.answer.retry_after);
    }
    if (call.answer.kind == Answer::Kind::kUnknown) progress.may_be_doubled = true;
  }
}

std::vector<LedgerWatch::Call> LedgerWatch::BeginAttempts() {
  std::vector<Call> calls;
  std::vector<SpooledEvent> begun;
  std::map<std::string, std::string> failed;  // Delivery id to why.
  for (const auto& [id, alarm] : alarms_) {
    Progress& progress = progress_[id];
    const bool is_open = alarm.state.phase == Delivery::State::Phase::kOpen;
    if (!is_open || progress.due > clock_.Now()) continue;
    if (alarm.state.attempts > progress.attempts) progress.may_be_doubled = true;
    CommandMeta meta;
    const auto not_after = clock_.Now() + sender_.call_timeout() + kAttemptMargin;
    const auto attempt = Delivery::Decide(alarm.state, BeginAttempt{ToMicros(not_after)}, meta);
    const auto url = sender_.UrlOf(alarm.url_reference);
    if (!attempt.ok() || !url.ok()) {
      failed[id] = attempt.ok() ? std::string(url.status().message())
                                : "given up; what became of the last attempt is not known";
      continue;
    }
    begun.push_back(EventOf(alarm));
    begun.back().event = attempt->front();
    progress.attempts = attempt->front().effect_attempted().attempt();
    calls.push_back({id, *url, {}});
  }
  if (!begun.empty()) Spool(begun);
  for (const auto& [id, why] : failed) {
    auto outcome = Failed(why);
    outcome.set_may_be_doubled(progress_[id].may_be_doubled);
    Settle(id, outcome);
  }
  return calls;
}

void LedgerWatch::Settle(const std::string& delivery_id, const ledger::v1::EffectSettled& outcome) {
  SpooledEvent settled = EventOf(alarms_[delivery_id]);
  *settled.event.mutable_effect_settled() = outcome;
  Spool({settled});
  log::Info("delivery_settled", {{"delivery", delivery_id},
                                 {"target", alarms_[delivery_id].intended.target()},
                                 {"outcome", outcome.succeeded() ? "delivered" : "failed"}});
}

SpooledEvent LedgerWatch::EventOf(const Alarm& alarm) const {
  SpooledEvent event;
  event.delivery_id = alarm.delivery_id;
  event.outage_us = alarm.outage_us;
  event.at_us = ToMicros(clock_.Now());
  return event;
}

void LedgerWatch::Record() {
  std::set<std::int64_t> recorded;
  for (const auto& [id, alarm] : alarms_)
    if (IsComplete(alarms_, alarm.outage_us)) recorded.insert(alarm.outage_us);
  if (recorded.empty()) return;
  for (const auto& [id, alarm] : alarms_) {
    if (!recorded.contains(alarm.outage_us)) continue;
    const auto appended = log_.Append(RecordingOf(alarm));
    if (appended.ok()) continue;
    log::Warn("alarm_not_recorded", {{"delivery", id}, {"error", appended.status().ToString()}});
    return;  // All of it again at the next look: the same commands get the same answers.
  }
  std::vector<SpooledEvent> rest;
  for (const SpooledEvent& event : spool_.events())
    if (!recorded.contains(event.outage_us)) rest.push_back(event);
  const Status forgotten = spool_.Replace(std::move(rest));
  if (!forgotten.ok()) return log::Error("spool_failed", {{"error", forgotten.ToString()}});
  alarms_.clear();
  for (const SpooledEvent& event : spool_.events()) Fold(alarms_, event);
  std::erase_if(progress_, [this](const auto& entry) { return !alarms_.contains(entry.first); });
  log::Info("alarms_recorded", {{"outages", std::to_string(recorded.size())}});
}

// People are told also where the disk refuses: what a crash would then forget is less than an alarm
// that nobody hears.
void LedgerWatch::Spool(const std::vector<SpooledEvent>& events) {
  const Status spooled = spool_.Append(events);
  if (!spooled.ok()) log::Error("spool_failed", {{"error", spooled.ToString()}});
  for (const SpooledEvent& event : events) Fold(alarms_, event);
}

}  // namespace hq::notify
