#include "services/ledger/adapters/scrub_source.hpp"

#include "common/base/ids.hpp"

namespace hq::ledger {

Scrubber::Source ScrubSourceOf(const RocksEventLog& log) {
  return {[&log] { return log.Head().head().log_id(); }, [&log] { return log.tree_head(); },
          [&log](Position after, Position until, std::size_t bytes_max) -> Result<std::string> {
            HQ_ASSIGN_OR_RETURN(auto frames, log.TryReadFrames(after, until, bytes_max));
            return std::move(frames.bytes);
          },
          [&log](const TileId& id, unsigned width) { return log.ReadTile(id, width); }};
}

Scrubber::OnMismatch StopServing(Readiness& readiness, ErrorRecorder& errors) {
  return [&readiness, &errors](const v1::LedgerError& error) {
    readiness.Fail(error.reason() + ": " + error.detail());
    return errors.Record(error, "scrub-" + KeyOf({error.detail()}));
  };
}

}  // namespace hq::ledger
