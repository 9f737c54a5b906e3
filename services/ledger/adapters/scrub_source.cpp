#include "services/ledger/adapters/scrub_source.hpp"

namespace hq::ledger {

Scrubber::Source ScrubSourceOf(const RocksEventLog& log) {
  return {[&log] { return log.Head().head().log_id(); }, [&log] { return log.tree_head(); },
          [&log](Position after, Position until, std::size_t bytes_max) {
            return log.ReadFrames(after, until, bytes_max).bytes;
          },
          [&log](const TileId& id, unsigned width) { return log.ReadTile(id, width); }};
}

Scrubber::OnMismatch StopServing(Readiness& readiness, ErrorRecorder& errors) {
  return [&readiness, &errors](const v1::LedgerError& error) {
    readiness.Fail(error.reason() + ": " + error.detail());
    errors.For("scrub")(error);
  };
}

}  // namespace hq::ledger
