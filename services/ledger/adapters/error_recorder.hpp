// Records what must not be in the ledger's own stream, as the ledger itself. A component that finds
// such a thing says so here and nowhere else.
#pragma once

#include <functional>
#include <string>

#include "hq/ledger/v1/events.pb.h"
#include "services/ledger/adapters/rocks_event_log.hpp"

namespace hq::ledger {

// The ledger's own principal.
const rpc::Caller& Itself();

// Thread-safe.
class ErrorRecorder {
 public:
  // `log` outlives it.
  explicit ErrorRecorder(RocksEventLog& log) : log_(log) {}

  // Appends `ledger_error` and waits for it. The same command id records once, for ever. True if it
  // stands on the ledger.
  bool Record(const v1::LedgerError& error, const std::string& command_id);

  // Records each error that it is called with as one of its own; named by `what` and a new id.
  std::function<bool(const v1::LedgerError& error)> For(std::string what);

 private:
  RocksEventLog& log_;
};

}  // namespace hq::ledger
