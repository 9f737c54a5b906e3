// Announces every record on NATS: the outbox, with a connection, patience and a thread. With NATS
// away it waits. Where the stream holds what this ledger never said, the ledger has lost records,
// or its disk is another's: then it stops serving, and records nothing, for that would only deepen
// the fork and stand in the way of a repair.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <string>

#include "common/runtime/component.hpp"
#include "common/runtime/metrics.hpp"
#include "hq/ledger/v1/operations_service.pb.h"
#include "services/ledger/adapters/announcer_settings.hpp"
#include "services/ledger/adapters/nats_announcement_stream.hpp"
#include "services/ledger/adapters/outbox.hpp"
#include "services/ledger/adapters/readiness.hpp"
#include "services/ledger/adapters/rocks_event_log.hpp"

namespace hq::ledger {

class NatsAnnouncer final : public Component {
 public:
  // `log`, `readiness` and `metrics` outlive it. While `gate` refuses, nothing is announced.
  NatsAnnouncer(RocksEventLog& log, AnnouncerSettings settings, Readiness& readiness,
                runtime::Metrics& metrics, std::function<Status()> gate = {});

  // Once, before the ledger takes anything: looks whether NATS has what this ledger never said, and
  // changes nothing there. Returns when that is known and `readiness` told; at once where nobody
  // listens; after `first_look_patience` in any case, since the ledger does not depend on NATS.
  // What could not be looked at then is found by Run.
  void LookFirst();

  void Run(std::stop_token stop) override;

  // How far it has come, as far as this process knows. From any thread.
  Position announced() const { return announced_; }
  void Fill(v1::LedgerStatus& status) const {
    status.mutable_positions()->set_announced(announced());
  }

 private:
  // kUnavailable while there is no connection.
  Status Connect();
  // One look at what the stream holds. Codes as Outbox::Check.
  Status Look();
  void LookUntil(std::chrono::steady_clock::time_point give_up_at);
  // One step: opens, publishes a window, waits for news. Codes as Outbox::Advance.
  Status Step(std::stop_token stop);
  // Stops the ledger if that was found which must not be; says what is the matter. Returns whether
  // it was.
  bool Settle(const Status& status);
  // Says once in the log what keeps it from announcing.
  void Tell(const Status& status);
  void MeasureLag();

  RocksEventLog& log_;
  const AnnouncerSettings settings_;
  Readiness& readiness_;
  runtime::Metrics& metrics_;
  const std::function<Status()> gate_;
  Outbox outbox_;
  std::unique_ptr<NatsAnnouncementStream> stream_;
  std::string told_;
  std::atomic<Position> announced_;
  std::future<void> first_look_;  // Last: it uses all of the above, until Run does.
};

}  // namespace hq::ledger
