// Tells people when the ledger is down and when it is back, without the ledger: intent, attempt and
// outcome go into the spool, and onto the ledger once it is back. At most one alarm to a channel
// for an outage and one for its end; a crash between call and outcome may double one, and the
// outcome says so.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <random>
#include <string>
#include <vector>

#include "common/base/clock.hpp"
#include "common/events/event_log.hpp"
#include "common/runtime/component.hpp"
#include "common/runtime/metrics.hpp"
#include "services/notify/adapters/outage_spool.hpp"
#include "services/notify/core/alarm.hpp"
#include "services/notify/core/outage.hpp"
#include "services/notify/ports.hpp"
#include "services/notify/reactors/sender.hpp"
#include "services/notify/views/deliveries.hpp"

namespace hq::notify {

class LedgerWatch final : public Component {
 public:
  struct Pace {
    OutagePatience patience;
    std::chrono::milliseconds backoff_base{1'000};
    std::chrono::milliseconds look_every{1'000};
  };

  // All outlive it. `log` is the ledger that `probe` looks at.
  LedgerWatch(LedgerProbe& probe, EventLog& log, const Deliveries& deliveries, OutageSpool& spool,
              const Sender& sender, Clock& clock, runtime::Metrics& metrics, Pace pace);

  // People are told when the ledger has been away for `down_after`; the other times are never
  // longer than that.
  static Pace PaceFor(std::chrono::milliseconds down_after, std::chrono::milliseconds backoff_base);

  void Run(std::stop_token stop) override;

 private:
  // What this process knows of an alarm beyond the spool.
  struct Progress {
    TimePoint due{};              // Not before this.
    std::uint32_t attempts = 0;   // Made by this process.
    bool may_be_doubled = false;  // An attempt's outcome is unknown.
  };
  // An attempt that is in the spool and about to be made.
  struct Call {
    std::string delivery_id;
    std::string url;
    Answer answer;
  };

  void Look();
  void Raise(const std::string& detail);
  void EndOutage();
  // One attempt of every alarm that is due, all at once.
  void Attempt();
  std::vector<Call> BeginAttempts();
  void Settle(const std::string& delivery_id, const ledger::v1::EffectSettled& outcome);
  SpooledEvent EventOf(const Alarm& alarm) const;
  // Records finished outages on the ledger, then forgets them.
  void Record();
  void Spool(const std::vector<SpooledEvent>& events);

  LedgerProbe& probe_;
  EventLog& log_;
  const Deliveries& deliveries_;
  OutageSpool& spool_;
  const Sender& sender_;
  Clock& clock_;
  runtime::Metrics& metrics_;
  const Pace pace_;

  Outage outage_;
  std::int64_t outage_us_ = 0;  // Since when, once people were told of it.
  bool is_serving_ = false;     // At the last look.
  Alarms alarms_;
  std::map<std::string, Progress> progress_;  // By delivery id.
  std::minstd_rand random_{std::random_device{}()};
};

}  // namespace hq::notify
