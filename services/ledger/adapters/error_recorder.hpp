// Records what must not be in the ledger's own stream, as the ledger itself. A component that finds
// such a thing says so here and nowhere else. It records nothing on a ledger that is behind what
// somebody knows of it: one record more would only deepen the fork.
#pragma once

#include <functional>
#include <string>
#include <utility>

#include "hq/ledger/v1/events.pb.h"
#include "services/ledger/adapters/rocks_event_log.hpp"

namespace hq::ledger {

// The ledger's own principal.
const rpc::Caller& Itself();

// Thread-safe.
class ErrorRecorder {
 public:
  // `log` outlives it; `gate` tells whether something may be recorded:
  // Transparency::CheckRecording.
  ErrorRecorder(RocksEventLog& log, std::function<Status()> gate)
      : log_(log), gate_(std::move(gate)) {}

  // Appends `ledger_error` and waits for it. The same command id records once, for ever. True if it
  // stands on the ledger; if not, the caller tries again later.
  bool Record(const v1::LedgerError& error, const std::string& command_id);

  // Records each error that it is called with as one of its own; named by `what` and a new id.
  std::function<bool(const v1::LedgerError& error)> For(std::string what);

 private:
  RocksEventLog& log_;
  const std::function<Status()> gate_;
};

}  // namespace hq::ledger
