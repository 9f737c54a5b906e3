#include "tests/bench/workloads/catch_up.hpp"

#include "tests/bench/report/marks.hpp"

namespace hq::bench {
namespace {

// Who can be read from the beginning; the ledger once, for its NATS has no part in it.
bool IsReader(const System& system) {
  const std::string name = system.name();
  return name == kLedger || name == kPostgres || name == kRedis || name == kJetStream;
}

}  // namespace

Status MeasureCatchUp(Bench& bench) {
  const std::uint64_t events = bench.plan().catch_up_events;
  std::vector<System*> readers;
  for (System* system : bench.systems()) {
    if (!IsReader(*system)) continue;
    Bench::Tell("W6, filling " + system->name());
    HQ_RETURN_IF_ERROR(system->Reset());
    HQ_RETURN_IF_ERROR(Annotate(system->Fill(events), system->name()));
    readers.push_back(system);
  }
  HQ_RETURN_IF_ERROR(bench.ledger().WaitUntilAnnounced());
  for (int round = 0; round < bench.plan().rounds; ++round) {
    Bench::Tell("W6, round " + std::to_string(round + 1));
    for (System* system : readers) {
      const auto rate = system->CatchUp(events);
      if (!rate.ok()) return Annotate(rate.status(), system->name());
      bench.board().Add(
          {"W6", system->name(), system->durability(), 1, 1, std::string(kThroughput), "events/s"},
          *rate);
    }
  }
  return absl::OkStatus();
}

}  // namespace hq::bench
