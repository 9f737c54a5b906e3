// Reads the whole log again, slowly and for ever, to find what no checksum of a block can: a record
// that was changed, a file that went back in time. What it finds is never mended here.
#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <string>

#include "common/base/clock.hpp"
#include "common/runtime/component.hpp"
#include "common/runtime/metrics.hpp"
#include "hq/ledger/v1/events.pb.h"
#include "hq/ledger/v1/operations_service.pb.h"
#include "services/ledger/core/scrub.hpp"

namespace hq::ledger {

class Scrubber final : public Component {
 public:
  struct Pace {
    std::uint64_t bytes_per_second = 5'000'000;  // 0: does not scrub.
    std::chrono::milliseconds between_passes = std::chrono::hours(1);
    std::size_t chunk_bytes = 256 * 1024;
  };
  // What it reads; thread-safe, and outlives it.
  struct Source {
    std::function<std::string()> log_id;
    std::function<TreeHead()> tree;  // Of the records that are durable.
    // Whole records after `after`, up to `until`, as frames: `bytes_max` or a little more.
    // kDataLoss if they cannot be read.
    std::function<Result<std::string>(Position after, Position until, std::size_t bytes_max)>
        frames;
    TileReader tiles;
  };
  // Called from Run's thread with the mismatch: makes the ledger not ready, and records it for
  // good. False if it could not be recorded yet: then it is called again.
  using OnMismatch = std::function<bool(const v1::LedgerError& error)>;

  // `clock` and `metrics` outlive it.
  Scrubber(Source source, OnMismatch on_mismatch, Clock& clock, runtime::Metrics& metrics,
           Pace pace);

  // Ends at the first mismatch (SCRUB_MISMATCH), or at what the disk does not give
  // (SCRUB_UNREADABLE), once that is recorded: either is for a person.
  void Run(std::stop_token stop) override;

  // From any thread.
  void Fill(v1::LedgerStatus& status) const;

 private:
  // One pass; false if it was stopped or found a mismatch.
  bool Pass(std::stop_token stop);
  // Returns once it is recorded, or `stop` is requested.
  void Report(Position position, const Status& found, const std::stop_token& stop);
  void Count(const ScrubPass& pass, std::uint64_t records);

  const Source source_;
  const OnMismatch on_mismatch_;
  Clock& clock_;
  runtime::Metrics& metrics_;
  const Pace pace_;

  mutable std::mutex mutex_;
  v1::ScrubStatus status_;
};

}  // namespace hq::ledger
