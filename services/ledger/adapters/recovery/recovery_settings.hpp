// What a recovery is told: where the ledger's data are, and where else records and signed heads may
// be had.
#pragma once

#include <string>
#include <vector>

#include "services/ledger/adapters/announcer_settings.hpp"
#include "services/ledger/adapters/archive/archive_settings.hpp"

namespace hq::ledger {

struct RecoverySettings {
  std::string data_dir;
  std::string key_file;                       // HQ_SIGNING_KEY_FILE, else in the data directory.
  std::string witness_keys_file;              // HQ_WITNESS_KEYS_FILE; may be empty.
  ArchiveSettings archive;                    // `where` empty: there is none.
  AnnouncerSettings announcer;                // The login's url empty: announcements are not asked.
  std::vector<std::string> log_key_files;     // Verifier keys of the log besides its own.
  std::vector<std::string> checkpoint_files;  // Signed notes besides those in the data directory.
  // Nobody was asked: only what is safe then is done, see RecoveryPlan.
  bool is_unattended = false;
};

}  // namespace hq::ledger
