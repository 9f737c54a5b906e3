#include "deploy/local/forge/settings.hpp"

#include "common/runtime/env.hpp"

namespace hq::forge {

Result<Settings> Settings::FromEnvironment() {
  constexpr std::int64_t kFailEveryMax = 1'000'000;
  runtime::Env env;
  Settings settings;
  settings.listen = env.Required("HQ_LISTEN");
  settings.data = env.Required("HQ_FORGE_DATA");
  settings.hq_token = env.RequiredFile("HQ_FORGE_TOKEN_FILE");
  if (!env.Optional("HQ_FORGE_OWNER_TOKEN_FILE", "").empty())
    settings.owner_token = env.RequiredFile("HQ_FORGE_OWNER_TOKEN_FILE");
  settings.request_log = env.Optional("HQ_FORGE_REQUEST_LOG", "");
  settings.webhook_url = env.Optional("HQ_FORGE_WEBHOOK_URL", "");
  if (!settings.webhook_url.empty())
    settings.webhook_secret = env.RequiredFile("HQ_FORGE_WEBHOOK_SECRET_FILE");
  settings.fail_every = env.Number("HQ_FORGE_FAIL_EVERY", 0, 0, kFailEveryMax);
  settings.check_delay = env.Millis("HQ_FORGE_CHECK_DELAY_MS", settings.check_delay);
  settings.deploy_delay = env.Millis("HQ_FORGE_DEPLOY_DELAY_MS", settings.deploy_delay);
  HQ_RETURN_IF_ERROR(env.Done());
  if (settings.hq_token.empty())
    return absl::InvalidArgumentError("settings:\n  HQ_FORGE_TOKEN_FILE names an empty file");
  return settings;
}

}  // namespace hq::forge
