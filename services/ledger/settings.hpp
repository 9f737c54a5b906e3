// What the ledger's process is told by its environment.
#pragma once

#include <string>

#include "common/nats/bus.hpp"
#include "services/ledger/adapters/announcer_settings.hpp"
#include "services/ledger/adapters/disk_watch.hpp"
#include "services/ledger/adapters/recovery/recovery_settings.hpp"
#include "services/ledger/adapters/scrubber.hpp"
#include "services/ledger/adapters/transparency.hpp"
#include "services/ledger/api/ledger_api.hpp"
#include "services/ledger/reactors/backups.hpp"

namespace hq::ledger {

struct Settings {
  std::string listen;                 // HQ_LISTEN: host:port (0 takes a free one) or unix:path.
  std::string metrics_listen;         // HQ_METRICS_LISTEN.
  std::string data_dir;               // HQ_DATA_DIR.
  std::string principals_file;        // HQ_PRINCIPALS_FILE.
  DiskWatch::Settings disk;           // HQ_DISK_RESERVE_BYTES, HQ_BALLAST_BYTES.
  Scrubber::Pace scrub;               // HQ_SCRUB_BYTES_PER_SECOND.
  AnnouncerSettings announcer;        // HQ_NATS_URL, HQ_NATS_USER, HQ_NATS_PASSWORD_FILE,
                                      // HQ_ANNOUNCE_MAX_AGE_HOURS.
  TransparencySettings transparency;  // HQ_SIGNING_KEY_FILE, HQ_OLD_SIGNING_KEY_FILE,
                                      // HQ_WITNESS_KEYS_FILE, HQ_WITNESS_PATIENCE_MS.
  StreamLimits streams;               // HQ_READER_PATIENCE_MS.
  Backups::Settings backups;          // HQ_ARCHIVE and what belongs to it, HQ_BACKUP_POLICY_FILE.

  // What a repair at the start needs to know of the above.
  RecoverySettings Recovery() const;

  // kInvalidArgument naming every variable that is missing or malformed.
  static Result<Settings> FromEnvironment();
};

}  // namespace hq::ledger
