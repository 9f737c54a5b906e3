#include "services/decision/settings.hpp"

#include "common/runtime/env.hpp"

namespace hq::decision {

Result<Settings> Settings::FromEnvironment() {
  runtime::Env env;
  Settings settings;
  settings.listen = env.Optional("HQ_LISTEN", "127.0.0.1:7302");
  settings.metrics_listen = env.Optional("HQ_METRICS_LISTEN", "127.0.0.1:0");
  settings.data_dir = env.Required("HQ_DATA_DIR");
  settings.principals_file = env.Required("HQ_PRINCIPALS_FILE");
  settings.ledger = env.Required("HQ_LEDGER");
  settings.token = env.RequiredFile("HQ_TOKEN_FILE");
  settings.nats.url = env.Required("HQ_NATS_URL");
  settings.nats.user = env.Required("HQ_NATS_USER");
  settings.nats.password = env.RequiredFile("HQ_NATS_PASSWORD_FILE");
  settings.witness = ledger::WitnessSettings::From(env, "decision", settings.data_dir);
  HQ_RETURN_IF_ERROR(env.Done());
  return settings;
}

}  // namespace hq::decision
