#include "services/ledger/adapters/restore/offline.hpp"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>

#include "common/runtime/durable_file.hpp"
#include "common/runtime/env.hpp"
#include "common/runtime/metrics.hpp"
#include "services/ledger/adapters/archive/archive_settings.hpp"
#include "services/ledger/adapters/recovery/recovery.hpp"
#include "services/ledger/adapters/restore/drill.hpp"
#include "services/ledger/adapters/restore/restorer.hpp"
#include "services/ledger/adapters/rocks_event_log.hpp"

namespace hq::ledger {
namespace {

constexpr std::size_t kSmallFileBytesMax = 64 * 1024;
constexpr const char* kDescription =
    "hq-ledger without arguments is the ledger. With one it works offline:\n\n"
    "  hq-ledger repair --data /var/lib/hq/ledger\n"
    "  hq-ledger restore --to 2026-11-26T09:00:00Z --into /var/lib/hq/new --why 'disk lost'\n"
    "  hq-ledger drill --log-key signing.pub";
constexpr const char* kFooter =
    "Environment: HQ_ARCHIVE (dir:/path or s3:https://endpoint/bucket), for S3 HQ_ARCHIVE_REGION,\n"
    "HQ_ARCHIVE_ACCESS_KEY_FILE and HQ_ARCHIVE_SECRET_KEY_FILE; to restore and to repair, "
    "HQ_SIGNING_KEY_FILE;\nto repair, HQ_DATA_DIR, HQ_WITNESS_KEYS_FILE, HQ_NATS_URL, "
    "HQ_NATS_USER, HQ_NATS_PASSWORD_FILE:\nthe ledger's own.\n\n"
    "Exit codes: 0 done, 1 failed, 2 wrong usage or refused input.";

struct Flags {
  std::string archive;
  std::string to = "latest";
  std::string into;
  std::string why;
  std::string abandoned;
  std::string image;
  std::string as_of;
  std::string checkpoint;
  std::string data;
  std::vector<std::string> checkpoints;
  std::vector<std::string> log_keys;
  std::uint64_t epoch = 0;
  std::uint64_t witnessed = 0;
};

Result<std::vector<VerifierKey>> ReadLogKeys(const std::vector<std::string>& files) {
  std::vector<VerifierKey> keys;
  for (const std::string& file : files) {
    HQ_ASSIGN_OR_RETURN(std::string text, runtime::ReadWhole(file, kSmallFileBytesMax));
    while (text.ends_with('\n')) text.pop_back();
    auto key = VerifierKey::Parse(text);
    if (!key.ok()) return Annotate(key.status(), file);
    keys.push_back(*std::move(key));
  }
  return keys;
}

Result<std::unique_ptr<Archive>> OpenArchive(const Flags& flags, Clock& clock) {
  runtime::Env env;
  ArchiveSettings settings = ArchiveSettings::FromEnvironment(env);
  HQ_RETURN_IF_ERROR(env.Done());
  if (!flags.archive.empty()) settings.where = flags.archive;
  return settings.Open(clock);
}

Status RunRestore(const Flags& flags) {
  SystemClock clock;
  HQ_ASSIGN_OR_RETURN(const auto archive, OpenArchive(flags, clock));
  runtime::Env env;
  const std::string key_file = env.Required("HQ_SIGNING_KEY_FILE");
  HQ_RETURN_IF_ERROR(env.Done());
  RestoreOrder order;
  HQ_ASSIGN_OR_RETURN(order.until, Until::Parse(flags.to));
  HQ_ASSIGN_OR_RETURN(order.log_keys, ReadLogKeys(flags.log_keys));
  if (flags.epoch != 0) order.epoch = flags.epoch;
  order.image_day = flags.image;
  order.into = flags.into;
  order.abandoned = flags.abandoned;
  order.witnessed = flags.witnessed;
  order.why = flags.why;
  const auto key_for = [&](const std::string& log_id) {
    return SigningKey::FromFile(key_file, LogKeyName(log_id));
  };
  HQ_ASSIGN_OR_RETURN(const Restored restored, Restore(*archive, order, key_for, clock));
  std::cout << restored.note;
  std::cerr << "restored to position " << restored.fork.point.restored_to << " of epoch "
            << restored.fork.point.from_epoch << "; epoch " << restored.fork.point.epoch
            << " begins at position " << restored.head.position << " with "
            << FormatTxnId(restored.fork.first_id)
            << "\nNext: start hq-ledger with HQ_DATA_DIR=" << flags.into
            << " HQ_SIGNING_KEY_FILE=" << key_file << '\n';
  return absl::OkStatus();
}

// Opens it as the ledger does, and closes it again.
Status OpenAsLedger(const std::string& data_dir) {
  SystemClock clock;
  runtime::Metrics metrics;
  return RocksEventLog::Open(data_dir, clock, metrics).status();
}

Status RunDrill(const Flags& flags) {
  SystemClock clock;
  HQ_ASSIGN_OR_RETURN(const auto archive, OpenArchive(flags, clock));
  DrillOrder order;
  if (!flags.as_of.empty()) {
    HQ_ASSIGN_OR_RETURN(order.as_of_us, ParseTimeUs(flags.as_of));
  }
  if (flags.epoch != 0) order.epoch = flags.epoch;
  order.image_day = flags.image;
  order.directory =
      flags.into.empty() ? std::filesystem::temp_directory_path().string() : flags.into;
  HQ_ASSIGN_OR_RETURN(order.log_keys, ReadLogKeys(flags.log_keys));
  if (!flags.checkpoint.empty()) {
    HQ_ASSIGN_OR_RETURN(order.checkpoint, runtime::ReadWhole(flags.checkpoint, kSmallFileBytesMax));
  }
  HQ_ASSIGN_OR_RETURN(const DrillReport report, Drill(*archive, order, OpenAsLedger, clock));
  std::cout << report.Format();
  return absl::OkStatus();
}

Result<RecoverySettings> RecoverySettingsOf(const Flags& flags) {
  runtime::Env env;
  RecoverySettings settings;
  settings.data_dir = flags.data.empty() ? env.Required("HQ_DATA_DIR") : flags.data;
  settings.key_file = env.Optional("HQ_SIGNING_KEY_FILE", settings.data_dir + "/signing.key");
  settings.witness_keys_file = env.Optional("HQ_WITNESS_KEYS_FILE", "");
  settings.archive = ArchiveSettings::FromEnvironment(env);
  if (!flags.archive.empty()) settings.archive.where = flags.archive;
  settings.announcer.login.url = env.Optional("HQ_NATS_URL", "");
  settings.announcer.login.user = env.Optional("HQ_NATS_USER", "");
  if (!settings.announcer.login.url.empty() && !settings.announcer.login.user.empty())
    settings.announcer.login.password = env.RequiredFile("HQ_NATS_PASSWORD_FILE");
  settings.log_key_files = flags.log_keys;
  settings.checkpoint_files = flags.checkpoints;
  HQ_RETURN_IF_ERROR(env.Done());
  return settings;
}

Status RunRepair(const Flags& flags) {
  SystemClock clock;
  HQ_ASSIGN_OR_RETURN(const RecoverySettings settings, RecoverySettingsOf(flags));
  HQ_ASSIGN_OR_RETURN(const RecoveryReport report, Recover(settings, clock));
  if (report.plan.rung != Rung::kOpen) std::cout << report.Markdown();
  if (report.plan.rung == Rung::kOpen || report.is_done) {
    std::cerr << (report.is_done ? "repaired" : "nothing is wrong") << "; the ledger in "
              << settings.data_dir << " may be started\n";
    return absl::OkStatus();
  }
  return Refusal(
      absl::StatusCode::kDataLoss,
      "not repaired: " + report.plan.why + (report.failure.empty() ? "" : "; " + report.failure),
      report.plan.cause,
      "Read " + report.folder + "/report.md; it says what a person must decide.");
}

void AddCommon(CLI::App& command, Flags& flags) {
  command.add_option("--archive", flags.archive,
                     "dir:/path or s3:https://endpoint/bucket; else HQ_ARCHIVE");
  command.add_option("--epoch", flags.epoch, "Which life; else the newest that has records");
  command.add_option("--image", flags.image, "Begin with that day's image (YYYYMMDD)");
  command.add_option("--log-key", flags.log_keys,
                     "A file with the log's verifier key; again for older keys");
}

void AddRestore(CLI::App& app, Flags& flags) {
  auto& command = *app.add_subcommand("restore", "Restore into a new directory, as a new epoch");
  AddCommon(command, flags);
  command.add_option("--to", flags.to, "A position, an RFC 3339 time, or latest")
      ->capture_default_str();
  command.add_option("--into", flags.into, "The new data directory; must not be there")->required();
  command.add_option("--why", flags.why, "Why; it is signed and goes on the ledger")->required();
  command.add_option("--abandoned", flags.abandoned,
                     "The data directory that is given up, if it can still be read");
  command.add_option("--witnessed", flags.witnessed, "The largest tree that a witness cosigned");
}

void AddRepair(CLI::App& app, Flags& flags) {
  auto& command = *app.add_subcommand(
      "repair", "Look at a ledger that does not serve, and bring back what is missing");
  command.add_option("--data", flags.data, "The data directory; else HQ_DATA_DIR");
  command.add_option("--archive", flags.archive,
                     "dir:/path or s3:https://endpoint/bucket; else HQ_ARCHIVE");
  command.add_option("--log-key", flags.log_keys,
                     "A file with the log's verifier key, if signing.pub is gone; again for older "
                     "keys");
  command.add_option("--checkpoint", flags.checkpoints,
                     "A file with a signed checkpoint that a witness holds; again for more");
}

void AddDrill(CLI::App& app, Flags& flags) {
  auto& command = *app.add_subcommand("drill", "Prove that yesterday's backup can be restored");
  AddCommon(command, flags);
  command.add_option("--as-of", flags.as_of, "An RFC 3339 time; else the end of yesterday (UTC)");
  command.add_option("--checkpoint", flags.checkpoint,
                     "A file with today's signed checkpoint; else the newest in the archive");
  command.add_option("--temporary", flags.into, "Where to restore meanwhile; else the system's");
}

}  // namespace

int RunOffline(int count, const char* const* arguments) {
  Flags flags;
  CLI::App app(kDescription, "hq-ledger");
  app.footer(kFooter);
  app.require_subcommand(1);
  AddRepair(app, flags);
  AddRestore(app, flags);
  AddDrill(app, flags);
  try {
    app.parse(count, arguments);
  } catch (const CLI::ParseError& error) {
    return app.exit(error, std::cout, std::cerr) == 0 ? 0 : 2;
  }
  const Status status = app.got_subcommand("restore")  ? RunRestore(flags)
                        : app.got_subcommand("repair") ? RunRepair(flags)
                                                       : RunDrill(flags);
  if (status.ok()) return 0;
  std::cerr << "hq-ledger: " << status.message() << '\n';
  if (const std::string next = AdviceOf(status).next_step; !next.empty())
    std::cerr << "Next: " << next << '\n';
  return absl::IsInvalidArgument(status) || absl::IsAlreadyExists(status) ? 2 : 1;
}

}  // namespace hq::ledger
