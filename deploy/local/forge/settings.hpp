// The forge's settings, all from the environment; secrets come from files.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>

#include "common/base/result.hpp"

namespace hq::forge {

struct Settings {
  std::string listen;                           // HQ_LISTEN: "address:port"
  std::filesystem::path data;                   // HQ_FORGE_DATA: repos/{owner}/{name}.git, state/
  std::string hq_token;                         // HQ_FORGE_TOKEN_FILE
  std::string owner_token;                      // HQ_FORGE_OWNER_TOKEN_FILE, optional
  std::string request_log;                      // HQ_FORGE_REQUEST_LOG, optional
  std::string webhook_url;                      // HQ_FORGE_WEBHOOK_URL, optional
  std::string webhook_secret;                   // HQ_FORGE_WEBHOOK_SECRET_FILE, with the URL
  std::int64_t fail_every = 0;                  // HQ_FORGE_FAIL_EVERY
  std::chrono::milliseconds check_delay{300};   // HQ_FORGE_CHECK_DELAY_MS
  std::chrono::milliseconds deploy_delay{300};  // HQ_FORGE_DEPLOY_DELAY_MS

  // kInvalidArgument naming every variable that is missing or malformed.
  static Result<Settings> FromEnvironment();
};

}  // namespace hq::forge
