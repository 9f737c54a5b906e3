// Sends what the view says is pending: intent, attempt, call, outcome, each on the ledger, so that
// a crash at any moment goes on where it was. The kill switch does not stop it: people must be
// told.
#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "common/base/clock.hpp"
#include "common/events/event_log.hpp"
#include "common/projection/runner.hpp"
#include "common/runtime/component.hpp"
#include "common/runtime/metrics.hpp"
#include "services/notify/core/delivery.hpp"
#include "services/notify/reactors/sender.hpp"
#include "services/notify/views/deliveries.hpp"

namespace hq::notify {

class DeliveryReactor final : public Component {
 public:
  struct Pace {
    std::chrono::milliseconds backoff_base{1'000};
    std::chrono::milliseconds look_every{200};      // For what is due again.
    std::chrono::milliseconds ledger_pause{1'000};  // After the ledger could not be reached.
  };
  // All outlive the reactor.
  DeliveryReactor(EventLog& log, const Deliveries& deliveries, projection::Runner& runner,
                  const Sender& sender, Clock& clock, runtime::Metrics& metrics, Pace pace)
      : log_(log),
        deliveries_(deliveries),
        runner_(runner),
        sender_(sender),
        clock_(clock),
        metrics_(metrics),
        pace_(pace) {}

  void Run(std::stop_token stop) override;

 private:
  // What this process knows of a delivery beyond the ledger.
  struct Progress {
    TimePoint due{};              // Not before this.
    std::uint32_t attempts = 0;   // Made by this process.
    bool may_be_doubled = false;  // An attempt's outcome is unknown.
    bool is_settled = false;      // On the ledger; the view will see it in a moment.
    std::optional<ledger::v1::EffectSettled> outcome;  // Known, not yet on the ledger.
  };
  // Deliveries to one target, one after the other, on a thread of their own: a channel that hangs
  // holds up nobody else.
  struct Lane {
    std::atomic<bool> is_done = false;
    std::jthread thread;
  };

  void StartLanes();
  void Work(const std::vector<PendingDelivery>& due, std::stop_token stop);
  // One step of one delivery as far as it goes now; then it is settled, or due again later.
  Status Advance(const PendingDelivery& pending, Progress& progress);
  Status Intend(const PendingDelivery& pending);
  // The attempt's number; 0 if the delivery is closed. kResourceExhausted after the last one.
  Result<std::uint32_t> BeginNext(const PendingDelivery& pending, Progress& progress);
  Result<std::string> UrlFor(const PendingDelivery& pending) const;
  void Weigh(const Answer& answer, std::uint32_t attempt, Progress& progress);
  Status Settle(const PendingDelivery& pending, const Progress& progress);
  CommandMeta MetaFor(const PendingDelivery& pending) const;
  double Spread();

  EventLog& log_;
  const Deliveries& deliveries_;
  projection::Runner& runner_;
  const Sender& sender_;
  Clock& clock_;
  runtime::Metrics& metrics_;
  const Pace pace_;

  std::mutex mutex_;  // Guards what follows but the lanes, which only Run touches.
  std::map<std::string, Progress> progress_;  // By delivery id.
  std::minstd_rand random_{std::random_device{}()};
  std::map<std::string, Lane> lanes_;  // By target. Last: its threads use all the rest.
};

}  // namespace hq::notify
