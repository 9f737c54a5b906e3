// What decision is told by its environment; see README.md. Secrets come from files.
#pragma once

#include <string>

#include "common/base/result.hpp"
#include "common/nats/bus.hpp"
#include "common/witness/witness_settings.hpp"

namespace hq::decision {

struct Settings {
  std::string listen;               // HQ_LISTEN, else 127.0.0.1:7302.
  std::string metrics_listen;       // HQ_METRICS_LISTEN, else any free port.
  std::string data_dir;             // HQ_DATA_DIR: all but witness/ can be rebuilt.
  std::string principals_file;      // HQ_PRINCIPALS_FILE.
  std::string ledger;               // HQ_LEDGER, host:port.
  std::string token;                // From the file that HQ_TOKEN_FILE names.
  nats::Login nats;                 // HQ_NATS_URL, HQ_NATS_USER, HQ_NATS_PASSWORD_FILE.
  ledger::WitnessSettings witness;  // HQ_WITNESS_KEY_FILE, HQ_LOG_KEY_FILE.

  // kInvalidArgument naming every variable that is missing.
  static Result<Settings> FromEnvironment();
};

}  // namespace hq::decision
