#include "tests/bench/workloads/bench.hpp"

#include <cstdio>

#include "tests/bench/peers/postgres.hpp"
#include "tests/bench/peers/redis.hpp"
#include "tests/bench/peers/rocks.hpp"

namespace hq::bench {

Plan Plan::Quick() {
  Plan plan;
  plan.rounds = 2;
  plan.warm_up = std::chrono::milliseconds(300);
  plan.duration = std::chrono::milliseconds(1'000);
  plan.catch_up_events = 200'000;
  plan.recovery_events = 100'000;
  plan.recovery_rounds = 1;
  plan.memory_events = 0;
  plan.proof_events = 100'000;
  plan.open_loop_rates = {1'000};
  return plan;
}

void Bench::Take(std::unique_ptr<System> system) {
  order_.push_back(system.get());
  others_.push_back(std::move(system));
}

Status Bench::Open(const std::string& bin_dir) {
  Tell("starting the peers");
  ledger_ = std::make_unique<LedgerSystem>(bin_dir, LedgerSystem::Way::kStreams);
  order_.push_back(ledger_.get());
  Take(std::make_unique<LedgerSystem>(bin_dir, LedgerSystem::Way::kUnary));
  Take(std::make_unique<LedgerSystem>(bin_dir, LedgerSystem::Way::kWithoutNats));
  HQ_ASSIGN_OR_RETURN(auto postgres, Postgres::Start());
  Take(std::move(postgres));
  HQ_ASSIGN_OR_RETURN(auto redis, Redis::Start());
  Take(std::move(redis));
  HQ_ASSIGN_OR_RETURN(jetstream_, JetStream::Start(Durability::kPageCache));
  order_.push_back(jetstream_.get());
  auto synced = JetStream::Start(Durability::kFsync);
  if (absl::IsUnimplemented(synced.status())) {
    Note("left out: JetStream with a synchronous directory: " +
         std::string(synced.status().message()));
  } else {
    HQ_RETURN_IF_ERROR(synced.status());
    Take(*std::move(synced));
  }
  Take(std::make_unique<Rocks>());
  raw_file_ = std::make_unique<RawFile>();
  order_.push_back(raw_file_.get());
  return absl::OkStatus();
}

Result<double> Bench::Probe() {
  constexpr std::size_t kProbeBytes = 4'096;
  constexpr std::chrono::milliseconds kProbeTime(250);
  RawFile file;
  HQ_ASSIGN_OR_RETURN(const double rate, file.AppendsPerSecond(kProbeBytes, kProbeTime));
  board_.Add({"probe", file.name(), Durability::kFsync, 1, 1, "4 KiB appends", "1/s"}, rate);
  return rate;
}

void Bench::Tell(const std::string& what) { std::fprintf(stderr, "   %s\n", what.c_str()); }

}  // namespace hq::bench
