#include "services/ledger/api/status_board.hpp"

namespace hq::ledger {

StatusBoard::Source LogStatus(const RocksEventLog& log, TimePoint started) {
  return [&log, started](v1::LedgerStatus& status) {
    const v1::Cursor head = log.Head().head();
    status.set_log_id(head.log_id());
    status.set_epoch(head.epoch());
    status.set_started_at_us(ToMicros(started));
    status.mutable_positions()->set_durable(head.position());
    status.mutable_positions()->set_indexed(log.indexed());
    log.Fill(status);
  };
}

}  // namespace hq::ledger
