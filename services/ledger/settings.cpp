#include "services/ledger/settings.hpp"

#include "common/runtime/env.hpp"

namespace hq::ledger {

Result<Settings> Settings::FromEnvironment() {
  constexpr int kMonthHours = 31 * 24;
  constexpr int kDecadeHours = 10 * 366 * 24;
  runtime::Env env;
  Settings settings;
  settings.listen = env.Required("HQ_LISTEN");
  settings.metrics_listen = env.Required("HQ_METRICS_LISTEN");
  settings.data_dir = env.Required("HQ_DATA_DIR");
  settings.principals_file = env.Required("HQ_PRINCIPALS_FILE");
  settings.announcer.login.url = env.Required("HQ_NATS_URL");
  settings.announcer.login.user = env.Optional("HQ_NATS_USER", "");
  if (!settings.announcer.login.user.empty())
    settings.announcer.login.password = env.RequiredFile("HQ_NATS_PASSWORD_FILE");
  settings.announcer.max_age =
      std::chrono::hours(env.Number("HQ_ANNOUNCE_MAX_AGE_HOURS", kMonthHours, 1, kDecadeHours));
  const auto bytes = [&env](const char* name, std::uint64_t fallback) {
    return static_cast<std::uint64_t>(
        env.Number(name, static_cast<std::int64_t>(fallback), 0, INT64_MAX));
  };
  settings.disk.reserve_bytes = bytes("HQ_DISK_RESERVE_BYTES", settings.disk.reserve_bytes);
  settings.disk.ballast_bytes = bytes("HQ_BALLAST_BYTES", settings.disk.ballast_bytes);
  settings.scrub.bytes_per_second =
      bytes("HQ_SCRUB_BYTES_PER_SECOND", settings.scrub.bytes_per_second);
  settings.streams.patience = env.Millis("HQ_READER_PATIENCE_MS", settings.streams.patience);
  TransparencySettings& transparency = settings.transparency;
  transparency.data_dir = settings.data_dir;
  transparency.signer.public_file = settings.data_dir + "/signing.pub";
  transparency.signer.key_file =
      env.Optional("HQ_SIGNING_KEY_FILE", settings.data_dir + "/signing.key");
  transparency.signer.old_key_file = env.Optional("HQ_OLD_SIGNING_KEY_FILE", "");
  transparency.witness_keys_file = env.Optional("HQ_WITNESS_KEYS_FILE", "");
  transparency.witness_patience =
      env.Millis("HQ_WITNESS_PATIENCE_MS", transparency.witness_patience);
  settings.backups.archive = ArchiveSettings::FromEnvironment(env);
  settings.backups.image_directory = settings.data_dir + "/image";
  const bool has_policy = !env.Optional("HQ_BACKUP_POLICY_FILE", "").empty();
  const std::string policy = has_policy ? env.RequiredFile("HQ_BACKUP_POLICY_FILE") : "";
  HQ_RETURN_IF_ERROR(env.Done());
  if (has_policy) {
    HQ_ASSIGN_OR_RETURN(settings.backups.policy, BackupPolicy::Parse("backup-policy.json", policy));
  }
  HQ_RETURN_IF_ERROR(settings.backups.policy.CheckBucket(settings.backups.archive.Bucket()));
  return settings;
}

RecoverySettings Settings::Recovery() const {
  RecoverySettings recovery;
  recovery.data_dir = data_dir;
  recovery.key_file = transparency.signer.key_file;
  recovery.witness_keys_file = transparency.witness_keys_file;
  recovery.archive = backups.archive;
  recovery.announcer = announcer;
  return recovery;
}

}  // namespace hq::ledger
