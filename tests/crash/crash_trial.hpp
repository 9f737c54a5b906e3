// A ledger under trial: the real process, clients that write chains and remember what they were
// told, and a reader that follows. Whatever is done to the process or to its disk meanwhile,
// nothing that was acknowledged or shown may be lost or changed.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/chain_writer.hpp"
#include "tests/support/ledger_audit.hpp"
#include "tests/support/ledger_follower.hpp"
#include "tests/support/ledger_process.hpp"
#include "tests/support/nats_server.hpp"

namespace hq::testing {

// Used from one thread, which starts the ledger.
class CrashTrial {
 public:
  // NATS is away, or is the given server, which outlives the trial.
  CrashTrial();
  explicit CrashTrial(const NatsServer& nats);
  ~CrashTrial();

  CrashTrial(const CrashTrial&) = delete;
  CrashTrial& operator=(const CrashTrial&) = delete;

  LedgerProcess& ledger() { return ledger_; }

  // That many clients write from now on, and one reader follows; the ledger may come later.
  void Begin(int writers);

  // What all clients were told, up to now.
  std::vector<Acknowledged> Told() const;
  std::size_t told_count() const;

  // Whether, within a minute, so many commands more are acknowledged. False as soon as the ledger
  // has ended.
  bool AwaitMore(std::size_t commands);

  // Waits for a moment drawn by the caller, or for the end of the ledger.
  void AwaitMoment(std::chrono::milliseconds wait);

  // Audits a ledger that runs, while the clients go on. Then lets them end, if `is_end`, and holds
  // the reader's projection against one that is made anew. Failures are failures of the test.
  void ExpectNothingIsLost(bool is_end = true);

 private:
  void EndWriters();
  void ExpectSameProjection();
  void ExpectNoFaults();

  LedgerProcess ledger_;
  std::unique_ptr<LedgerFollower> follower_;
  std::vector<std::unique_ptr<ChainWriter>> writers_;
  std::vector<Acknowledged> told_before_;  // By writers that have ended.
  int writers_made_ = 0;
};

// Whether every record up to `head` has been announced once, and nothing else.
bool IsAnnouncedOnce(const NatsServer& nats, Position head);

}  // namespace hq::testing
