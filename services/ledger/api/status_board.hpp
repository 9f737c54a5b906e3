// How the ledger stands, put together from what its parts say of themselves. A part that is not
// running adds no source, and its fields are absent.
#pragma once

#include <functional>
#include <vector>

#include "hq/ledger/v1/operations_service.pb.h"
#include "services/ledger/adapters/rocks_event_log.hpp"

namespace hq::ledger {

class StatusBoard {
 public:
  // Fills in its own fields and leaves the others alone. Thread-safe.
  using Source = std::function<void(v1::LedgerStatus& status)>;

  // Before the server is started.
  void Add(Source source) { sources_.push_back(std::move(source)); }

  // Parts that fill in what they know by themselves; they outlive the board.
  template <class... Parts>
  void AddParts(Parts&... parts) {
    (Add([&parts](v1::LedgerStatus& status) { parts.Fill(status); }), ...);
  }

  // From any thread.
  v1::LedgerStatus Read() const {
    v1::LedgerStatus status;
    for (const Source& source : sources_) source(status);
    return status;
  }

 private:
  std::vector<Source> sources_;
};

// Which ledger it is, where it ends, and since when this process has it. `log` outlives the source.
StatusBoard::Source LogStatus(const RocksEventLog& log, TimePoint started);

}  // namespace hq::ledger
