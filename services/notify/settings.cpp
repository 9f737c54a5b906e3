#include "services/notify/settings.hpp"

#include <cstdlib>

#include "common/runtime/env.hpp"

namespace hq::notify {

Result<Settings> Settings::FromEnvironment() {
  runtime::Env env;
  Settings settings;
  settings.listen = env.Optional("HQ_LISTEN", "127.0.0.1:7305");
  settings.metrics_listen = env.Optional("HQ_METRICS_LISTEN", "127.0.0.1:0");
  settings.data_dir = env.Required("HQ_DATA_DIR");
  settings.principals_file = env.Required("HQ_PRINCIPALS_FILE");
  settings.ledger = env.Required("HQ_LEDGER");
  settings.token = env.RequiredFile("HQ_TOKEN_FILE");
  settings.nats.url = env.Required("HQ_NATS_URL");
  settings.nats.user = env.Required("HQ_NATS_USER");
  settings.nats.password = env.RequiredFile("HQ_NATS_PASSWORD_FILE");
  settings.call_timeout = env.Millis("HQ_CALL_TIMEOUT_MS", std::chrono::seconds(10));
  settings.backoff_base = env.Millis("HQ_RETRY_BASE_MS", std::chrono::seconds(1));
  settings.ledger_down_after = env.Millis("HQ_LEDGER_DOWN_AFTER_MS", std::chrono::seconds(15));
  settings.witness = ledger::WitnessSettings::From(env, "notify", settings.data_dir);
  HQ_RETURN_IF_ERROR(env.Done());
  return settings;
}

Result<std::string> ResolveUrlReference(const std::string& reference) {
  constexpr std::string_view kPrefix = "env:";
  const char* value =
      reference.starts_with(kPrefix) ? std::getenv(reference.c_str() + kPrefix.size()) : nullptr;
  if (!value || !*value)
    return absl::FailedPreconditionError("notify's environment has no value for " + reference);
  const std::string url = value;
  if (!url.starts_with("https://") && !url.starts_with("http://"))
    return absl::FailedPreconditionError(reference + " holds no http or https URL");
  return url;
}

}  // namespace hq::notify
