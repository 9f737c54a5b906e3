// What a service that vouches for the ledger is told about that.
#pragma once

#include <chrono>
#include <string>

#include "common/runtime/env.hpp"

namespace hq::ledger {

struct WitnessSettings {
  std::string name;       // The service's principal, and the name of its key.
  std::string directory;  // `{data_dir}/witness`: must survive what the rest of data_dir need not.
  std::string key_file;   // HQ_WITNESS_KEY_FILE, else `key` in the directory; made if absent.
  // HQ_LOG_KEY_FILE: holds the log's verifier key. Empty: the key that the ledger names when it is
  // asked first is trusted from then on.
  std::string log_key_file;
  std::chrono::milliseconds interval{500};  // Between two looks at the ledger.

  static WitnessSettings From(runtime::Env& env, const std::string& name,
                              const std::string& data_dir);
};

}  // namespace hq::ledger
