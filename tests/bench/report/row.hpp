// One figure of the benchmark, and the board on which the figures are collected. Pure.
#pragma once

#include <string>
#include <vector>

namespace hq::bench {

// What an acknowledgement promises. Rows of different classes are not comparable without saying so.
enum class Durability : char {
  kFsync = 'F',      // On disk before the answer.
  kPageCache = 'P',  // In the kernel's page cache before the answer: lost with the power.
};

// What a row is about. `clients` and `batch` are 0 where they mean nothing.
struct Subject {
  std::string workload;  // "W1" … "W10", "groups", "memory", "probe".
  std::string system;    // "ledger", "postgresql" …
  Durability durability = Durability::kFsync;
  int clients = 0;
  int batch = 0;
  std::string metric;  // What was measured: "throughput", "p99" …
  std::string unit;    // In what: "events/s", "us", "ms", "MB" …

  friend bool operator==(const Subject&, const Subject&) = default;
};

struct Row {
  Subject subject;
  std::vector<double> rounds;  // One value a round, in the order of the rounds.

  double Value() const;  // Their median.
};

// The rows in the order in which they first appeared.
class Board {
 public:
  // Adds the value of one more round.
  void Add(const Subject& subject, double value);

  const std::vector<Row>& rows() const { return rows_; }

  // The row of the same workload, clients, batch and metric that another system has; null if there
  // is none. Valid until the next Add.
  const Row* PeerOf(const Row& row, const std::string& system) const;

  // The rows of one system in one workload with that metric.
  std::vector<const Row*> Find(const std::string& workload, const std::string& system,
                               const std::string& metric) const;

 private:
  std::vector<Row> rows_;
};

// How many times as large `row` is as `peer`: the median of the rounds' own ratios, so that what
// slowed down a round slowed down both. 0 if the two have no round in common.
double RatioOf(const Row& row, const Row& peer);

// An array of {workload, system, class, clients, batch, metric, value, unit}, indented.
std::string ToJson(const std::vector<Row>& rows);

}  // namespace hq::bench
