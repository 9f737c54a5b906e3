#include "tests/bench/harness/system.hpp"

namespace hq::bench {

Result<double> System::CatchUp(std::uint64_t) { return absl::UnimplementedError(name()); }
Status System::Kill() { return absl::UnimplementedError(name()); }
Status System::Restart() { return absl::UnimplementedError(name()); }
std::string System::data_dir() const { return {}; }
Result<std::uint64_t> System::Stored() { return absl::UnimplementedError(name()); }

Status System::Fill(std::uint64_t events) {
  constexpr int kClients = 4;
  constexpr int kBatch = 1'000;
  AppendLoad load;
  load.kind =
      Takes(AppendLoad::Kind::kBatched) ? AppendLoad::Kind::kBatched : AppendLoad::Kind::kStreaming;
  load.clients = load.kind == AppendLoad::Kind::kBatched ? kClients : 1;
  load.batch = load.kind == AppendLoad::Kind::kBatched ? kBatch : 1;
  load.duration = std::chrono::hours(2);
  load.events_max = events;
  return Append(load).status();
}

}  // namespace hq::bench
