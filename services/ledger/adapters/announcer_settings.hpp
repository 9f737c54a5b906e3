// What the announcer is told: where NATS is and for how long news is kept there.
#pragma once

#include <chrono>

#include "common/nats/bus.hpp"

namespace hq::ledger {

struct AnnouncerSettings {
  nats::Login login;
  std::chrono::hours max_age{31 * 24};
  std::chrono::milliseconds retry_wait{3'000};           // After it was halted.
  std::chrono::milliseconds first_look_patience{3'000};  // For which the start waits for NATS.
};

}  // namespace hq::ledger
