#include "tests/bench/workloads/end_to_end.hpp"

#include <absl/strings/str_format.h>

#include <algorithm>
#include <thread>

#include "common/grpc/channel.hpp"
#include "common/nats/bus.hpp"
#include "hq/ledger/v1/ledger_service.grpc.pb.h"
#include "tests/bench/harness/arrivals.hpp"
#include "tests/bench/ledger/append_at_rate.hpp"
#include "tests/bench/ledger/subscriber.hpp"
#include "tests/bench/peers/publish_at_rate.hpp"
#include "tests/bench/report/marks.hpp"
#include "tests/bench/report/statistics.hpp"

namespace hq::bench {
namespace {

// What came during the warm-up is left out: the first tenth.
std::vector<double> Settled(const std::vector<double>& latencies) {
  const auto skipped = static_cast<std::ptrdiff_t>(latencies.size() / 10);
  return {latencies.begin() + skipped, latencies.end()};
}

void NoteLatencies(Bench& bench, const std::string& system, Durability durability, int rate,
                   const Arrivals& arrivals) {
  const auto latencies = Settled(arrivals.latencies_ms());
  const auto add = [&](const std::string& quantile, double value) {
    bench.board().Add(
        {"W7", system, durability, 1, 1, absl::StrFormat("%s at %d/s", quantile, rate), "ms"},
        value);
  };
  add("p50", Quantile(latencies, 0.5));
  add("p99", Quantile(latencies, 0.99));
  add("max", Quantile(latencies, 1));
}

Status Missing(const std::string& system) {
  return absl::DeadlineExceededError(system + ": not every event came");
}

OpenLoop LoopOf(const Bench& bench, int rate) { return {rate, bench.plan().duration}; }

// append → committed → announced → a plain NATS subscriber.
Status MeasureNats(Bench& bench, int rate, int round) {
  LedgerSystem& ledger = bench.ledger();
  Arrivals arrivals;
  HQ_ASSIGN_OR_RETURN(const auto bus, nats::Bus::Connect(ledger.Reader()));
  HQ_RETURN_IF_ERROR(bus->Subscribe("hq.events.>", [&](const nats::Message& message) {
    ledger::v1::Record record;
    if (record.ParseFromArray(message.payload.data(), static_cast<int>(message.payload.size())))
      arrivals.Add(record.occurred_at_us());
  }));
  // From the first one that comes the subscription stands. They fall into the warm-up.
  AppendLoad one;
  one.events_max = 1;
  const bool stands = testing::Eventually([&] {
    static_cast<void>(ledger.Append(one));
    return arrivals.count() > 0;
  });
  if (!stands) return absl::UnavailableError("NATS delivers nothing");
  HQ_RETURN_IF_ERROR(ledger.WaitUntilAnnounced());
  const std::size_t probes = arrivals.count();
  const std::string stream = absl::StrFormat("sync_effect-nats-%d-%d", rate, round);
  HQ_ASSIGN_OR_RETURN(const std::uint64_t sent,
                      AppendAtRate(ledger.address(), ledger.token(), stream, LoopOf(bench, rate)));
  if (!arrivals.WaitFor(probes + sent)) return Missing("ledger over NATS");
  NoteLatencies(bench, std::string(kLedger), Durability::kFsync, rate, arrivals);
  return absl::OkStatus();
}

// append → committed → the ledger's Subscribe.
Status MeasureSubscribe(Bench& bench, int rate, int round) {
  LedgerSystem& ledger = bench.ledger();
  Arrivals arrivals;
  HQ_ASSIGN_OR_RETURN(const std::uint64_t head, ledger.Stored());
  const Subscriber subscriber(
      ledger.address(), ledger.token(), head,
      [&](const ledger::v1::Record& record) { arrivals.Add(record.occurred_at_us()); });
  const std::string stream = absl::StrFormat("sync_effect-grpc-%d-%d", rate, round);
  HQ_ASSIGN_OR_RETURN(const std::uint64_t sent,
                      AppendAtRate(ledger.address(), ledger.token(), stream, LoopOf(bench, rate)));
  if (!arrivals.WaitFor(sent)) return Missing("ledger over Subscribe");
  NoteLatencies(bench, std::string(kLedger) + ", Subscribe", Durability::kFsync, rate, arrivals);
  return absl::OkStatus();
}

Status MeasureJetStream(Bench& bench, const nats::Login& login, int rate) {
  Arrivals arrivals;
  HQ_ASSIGN_OR_RETURN(const std::uint64_t sent,
                      PublishAtRate(login, LoopOf(bench, rate), arrivals));
  if (!arrivals.WaitFor(sent)) return Missing("jetstream");
  NoteLatencies(bench, std::string(kJetStream), Durability::kPageCache, rate, arrivals);
  return absl::OkStatus();
}

}  // namespace

Status MeasureEndToEnd(Bench& bench) {
  HQ_RETURN_IF_ERROR(bench.ledger().Reset());
  JetStream& jetstream = bench.jetstream();
  HQ_RETURN_IF_ERROR(jetstream.Reset());
  for (const int rate : bench.plan().open_loop_rates) {
    for (int round = 0; round < bench.plan().rounds; ++round) {
      Bench::Tell(absl::StrFormat("W7, %d/s, round %d", rate, round + 1));
      HQ_RETURN_IF_ERROR(MeasureNats(bench, rate, round));
      HQ_RETURN_IF_ERROR(MeasureSubscribe(bench, rate, round));
      HQ_RETURN_IF_ERROR(MeasureJetStream(bench, jetstream.Login(), rate));
    }
  }
  return absl::OkStatus();
}

}  // namespace hq::bench
