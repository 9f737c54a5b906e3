// What sync is told by its environment; see README.md. Secrets come from files.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "common/base/result.hpp"
#include "common/nats/bus.hpp"
#include "common/witness/witness_settings.hpp"

namespace hq::sync {

struct Settings {
  std::string listen;                          // HQ_LISTEN, else 127.0.0.1:7303.
  std::string metrics_listen;                  // HQ_METRICS_LISTEN, else any free port.
  std::string data_dir;                        // HQ_DATA_DIR: all but witness/ can be rebuilt.
  std::string principals_file;                 // HQ_PRINCIPALS_FILE.
  std::string ledger;                          // HQ_LEDGER, host:port.
  std::string decision;                        // HQ_DECISION, host:port.
  std::string token;                           // From the file that HQ_TOKEN_FILE names.
  nats::Login nats;                            // HQ_NATS_URL, HQ_NATS_USER, HQ_NATS_PASSWORD_FILE.
  ledger::WitnessSettings witness;             // HQ_WITNESS_KEY_FILE, HQ_LOG_KEY_FILE.
  std::string forge_api_url;                   // HQ_FORGE_API_URL, else https://api.github.com.
  std::string forge_git_url;                   // HQ_FORGE_GIT_URL, else https://github.com.
  std::string forge_token;                     // From the file that HQ_FORGE_TOKEN_FILE names.
  std::string hq_repo;                         // HQ_REPO, owner/name of the HQ repository.
  std::string site_url;                        // HQ_SITE_URL_TEMPLATE, else https://{domain}.
  std::chrono::milliseconds poll{};            // HQ_POLL_MS, else 2000.
  std::uint32_t probes = 0;                    // HQ_PROBE_COUNT, else 5.
  std::uint32_t probe_failures = 0;            // HQ_PROBE_FAILURES, else 3.
  std::chrono::milliseconds probe_interval{};  // HQ_PROBE_INTERVAL_MS, else 10000.
  std::chrono::milliseconds deploy_timeout{};  // HQ_DEPLOY_TIMEOUT_MS, else 600000.

  // kInvalidArgument naming every variable that is missing or malformed.
  static Result<Settings> FromEnvironment();
};

}  // namespace hq::sync
