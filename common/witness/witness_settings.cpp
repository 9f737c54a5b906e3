#include "common/witness/witness_settings.hpp"

namespace hq::ledger {

WitnessSettings WitnessSettings::From(runtime::Env& env, const std::string& name,
                                      const std::string& data_dir) {
  WitnessSettings settings;
  settings.name = name;
  settings.directory = data_dir + "/witness";
  settings.key_file = env.Optional("HQ_WITNESS_KEY_FILE", settings.directory + "/key");
  settings.log_key_file = env.Optional("HQ_LOG_KEY_FILE", "");
  return settings;
}

}  // namespace hq::ledger
