// What notify is told by its environment. See README.md.
#pragma once

#include <chrono>
#include <string>

#include "common/base/result.hpp"
#include "common/nats/bus.hpp"
#include "common/witness/witness_settings.hpp"

namespace hq::notify {

struct Settings {
  std::string listen;
  std::string metrics_listen;
  std::string data_directory;
  std::string principals_file;
  std::string ledger_address;
  std::string token;  // Its own, for the ledger.
  nats::Login nats;
  ledger::WitnessSettings witness;  // HQ_WITNESS_KEY_FILE, HQ_LOG_KEY_FILE.
  std::chrono::milliseconds call_timeout{};
  std::chrono::milliseconds backoff_base{};
  std::chrono::milliseconds ledger_down_after{};

  // kInvalidArgument naming every variable that is missing or malformed.
  static Result<Settings> FromEnvironment();
};

// The URL behind "env:NAME", read from the environment whenever it is needed. kFailedPrecondition,
// naming the reference and never its value, if the variable is unset or holds no http(s) URL.
Result<std::string> ResolveUrlReference(const std::string& reference);

}  // namespace hq::notify
