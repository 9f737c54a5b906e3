#include "tests/bench/workloads/memory.hpp"

#include "tests/bench/ledger/subscriber.hpp"

namespace hq::bench {
namespace {

void NoteMemory(Bench& bench, const std::string& metric, double megabytes) {
  bench.board().Add({"memory", bench.ledger().name(), Durability::kFsync, 0, 0, metric, "MB"},
                    megabytes);
}

AppendLoad MemoryLoad(const Bench& bench) {
  constexpr int kClients = 4;
  constexpr int kBatch = 100;
  AppendLoad load;
  load.clients = kClients;
  load.batch = kBatch;
  load.duration = bench.plan().duration;
  return load;
}

// The same load twice, first with nobody listening, then with one who does not read.
Status MeasureStalledSubscriber(Bench& bench) {
  LedgerSystem& ledger = bench.ledger();
  HQ_RETURN_IF_ERROR(ledger.Reset());
  HQ_ASSIGN_OR_RETURN(const double fresh, ledger.MemoryMegabytes());
  HQ_RETURN_IF_ERROR(ledger.Append(MemoryLoad(bench)).status());
  HQ_ASSIGN_OR_RETURN(const double loaded, ledger.MemoryMegabytes());
  const Subscriber stalled(ledger.address(), ledger.token(), 0, nullptr);
  HQ_RETURN_IF_ERROR(ledger.Append(MemoryLoad(bench)).status());
  HQ_ASSIGN_OR_RETURN(const double with_stalled, ledger.MemoryMegabytes());
  NoteMemory(bench, "fresh", fresh);
  NoteMemory(bench, "under load", loaded);
  NoteMemory(bench, "stalled subscriber", with_stalled);
  return absl::OkStatus();
}

Status MeasureManyRecords(Bench& bench) {
  constexpr int kSteps = 4;
  LedgerSystem& ledger = bench.ledger();
  const std::uint64_t events = bench.plan().memory_events;
  HQ_RETURN_IF_ERROR(ledger.Reset());
  for (int step = 1; step <= kSteps; ++step) {
    Bench::Tell("memory, filling with " + std::to_string(events) + " records, part " +
                std::to_string(step) + " of " + std::to_string(kSteps));
    HQ_RETURN_IF_ERROR(ledger.Fill(events / kSteps));
    HQ_ASSIGN_OR_RETURN(const double megabytes, ledger.MemoryMegabytes());
    constexpr std::uint64_t kMarkEvents = 10'000'000;
    const bool is_mark = step == kSteps && events == kMarkEvents;
    NoteMemory(
        bench,
        is_mark ? "10^7 records"
                : std::to_string(events / kSteps * static_cast<std::uint64_t>(step)) + " records",
        megabytes);
  }
  return absl::OkStatus();
}

}  // namespace

Status MeasureMemory(Bench& bench) {
  Bench::Tell("memory, with a stalled subscriber");
  HQ_RETURN_IF_ERROR(MeasureStalledSubscriber(bench));
  return bench.plan().memory_events == 0 ? absl::OkStatus() : MeasureManyRecords(bench);
}

}  // namespace hq::bench
