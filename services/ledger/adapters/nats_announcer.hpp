// Announces every record on NATS, in order, once. Where it was is read back from the announcement
// stream itself; with NATS away it waits, and what it finds there never changes the ledger.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "common/runtime/component.hpp"
#include "common/runtime/metrics.hpp"
#include "hq/ledger/v1/operations_service.pb.h"
#include "services/ledger/adapters/announcement_stream.hpp"
#include "services/ledger/adapters/announcer_settings.hpp"
#include "services/ledger/adapters/rocks_event_log.hpp"

namespace hq::ledger {

class NatsAnnouncer final : public Component {
 public:
  // `log` and `metrics` outlive it. While `gate` refuses, nothing is announced, and nothing that is
  // found on NATS is recorded.
  NatsAnnouncer(RocksEventLog& log, AnnouncerSettings settings, runtime::Metrics& metrics,
                std::function<Status()> gate = {});

  void Run(std::stop_token stop) override;

  // How far it has come, as far as this process knows. From any thread.
  Position announced() const { return announced_; }
  void Fill(v1::LedgerStatus& status) const {
    status.mutable_positions()->set_announced(announced());
  }

 private:
  // Where announcing goes on: behind this sequence, with the record after this position.
  struct Cursor {
    std::uint64_t sequence = 0;
    Position position = 0;
  };

  // One step: opens, locates, publishes a window or waits for news. kUnavailable to try again soon;
  // kFailedPrecondition if the stream holds what it must not.
  Status Step(std::stop_token stop);
  Result<Cursor> Locate();
  Result<Cursor> LocateInEmpty(const AnnouncementStream::State& state) const;
  // The record's position if the payload is a record of this ledger; nothing for a stray message.
  Result<std::optional<Position>> Recognise(const std::string& payload) const;
  // Up to where the life of an announced record was kept, if that record was given up by a restore;
  // nothing if it was not. kInvalidArgument if a fork's statement cannot be read.
  Result<std::optional<Position>> KeptOf(const v1::Record& record, std::uint64_t epoch) const;
  Status PublishNext();
  void ReportOnce(const Status& found);
  // It has come to `position`, or it has not moved while the head has.
  void MeasureLag(Position position);

  RocksEventLog& log_;
  const AnnouncerSettings settings_;
  runtime::Metrics& metrics_;
  const std::function<Status()> gate_;
  std::unique_ptr<AnnouncementStream> stream_;
  std::uint64_t reconnects_ = 0;  // When the cursor was located.
  std::optional<Cursor> cursor_;
  std::atomic<Position> announced_;
  std::string reported_;  // What it is halted by, if it is.
};

}  // namespace hq::ledger
