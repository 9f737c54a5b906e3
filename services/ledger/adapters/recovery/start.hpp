// How the ledger's process begins: it opens the truth, and before that brings back what is missing,
// where that is safe; later it tells the ledger of itself.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "common/runtime/component.hpp"
#include "services/ledger/adapters/recovery/recovery_settings.hpp"
#include "services/ledger/adapters/rocks_event_log.hpp"

namespace hq::ledger {

// Opens the ledger. If it has fewer records than the signed files beside it vouch for, none at all,
// or those of a repair that was broken off, it is repaired first, if every source can be read and
// every signed root comes out; else it says in the process log where the report lies. A ledger that
// is behind opens all the same, and the witnesses' gate keeps it from serving; one whose repair has
// not ended does not open. Codes as RocksEventLog::Open. No new ledger is made
// beside an archive that has one: kFailedPrecondition, reason ARCHIVE_HAS_A_LEDGER; nor while the
// archive cannot be read: the archive's codes.
Result<std::unique_ptr<RocksEventLog>> OpenRepaired(RecoverySettings settings, Clock& clock,
                                                    runtime::Metrics& metrics);

// Records `ledger_repaired` as soon as the ledger may serve, if a repair has left word; once. Word
// that is damaged, or in another form, is told in the process log and moved to `notice.unreadable`
// beside it: also once.
class RepairNotice final : public Component {
 public:
  // `log` outlives it; `gate` tells whether the ledger may serve.
  RepairNotice(const std::string& data_dir, RocksEventLog& log, std::function<Status()> gate);

  void Run(std::stop_token stop) override;

 private:
  const std::string data_dir_;
  RocksEventLog& log_;
  const std::function<Status()> gate_;
};

}  // namespace hq::ledger
