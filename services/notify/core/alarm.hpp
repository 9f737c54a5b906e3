// An alarm about the ledger itself: a delivery that is kept in a spool, because the ledger cannot
// take it, and recorded there afterwards. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "hq/ledger/v1/events.pb.h"
#include "hq/ledger/v1/ledger_service.pb.h"
#include "hq/notify/v1/notice.pb.h"
#include "services/notify/core/delivery.hpp"
#include "services/notify/core/outage.hpp"

namespace hq::notify {

inline constexpr std::string_view kLedgerDown = "ledger_down";
inline constexpr std::string_view kLedgerBack = "ledger_back";

// One event of an alarm's life, as the spool keeps it until the ledger has it.
struct SpooledEvent {
  std::string delivery_id;
  std::int64_t at_us = 0;  // When it happened: microseconds since the Unix epoch.
  Delivery::Event event;
  std::int64_t outage_us = 0;  // Since when the ledger is down: names the outage.
  std::string url_reference;   // Of an intent: where to, as it was when the alarm was raised.
};

// An alarm as its events make it.
struct Alarm {
  std::string delivery_id;
  std::int64_t outage_us = 0;
  std::string url_reference;
  ledger::v1::EffectIntended intended;
  v1::Notice notice;
  Delivery::State state;
  std::vector<SpooledEvent> events;  // All, in order.
};

// By delivery id.
using Alarms = std::map<std::string, Alarm>;

void Fold(Alarms& alarms, const SpooledEvent& event);

// The outage that people were told of and not yet that it is over: microseconds since the Unix
// epoch; 0 if there is none.
std::int64_t OpenOutageOf(const Alarms& alarms);

// What to tell of an outage that began at `outage_us`.
v1::Notice DownNotice(std::int64_t outage_us, const std::string& detail);
v1::Notice BackNotice(std::int64_t outage_us, std::int64_t back_us);

// The intent to tell `target`. An outage, notice and target always give the same delivery.
SpooledEvent IntentOf(const v1::Notice& notice, std::int64_t outage_us, const std::string& target,
                      const std::string& url_reference, std::int64_t now_us);

// Those to be told that the outage is over: who was told that it began.
std::vector<SpooledEvent> BackIntents(const Alarms& alarms, std::int64_t outage_us,
                                      std::int64_t now_us);

// Whether every alarm of that outage is settled and people were told that it is over: then it can
// be recorded and forgotten.
bool IsComplete(const Alarms& alarms, std::int64_t outage_us);

// The append that records an alarm, its events at the times they happened. The same alarm is always
// the same command.
ledger::v1::AppendRequest RecordingOf(const Alarm& alarm);

// Whether a notice is an alarm's, and about no record.
bool IsAlarm(const v1::Notice& notice);

}  // namespace hq::notify
