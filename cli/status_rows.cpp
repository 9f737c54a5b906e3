#include "cli/status_rows.hpp"

#include <array>
#include <cstdio>

#include "common/base/clock.hpp"

namespace hq::cli {
namespace {

namespace v1 = hq::ledger::v1;

std::string Number(std::uint64_t number) { return std::to_string(number); }

// "512 B", "256.0 MiB", "70.4 GiB".
std::string Bytes(std::uint64_t bytes) {
  constexpr std::array<const char*, 5> kUnits = {"B", "KiB", "MiB", "GiB", "TiB"};
  std::size_t unit = 0;
  double amount = static_cast<double>(bytes);
  for (; amount >= 1024 && unit + 1 < kUnits.size(); ++unit) amount /= 1024;
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), unit == 0 ? "%.0f %s" : "%.1f %s", amount, kUnits[unit]);
  return text.data();
}

std::string Milliseconds(double seconds) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.2f ms", seconds * 1e3);
  return text.data();
}

std::string Time(std::int64_t micros) {
  return micros == 0 ? "never" : ToRfc3339(FromMicros(micros));
}

std::string Whole(double number) { return Number(static_cast<std::uint64_t>(number)); }

template <class Show>
std::string SpreadOf(const v1::Spread& spread, const Show& show) {
  if (spread.count() == 0) return "nothing yet";
  return "half " + show(spread.p50()) + ", 99 of 100 " + show(spread.p99()) + ", at most " +
         show(spread.max());
}

// "120 (3 behind)".
std::string Behind(std::uint64_t position, std::uint64_t head) {
  return position >= head ? Number(position)
                          : Number(position) + " (" + Number(head - position) + " behind)";
}

std::string PositionsOf(const v1::PositionsStatus& positions) {
  std::string text = "durable " + Number(positions.durable());
  if (positions.has_announced())
    text += ", announced " + Behind(positions.announced(), positions.durable());
  if (positions.has_indexed())
    text += ", indexed " + Behind(positions.indexed(), positions.durable());
  if (positions.has_checkpointed())
    text += ", in a signed checkpoint " + Behind(positions.checkpointed(), positions.durable());
  return text;
}

std::string DiskOf(const v1::DiskStatus& disk) {
  std::string text = Bytes(disk.free_bytes()) + " free";
  if (disk.state() == v1::DISK_STATE_RESERVE) text += ", LOW: only system events are taken";
  if (disk.state() == v1::DISK_STATE_FLOOR) text += ", FULL: nothing is taken";
  return text + "; reserve " + Bytes(disk.reserve_bytes()) + ", floor " +
         Bytes(disk.floor_bytes()) + ", ballast " + Bytes(disk.ballast_bytes());
}

std::string ScrubOf(const v1::ScrubStatus& scrub) {
  if (scrub.mismatch_position() > 0)
    return "MISMATCH at position " + Number(scrub.mismatch_position()) +
           ": what is stored is not what was written";
  return "at " + Number(scrub.position()) + " of " + Number(scrub.until()) + "; last full pass " +
         Time(scrub.last_pass_ended_at_us());
}

std::string BackupOf(const v1::BackupStatus& backup) {
  const std::string text =
      "up to " + Number(backup.position()) + ", " + Time(backup.completed_at_us());
  return backup.error().empty() ? text : text + "; FAILED since: " + backup.error();
}

}  // namespace

std::vector<std::vector<std::string>> RowsOf(const v1::LedgerStatus& status) {
  std::vector<std::vector<std::string>> rows = {
      {"ledger", status.log_id() + ", epoch " + Number(status.epoch())},
      {"state", status.is_serving() ? "serving" : "NOT SERVING: " + status.not_serving_reason()},
      {"started", Time(status.started_at_us())},
  };
  const auto add = [&rows](bool is_there, const char* part, const std::string& text) {
    if (is_there) rows.push_back({part, text});
  };
  add(status.has_positions(), "positions", PositionsOf(status.positions()));
  const auto& path = status.write_path();
  add(status.has_write_path(), "committed",
      Number(path.records()) + " records in " + Number(path.groups()) + " groups; " +
          Number(path.queue_depth()) + " appends wait");
  add(status.has_write_path(), "group size", SpreadOf(path.group_records(), Whole));
  add(status.has_write_path(), "sync time", SpreadOf(path.sync_seconds(), Milliseconds));
  add(status.has_subscribers(), "subscribers",
      Number(status.subscribers().count()) + ", the slowest " +
          Number(status.subscribers().lag_max()) + " behind");
  add(status.has_disk(), "disk", DiskOf(status.disk()));
  add(status.has_scrub(), "scrub", ScrubOf(status.scrub()));
  add(status.has_backup(), "backup", BackupOf(status.backup()));
  for (const auto& witness : status.witnesses())
    add(true, "witness",
        witness.name() + ": up to " + Number(witness.tree_size()) + ", " +
            Time(witness.cosigned_at_us()));
  return rows;
}

}  // namespace hq::cli
