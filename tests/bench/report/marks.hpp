// The marks that the ledger is held to, judged from the rows. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/bench/report/row.hpp"

namespace hq::bench {

// The systems' names, as they stand in the rows.
inline constexpr std::string_view kLedger = "ledger";
inline constexpr std::string_view kPostgres = "postgresql";
inline constexpr std::string_view kRedis = "redis";
inline constexpr std::string_view kJetStream = "jetstream";
inline constexpr std::string_view kJetStreamSynced = "jetstream+S";

// The metrics that the marks look at.
inline constexpr std::string_view kThroughput = "throughput";

struct Mark {
  std::string name;
  double asked = 0;
  std::string unit;         // Empty for a ratio.
  bool is_ceiling = false;  // Whether the measured value must stay under what is asked.
  std::optional<double> measured;

  bool IsMet() const { return measured && (is_ceiling ? *measured < asked : *measured >= asked); }
};

// All of them, in a fixed order; those whose rows are missing have nothing measured.
std::vector<Mark> JudgeMarks(const Board& board);

}  // namespace hq::bench
