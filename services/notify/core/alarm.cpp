#include "services/notify/core/alarm.hpp"

#include <algorithm>

#include "common/base/ids.hpp"
#include "common/base/text.hpp"
#include "common/events/event_name.hpp"

namespace hq::notify {
namespace {

constexpr std::uint32_t kSchemaVersion = 1;

// "2 h 3 min", "3 min 12 s", "17 s".
std::string Spoken(std::int64_t micros) {
  const std::int64_t seconds = std::max<std::int64_t>(micros, 0) / 1'000'000;
  const std::int64_t minutes = seconds / 60;
  const std::int64_t hours = minutes / 60;
  if (hours > 0) return std::to_string(hours) + " h " + std::to_string(minutes % 60) + " min";
  if (minutes > 0) return std::to_string(minutes) + " min " + std::to_string(seconds % 60) + " s";
  return std::to_string(seconds) + " s";
}

v1::Notice NoticeOf(std::string_view event, std::int64_t at_us, options::v1::Severity severity,
                    std::string text) {
  v1::Notice notice;
  notice.set_event(std::string(event));
  notice.set_branch(std::string(kHqBranch));
  notice.set_severity(severity);
  notice.set_occurred_at_us(at_us);
  notice.set_text(std::move(text));
  return notice;
}

}  // namespace

void Fold(Alarms& alarms, const SpooledEvent& event) {
  Alarm& alarm = alarms[event.delivery_id];
  alarm.delivery_id = event.delivery_id;
  alarm.outage_us = event.outage_us;
  if (event.event.has_effect_intended()) {
    alarm.intended = event.event.effect_intended();
    alarm.notice.ParseFromString(alarm.intended.payload());
    alarm.url_reference = event.url_reference;
  }
  alarm.state = Delivery::Fold(alarm.state, event.event);
  alarm.events.push_back(event);
}

std::int64_t OpenOutageOf(const Alarms& alarms) {
  std::int64_t open = 0;
  for (const auto& [id, alarm] : alarms)
    if (alarm.notice.event() == kLedgerDown) open = std::max(open, alarm.outage_us);
  for (const auto& [id, alarm] : alarms)
    if (alarm.notice.event() == kLedgerBack && alarm.outage_us == open) return 0;
  return open;
}

v1::Notice DownNotice(std::int64_t outage_us, const std::string& detail) {
  constexpr std::size_t kDetailBytesMax = 400;
  return NoticeOf(
      kLedgerDown, outage_us, options::v1::SEVERITY_CRITICAL,
      "[CRITICAL] ledger_down · hq\nThe ledger has not been serving since " +
          ToRfc3339(FromMicros(outage_us)) + ": " + ValidUtf8(detail, kDetailBytesMax) +
          "\nNothing is recorded, so nothing new starts anywhere.\n"
          "What to do: look at the ledger's process, its log and its disk "
          "(`hqctl ledger status`). Do not restore over it before a person has looked.");
}

v1::Notice BackNotice(std::int64_t outage_us, std::int64_t back_us) {
  return NoticeOf(kLedgerBack, back_us, options::v1::SEVERITY_INFO,
                  "[INFO] ledger_back · hq\nThe ledger is serving again, after " +
                      Spoken(back_us - outage_us) + "; it was down since " +
                      ToRfc3339(FromMicros(outage_us)) +
                      ".\nWhat to do: nothing; what waited for it goes on by itself.");
}

SpooledEvent IntentOf(const v1::Notice& notice, std::int64_t outage_us, const std::string& target,
                      const std::string& url_reference, std::int64_t now_us) {
  SpooledEvent intent;
  intent.delivery_id = KeyOf({notice.event(), std::to_string(outage_us), target});
  intent.at_us = now_us;
  intent.outage_us = outage_us;
  intent.url_reference = url_reference;
  *intent.event.mutable_effect_intended() = Delivery::IntentOf(intent.delivery_id, target, notice);
  return intent;
}

std::vector<SpooledEvent> BackIntents(const Alarms& alarms, std::int64_t outage_us,
                                      std::int64_t now_us) {
  std::vector<SpooledEvent> intents;
  const v1::Notice notice = BackNotice(outage_us, now_us);
  for (const auto& [id, alarm] : alarms)
    if (alarm.outage_us == outage_us && alarm.notice.event() == kLedgerDown)
      intents.push_back(
          IntentOf(notice, outage_us, alarm.intended.target(), alarm.url_reference, now_us));
  return intents;
}

bool IsComplete(const Alarms& alarms, std::int64_t outage_us) {
  bool is_over = false;
  for (const auto& [id, alarm] : alarms) {
    if (alarm.outage_us != outage_us) continue;
    if (alarm.state.phase != Delivery::State::Phase::kClosed) return false;
    is_over = is_over || alarm.notice.event() == kLedgerBack;
  }
  return is_over;
}

ledger::v1::AppendRequest RecordingOf(const Alarm& alarm) {
  ledger::v1::AppendRequest request;
  request.set_command_id("spool-" + alarm.delivery_id);
  auto* append = request.add_appends();
  append->set_stream(std::string(Delivery::kCategory) + "-" + alarm.delivery_id);
  for (const SpooledEvent& spooled : alarm.events) {
    auto* event = append->add_events();
    event->set_branch(Delivery::Branch(alarm.delivery_id));
    event->set_event(EventNameOf(spooled.event));
    event->set_schema_version(kSchemaVersion);
    event->set_occurred_at_us(spooled.at_us);
    event->mutable_data()->PackFrom(spooled.event);
  }
  return request;
}

bool IsAlarm(const v1::Notice& notice) {
  return notice.txn_id().empty() &&
         (notice.event() == kLedgerDown || notice.event() == kLedgerBack);
}

}  // namespace hq::notify
