#include "tests/bench/workloads/recovery.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <thread>

#include "tests/bench/report/marks.hpp"
#include "tests/support/eventually.hpp"

namespace hq::bench {
namespace {

constexpr std::uint64_t kAcknowledgedBeforeTheKill = 1'000;

bool CanBeKilled(const System& system) {
  const std::string name = system.name();
  return name == kLedger || name == kPostgres || name == kRedis || name == kJetStream;
}

AppendLoad UnderLoad(const System& system) {
  AppendLoad load;
  load.kind = system.Takes(AppendLoad::Kind::kBatched) ? AppendLoad::Kind::kBatched
                                                       : AppendLoad::Kind::kStreaming;
  constexpr int kClients = 16;
  load.clients = load.kind == AppendLoad::Kind::kBatched ? kClients : 1;
  load.duration = std::chrono::minutes(1);
  return load;
}

// Makes the next start read from the disk, without touching what is others'.
void DropFromPageCache(const std::string& directory) {
  std::error_code ignored;  // A file that goes away meanwhile needs no dropping.
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory, ignored)) {
    if (!entry.is_regular_file(ignored)) continue;
    const int file = open(entry.path().c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) continue;
    fdatasync(file);
    posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
    close(file);
  }
}

// Kills it while it takes appends.
Status KillUnderLoad(System& system) {
  const std::uint64_t before = system.acknowledged();
  std::jthread appending([&] { static_cast<void>(system.Append(UnderLoad(system))); });
  const bool has_begun = testing::Eventually(
      [&] { return system.acknowledged() >= before + kAcknowledgedBeforeTheKill; });
  HQ_RETURN_IF_ERROR(system.Kill());
  return has_begun ? absl::OkStatus() : absl::DeadlineExceededError("no append was acknowledged");
}

Status AppendOne(System& system) {
  AppendLoad load = UnderLoad(system);
  load.clients = 1;
  load.events_max = 1;
  return system.Append(load).status();
}

Status MeasureKill(Bench& bench, System& system) {
  HQ_RETURN_IF_ERROR(KillUnderLoad(system));
  DropFromPageCache(system.data_dir());
  const std::uint64_t acknowledged = system.acknowledged();
  const SteadyTime since = Now();
  HQ_RETURN_IF_ERROR(system.Restart());
  const bool takes_appends =
      testing::Eventually([&] { return AppendOne(system).ok(); }, std::chrono::minutes(5));
  if (!takes_appends) return absl::UnavailableError("takes no appends after the kill");
  const double milliseconds = SecondsBetween(since, Now()) * 1e3;
  HQ_ASSIGN_OR_RETURN(const std::uint64_t stored, system.Stored());
  const double lost = acknowledged > stored ? static_cast<double>(acknowledged - stored) : 0;
  const auto add = [&](const char* metric, const char* unit, double value) {
    bench.board().Add({"W9", system.name(), system.durability(), 0, 0, metric, unit}, value);
  };
  add("kill to first append", "ms", milliseconds);
  add("acknowledged and lost", "events", lost);
  return absl::OkStatus();
}

}  // namespace

Status MeasureRecovery(Bench& bench) {
  for (System* system : bench.systems()) {
    if (!CanBeKilled(*system)) continue;
    Bench::Tell("W9, filling " + system->name());
    HQ_RETURN_IF_ERROR(system->Reset());
    HQ_RETURN_IF_ERROR(Annotate(system->Fill(bench.plan().recovery_events), system->name()));
  }
  for (int round = 0; round < bench.plan().recovery_rounds; ++round) {
    for (System* system : bench.systems()) {
      if (!CanBeKilled(*system)) continue;
      Bench::Tell("W9, " + system->name() + ", round " + std::to_string(round + 1));
      HQ_RETURN_IF_ERROR(Annotate(MeasureKill(bench, *system), system->name()));
    }
  }
  return absl::OkStatus();
}

}  // namespace hq::bench
