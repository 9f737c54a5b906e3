#include "tests/bench/workloads/appends.hpp"

#include <absl/strings/str_format.h>

#include "common/grpc/channel.hpp"
#include "hq/ledger/v1/ledger_service.grpc.pb.h"
#include "tests/bench/report/marks.hpp"
#include "tests/bench/report/statistics.hpp"

namespace hq::bench {
namespace {

constexpr double kDriftMax = 0.2;

// One point of a workload: who takes part, under which load.
struct Point {
  std::string workload;
  AppendLoad load;
  bool has_latencies = false;
};

std::vector<System*> PartakersOf(Bench& bench, const Point& point) {
  std::vector<System*> partakers;
  for (System* system : bench.systems())
    if (system->Takes(point.load.kind)) partakers.push_back(system);
  return partakers;
}

Subject SubjectOf(const Point& point, const System& system, const std::string& metric,
                  const std::string& unit) {
  return {point.workload, system.name(), system.durability(), point.load.clients, point.load.batch,
          metric,         unit};
}

Status MeasureTurn(Bench& bench, const Point& point, System& system) {
  system.Resume();
  auto result = system.Append(point.load);
  system.Pause();
  if (!result.ok()) return Annotate(result.status(), system.name());
  bench.board().Add(SubjectOf(point, system, std::string(kThroughput), "events/s"),
                    result->events_per_second);
  if (!point.has_latencies) return absl::OkStatus();
  const std::vector<std::pair<const char*, double>> quantiles = {
      {"p50", 0.5}, {"p99", 0.99}, {"p99.9", 0.999}};
  for (const auto& [name, quantile] : quantiles)
    bench.board().Add(SubjectOf(point, system, name, "us"),
                      Quantile(result->latencies_us, quantile));
  return absl::OkStatus();
}

// Each round begins with another system, so that none is always first.
Status MeasureRounds(Bench& bench, const Point& point) {
  const auto partakers = PartakersOf(bench, point);
  for (System* system : partakers) {
    HQ_RETURN_IF_ERROR(system->Reset());
    system->Pause();
  }
  for (int round = 0; round < bench.plan().rounds; ++round) {
    const std::string name = absl::StrFormat("%s, %d clients, batch %d, round %d", point.workload,
                                             point.load.clients, point.load.batch, round + 1);
    Bench::Tell(name);
    HQ_ASSIGN_OR_RETURN(const double before, bench.Probe());
    for (std::size_t i = 0; i < partakers.size(); ++i) {
      const std::size_t turn = (i + static_cast<std::size_t>(round)) % partakers.size();
      HQ_RETURN_IF_ERROR(MeasureTurn(bench, point, *partakers[turn]));
    }
    HQ_ASSIGN_OR_RETURN(const double after, bench.Probe());
    const double drift = Drift(before, after);
    if (drift > kDriftMax)
      bench.Note(absl::StrFormat("%s: the disk drifted by %.0f %%", name, drift * 100));
  }
  return absl::OkStatus();
}

AppendLoad LoadOf(const Bench& bench, AppendLoad::Kind kind, int clients, int batch) {
  AppendLoad load;
  load.kind = kind;
  load.clients = clients;
  load.batch = batch;
  load.warm_up = bench.plan().warm_up;
  load.duration = bench.plan().duration;
  return load;
}

// The size of a record as the ledger stores it, with its frame.
Result<double> StoredBytesOf(const LedgerSystem& ledger) {
  constexpr double kFrameBytes = 3;
  const auto stub = ledger::v1::LedgerService::NewStub(rpc::Connect(ledger.address()));
  grpc::ClientContext context;
  rpc::Prepare(context, ledger.token(), std::chrono::seconds(30));
  ledger::v1::GetRequest request;
  request.set_position(1);
  ledger::v1::GetResponse response;
  const auto status = stub->Get(&context, request, &response);
  if (!status.ok()) return absl::UnavailableError("ledger: " + status.error_message());
  return static_cast<double>(response.record().ByteSizeLong()) + kFrameBytes;
}

struct Counts {
  double groups = 0;
  double records = 0;
};

Result<Counts> CountsOf(const LedgerSystem& ledger) {
  Counts counts;
  HQ_ASSIGN_OR_RETURN(counts.groups, ledger.Metric("hq_ledger_groups_total"));
  HQ_ASSIGN_OR_RETURN(counts.records, ledger.Metric("hq_ledger_records_total"));
  return counts;
}

Status MeasureGroupsOnce(Bench& bench, const AppendLoad& load) {
  LedgerSystem& ledger = bench.ledger();
  HQ_ASSIGN_OR_RETURN(const double record_bytes, StoredBytesOf(ledger));
  HQ_ASSIGN_OR_RETURN(const Counts before, CountsOf(ledger));
  const SteadyTime since = Now();
  HQ_RETURN_IF_ERROR(ledger.Append(load).status());
  const double seconds = SecondsBetween(since, Now());
  HQ_ASSIGN_OR_RETURN(const Counts after, CountsOf(ledger));
  ledger.Pause();
  const double groups = after.groups - before.groups;
  const double records_a_group = (after.records - before.records) / groups;
  const auto group_bytes = static_cast<std::size_t>(records_a_group * record_bytes);
  HQ_ASSIGN_OR_RETURN(const double syncs,
                      bench.raw_file().AppendsPerSecond(group_bytes, load.duration / 2));
  ledger.Resume();
  const Point point = {"groups", load, false};
  const auto add = [&](const System& system, const char* metric, const char* unit, double value) {
    bench.board().Add(SubjectOf(point, system, metric, unit), value);
  };
  add(ledger, "groups", "1/s", groups / seconds);
  add(ledger, "records a group", "events", records_a_group);
  add(bench.raw_file(), "groups", "1/s", syncs);
  add(ledger, "groups/fdatasync", "ratio", groups / seconds / syncs);
  return absl::OkStatus();
}

}  // namespace

Status MeasureSingleAppends(Bench& bench) {
  for (const int clients : {1, 16, 64, 256})
    HQ_RETURN_IF_ERROR(MeasureRounds(
        bench, {"W1", LoadOf(bench, AppendLoad::Kind::kVersioned, clients, 1), true}));
  return absl::OkStatus();
}

Status MeasureBatchedAppends(Bench& bench) {
  for (const auto& [clients, batch] : std::vector<std::pair<int, int>>{{1, 16},
                                                                       {4, 16},
                                                                       {16, 16},
                                                                       {64, 16},
                                                                       {1, 100},
                                                                       {4, 100},
                                                                       {16, 100},
                                                                       {1, 1'000},
                                                                       {4, 1'000},
                                                                       {16, 1'000}})
    HQ_RETURN_IF_ERROR(MeasureRounds(
        bench, {"W2", LoadOf(bench, AppendLoad::Kind::kBatched, clients, batch), false}));
  return absl::OkStatus();
}

Status MeasureStreamingAppends(Bench& bench) {
  for (const int batch : {1, 16})
    HQ_RETURN_IF_ERROR(
        MeasureRounds(bench, {"W3", LoadOf(bench, AppendLoad::Kind::kStreaming, 1, batch), true}));
  return absl::OkStatus();
}

Status MeasureGroups(Bench& bench) {
  HQ_RETURN_IF_ERROR(bench.ledger().Reset());
  HQ_RETURN_IF_ERROR(bench.ledger().Fill(1'000));
  const std::vector<AppendLoad> loads = {
      LoadOf(bench, AppendLoad::Kind::kStreaming, 1, 1),
      LoadOf(bench, AppendLoad::Kind::kBatched, 64, 1),
      LoadOf(bench, AppendLoad::Kind::kBatched, 16, 100),
  };
  for (AppendLoad load : loads) {
    for (int round = 0; round < bench.plan().rounds; ++round) {
      Bench::Tell(absl::StrFormat("groups, %d clients, batch %d, round %d", load.clients,
                                  load.batch, round + 1));
      load.warm_up = std::chrono::milliseconds(0);
      HQ_RETURN_IF_ERROR(MeasureGroupsOnce(bench, load));
    }
  }
  return absl::OkStatus();
}

}  // namespace hq::bench
