// What notify is told by its environment; see README.md. Secrets come from files.
#pragma once

#include <chrono>
#include <string>

#include "common/base/result.hpp"
#include "common/nats/bus.hpp"
#include "common/witness/witness_settings.hpp"

namespace hq::notify {

struct Settings {
  std::string listen;               // HQ_LISTEN, else 127.0.0.1:7305.
  std::string metrics_listen;       // HQ_METRICS_LISTEN, else any free port.
  std::string data_dir;             // HQ_DATA_DIR: all but spool/ and witness/ can be rebuilt.
  std::string principals_file;      // HQ_PRINCIPALS_FILE.
  std::string ledger;               // HQ_LEDGER, host:port.
  std::string token;                // From the file that HQ_TOKEN_FILE names.
  nats::Login nats;                 // HQ_NATS_URL, HQ_NATS_USER, HQ_NATS_PASSWORD_FILE.
  ledger::WitnessSettings witness;  // HQ_WITNESS_KEY_FILE, HQ_LOG_KEY_FILE.
  std::chrono::milliseconds call_timeout{};       // HQ_CALL_TIMEOUT_MS, else 10000.
  std::chrono::milliseconds backoff_base{};       // HQ_RETRY_BASE_MS, else 1000.
  std::chrono::milliseconds ledger_down_after{};  // HQ_LEDGER_DOWN_AFTER_MS, else 15000.

  // kInvalidArgument naming every variable that is missing or malformed.
  static Result<Settings> FromEnvironment();
};

// The URL behind "env:NAME", read from the environment whenever it is needed. kFailedPrecondition,
// naming the reference and never its value, if the variable is unset or holds no http(s) URL.
Result<std::string> ResolveUrlReference(const std::string& reference);

}  // namespace hq::notify
