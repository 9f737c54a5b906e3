// The ledger's own log as the scrubber reads it, and what a mismatch leads to.
#pragma once

#include "services/ledger/adapters/error_recorder.hpp"
#include "services/ledger/adapters/readiness.hpp"
#include "services/ledger/adapters/rocks_event_log.hpp"
#include "services/ledger/adapters/scrubber.hpp"

namespace hq::ledger {

// `log` outlives it.
Scrubber::Source ScrubSourceOf(const RocksEventLog& log);

// Makes the ledger not ready and records why, as soon as it may record; what is found again after a
// restart is not recorded again. Both outlive it.
Scrubber::OnMismatch StopServing(Readiness& readiness, ErrorRecorder& errors);

}  // namespace hq::ledger
