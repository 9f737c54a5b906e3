// Announces every record on NATS: the outbox, with a connection, patience and a thread. With NATS
// away it waits. Where the stream holds what this ledger never said, the ledger has lost records,
// or its disk is another's: then it stops serving, and records nothing, for that would only deepen
// the fork and stand in the way of a repair.
#pragma once

#include <atomic>
#include <functional>
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

  void Run(std::stop_token stop) override;

  // How far it has come, as far as this process knows. From any thread.
  Position announced() const { return announced_; }
  void Fill(v1::LedgerStatus& status) const {
    status.mutable_positions()->set_announced(announced());
  }

 private:
  // One step: opens, publishes a window, waits for news. Codes as Outbox::Advance.
  Status Step(std::stop_token stop);
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
  std::uint64_t reconnects_ = 0;  // When it was looked where announcing goes on.
  std::string told_;
  std::atomic<Position> announced_;
};

}  // namespace hq::ledger
