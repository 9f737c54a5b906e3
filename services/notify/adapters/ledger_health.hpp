// Looks at the ledger as its clients see it: its health over gRPC, and whether Head answers.
#pragma once

#include <memory>
#include <string>

#include "common/events/event_log.hpp"
#include "services/notify/ports.hpp"

namespace hq::notify {

// Used from one thread.
class LedgerHealth final : public LedgerProbe {
 public:
  // `log` is the ledger at that address and outlives it.
  LedgerHealth(const std::string& address, EventLog& log);
  ~LedgerHealth() override;

  Sighting Look() override;

 private:
  struct Connection;
  std::unique_ptr<Connection> connection_;
  EventLog& log_;
};

}  // namespace hq::notify
