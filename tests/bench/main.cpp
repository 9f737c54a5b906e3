// hq-bench [--quick] [--only W1,W6]: measures the ledger beside its peers, prints one table and the
// marks, and writes the rows as JSON. Exit code 0 if everything was measured, met or not.
#include <absl/synchronization/mutex.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "tests/bench/report/marks.hpp"
#include "tests/bench/report/table.hpp"
#include "tests/bench/workloads/appends.hpp"
#include "tests/bench/workloads/bench.hpp"
#include "tests/bench/workloads/catch_up.hpp"
#include "tests/bench/workloads/end_to_end.hpp"
#include "tests/bench/workloads/memory.hpp"
#include "tests/bench/workloads/proofs.hpp"
#include "tests/bench/workloads/recovery.hpp"

namespace hq::bench {
namespace {

struct Options {
  Plan plan;
  std::string output;
  std::string bin_dir;  // Where hq-ledger is.
};

struct Workload {
  std::string name;
  Status (*measure)(Bench&);
};

const std::vector<Workload>& Workloads() {
  static const auto* workloads = new std::vector<Workload>{
      {"W1", MeasureSingleAppends}, {"W2", MeasureBatchedAppends}, {"W3", MeasureStreamingAppends},
      {"groups", MeasureGroups},    {"W6", MeasureCatchUp},        {"W7", MeasureEndToEnd},
      {"W9", MeasureRecovery},      {"memory", MeasureMemory},     {"W10", MeasureProofs},
  };
  return *workloads;
}

constexpr const char* kNotes = R"(
class F: on disk before the answer; P: in the page cache before the answer. ledger/it: how many times
as large the ledger's value is, the median over rounds of the rounds' own ratios.
Events are 300 bytes for everybody: a serialised NewEvent of sync, with a random payload.
ledger: with its nats-server beside it, every record announced while it is measured; "no NATS": the
store alone. It is spoken to over a Unix socket, as PostgreSQL and Redis are. Requests are put
together from slices serialised once; records read are counted by their frames, not parsed, as
JetStream's consumer does not parse either. PostgreSQL: prepared, binary, unnest for batches, COPY for
reading. Redis: a Lua check of the version in W1, plain pipelined XADD in W2, XREAD by 1 000.
W10: an inclusion proof costs what its call takes longer than a call that proves nothing.
W9: killed by SIGKILL, its files dropped from the page cache; a power cut is another test's matter.
)";

Status Run(const Options& options) {
  Bench bench(options.plan);
  HQ_RETURN_IF_ERROR(bench.Open(options.bin_dir));
  for (const Workload& workload : Workloads()) {
    if (!options.plan.Has(workload.name)) continue;
    const Status status = workload.measure(bench);
    // What was measured so far is worth showing.
    if (!status.ok()) bench.Note(workload.name + " ended early: " + status.ToString());
  }
  std::printf("%s%s", TableOf(bench.board()).c_str(), kNotes);
  for (const auto& note : bench.notes()) std::printf("note: %s\n", note.c_str());
  std::printf("\n%s", TableOf(JudgeMarks(bench.board())).c_str());
  if (options.output.empty()) return absl::OkStatus();
  std::ofstream file(options.output);
  file << ToJson(bench.board().rows());
  if (!file.flush()) return absl::UnavailableError("cannot write " + options.output);
  return absl::OkStatus();
}

}  // namespace
}  // namespace hq::bench

int main(int count, char** arguments) {
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);  // As the services do.
  hq::bench::Options options;
  options.bin_dir = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  CLI::App app("Measures the ledger beside its peers");
  bool is_quick = std::any_of(arguments, arguments + count, [](const char* argument) {
    return std::string_view(argument) == "--quick";
  });
  if (is_quick) options.plan = hq::bench::Plan::Quick();
  hq::bench::Plan& plan = options.plan;
  app.add_flag("--quick", is_quick, "A smoke run: about a second a figure");
  std::vector<std::string> only;
  app.add_option("--only", only, "Only these workloads: W1 W2 W3 groups W6 W7 W9 memory W10")
      ->delimiter(',');
  app.add_option("--rounds", plan.rounds, "Rounds of each figure");
  std::int64_t seconds = plan.duration.count() / 1'000;
  app.add_option("--seconds", seconds, "How long each figure is measured in each round");
  app.add_option("--catch-up-events", plan.catch_up_events, "How many events W6 reads");
  app.add_option("--recovery-events", plan.recovery_events, "How many events there are in W9");
  app.add_option("--memory-events", plan.memory_events, "0 leaves that row out");
  app.add_option("--proof-events", plan.proof_events, "How many events there are in W10");
  app.add_option("--bin-dir", options.bin_dir, "Where hq-ledger is, for another build of it");
  app.add_option("--output", options.output, "Where the rows go as JSON");
  CLI11_PARSE(app, count, arguments);
  plan.duration = std::chrono::seconds(seconds);
  plan.only = {only.begin(), only.end()};
  const hq::Status status = hq::bench::Run(options);
  if (status.ok()) return 0;
  std::fprintf(stderr, "hq-bench: %s\n", status.ToString().c_str());
  return 1;
}
