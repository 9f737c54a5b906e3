#include "services/sync/settings.hpp"

#include "common/runtime/env.hpp"

namespace hq::sync {

Result<Settings> Settings::FromEnvironment() {
  using std::chrono::milliseconds;
  runtime::Env env;
  Settings settings;
  settings.listen = env.Optional("HQ_LISTEN", "127.0.0.1:7303");
  settings.metrics_listen = env.Optional("HQ_METRICS_LISTEN", "127.0.0.1:0");
  settings.data_dir = env.Required("HQ_DATA_DIR");
  settings.principals_file = env.Required("HQ_PRINCIPALS_FILE");
  settings.ledger = env.Required("HQ_LEDGER");
  settings.decision = env.Required("HQ_DECISION");
  settings.token = env.RequiredFile("HQ_TOKEN_FILE");
  settings.nats.url = env.Required("HQ_NATS_URL");
  settings.nats.user = env.Required("HQ_NATS_USER");
  settings.nats.password = env.RequiredFile("HQ_NATS_PASSWORD_FILE");
  settings.forge_api_url = env.Optional("HQ_FORGE_API_URL", "https://api.github.com");
  settings.forge_git_url = env.Optional("HQ_FORGE_GIT_URL", "https://github.com");
  settings.forge_token = env.RequiredFile("HQ_FORGE_TOKEN_FILE");
  settings.hq_repo = env.Required("HQ_REPO");
  settings.site_url = env.Optional("HQ_SITE_URL_TEMPLATE", "https://{domain}");
  settings.poll = env.Millis("HQ_POLL_MS", milliseconds(2'000));
  settings.probes = static_cast<std::uint32_t>(env.Number("HQ_PROBE_COUNT", 5, 1, 100));
  settings.probe_failures =
      static_cast<std::uint32_t>(env.Number("HQ_PROBE_FAILURES", 3, 1, settings.probes));
  settings.probe_interval = env.Millis("HQ_PROBE_INTERVAL_MS", milliseconds(10'000));
  settings.deploy_timeout = env.Millis("HQ_DEPLOY_TIMEOUT_MS", milliseconds(600'000));
  settings.witness = ledger::WitnessSettings::From(env, "sync", settings.data_dir);
  HQ_RETURN_IF_ERROR(env.Done());
  return settings;
}

}  // namespace hq::sync
