#include "tests/bench/report/marks.hpp"

#include <algorithm>

namespace hq::bench {
namespace {

constexpr int kAny = -1;

// Where to look: a workload's rows with those clients and that batch; kAny for all.
struct Place {
  std::string workload;
  int clients = kAny;
  int batch = kAny;
  std::string metric = std::string(kThroughput);
};

const Row* Best(const Board& board, const Place& place, std::string_view system) {
  const Row* best = nullptr;
  for (const Row* row : board.Find(place.workload, std::string(system), place.metric)) {
    const bool is_there = (place.clients == kAny || row->subject.clients == place.clients) &&
                          (place.batch == kAny || row->subject.batch == place.batch);
    if (is_there && (best == nullptr || row->Value() > best->Value())) best = row;
  }
  return best;
}

std::optional<double> ValueAt(const Board& board, const Place& place) {
  const Row* row = Best(board, place, kLedger);
  return row ? std::optional(row->Value()) : std::nullopt;
}

// Each system at its best in that place; at the same point the rounds are compared one by one.
std::optional<double> RatioAt(const Board& board, const Place& place, std::string_view peer) {
  const Row* mine = Best(board, place, kLedger);
  const Row* its = Best(board, place, peer);
  if (mine == nullptr || its == nullptr || its->Value() <= 0) return std::nullopt;
  const bool is_same_point =
      mine->subject.clients == its->subject.clients && mine->subject.batch == its->subject.batch;
  return is_same_point ? RatioOf(*mine, *its) : mine->Value() / its->Value();
}

// The largest value that the ledger's rows of that metric have.
Mark Ceiling(const Board& board, const std::string& name, double asked, const std::string& unit,
             const Place& place) {
  return {name, asked, unit, true, ValueAt(board, place)};
}

void AddAppendMarks(const Board& board, std::vector<Mark>& marks) {
  const auto ratio = [&](const std::string& name, double asked, const Place& place,
                         std::string_view peer) {
    marks.push_back({name, asked, "", false, RatioAt(board, place, peer)});
  };
  marks.push_back({"batched append", 250'000, "events/s", false, ValueAt(board, {"W2"})});
  ratio("batched append / PostgreSQL, batches of 100", 3, {"W2", kAny, 100}, kPostgres);
  ratio("batched append / Redis pipelined", 1.4, {"W2"}, kRedis);
  ratio("single append / PostgreSQL, 1 client", 0.6, {"W1", 1}, kPostgres);
  ratio("single append / PostgreSQL, 16 clients", 1, {"W1", 16}, kPostgres);
  ratio("single append / PostgreSQL, 64 clients", 1.7, {"W1", 64}, kPostgres);
  marks.push_back(
      {"single append, 64 clients", 14'000, "events/s", false, ValueAt(board, {"W1", 64})});
  marks.push_back({"streaming append, 1 event a message", 30'000, "events/s", false,
                   ValueAt(board, {"W3", kAny, 1})});
}

}  // namespace

std::vector<Mark> JudgeMarks(const Board& board) {
  std::vector<Mark> marks;
  AddAppendMarks(board, marks);
  marks.push_back({"catch-up read", 2'000'000, "events/s", false, ValueAt(board, {"W6"})});
  marks.push_back({"catch-up read / JetStream's ordered consumer", 5, "", false,
                   RatioAt(board, {"W6"}, kJetStream)});
  marks.push_back({"group commits / raw fdatasync of the same size", 0.7, "", false,
                   ValueAt(board, {"groups", kAny, kAny, "groups/fdatasync"})});
  const auto latency = [&](const std::string& quantile, double asked_ms) {
    marks.push_back(Ceiling(board, "append to NATS subscriber, 1 000/s, " + quantile, asked_ms,
                            "ms", {"W7", kAny, kAny, quantile + " at 1000/s"}));
  };
  latency("p50", 2);
  latency("p99", 10);
  marks.push_back(Ceiling(board, "inclusion proof at the largest size", 100, "us",
                          {"W10", kAny, kAny, "inclusion proof"}));
  marks.push_back(Ceiling(board, "a group's root published within", 10, "ms",
                          {"W10", kAny, kAny, "root published"}));
  marks.push_back(Ceiling(board, "memory, stalled subscriber", 300, "MB",
                          {"memory", kAny, kAny, "stalled subscriber"}));
  marks.push_back(
      Ceiling(board, "memory, 10^7 records", 300, "MB", {"memory", kAny, kAny, "10^7 records"}));
  return marks;
}

}  // namespace hq::bench
