// What people are shown of the ledger's state.
#include "cli/status_rows.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/scenario.hpp"

namespace hq::cli {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> Shown(const std::string& text) {
  std::vector<std::string> lines;
  for (const auto& row : RowsOf(testing::Text<ledger::v1::LedgerStatus>(text)))
    lines.push_back(row[0] + ": " + row[1]);
  return lines;
}

TEST(StatusRows, ShowEveryPartThatRuns) {
  EXPECT_THAT(
      Shown(R"(
        log_id: "log-1" epoch: 2 started_at_us: 1768701600000000 is_serving: true
        positions { durable: 123 announced: 120 indexed: 123 checkpointed: 100 }
        write_path {
          queue_depth: 4 groups: 12 records: 34
          group_records { count: 12 p50: 1 p99: 8 max: 9 }
          sync_seconds { count: 12 p50: 0.0003 p99: 0.00125 max: 0.02 }
        }
        subscribers { count: 5 lag_max: 3 }
        disk { state: DISK_STATE_AMPLE free_bytes: 75591843840 reserve_bytes: 1073741824
               floor_bytes: 268435456 ballast_bytes: 512 }
        scrub { position: 7 until: 120 last_pass_ended_at_us: 1768701600000000 }
        backup { position: 100 completed_at_us: 1768701600000000 error: "no route" }
        witnesses { name: "billing" tree_size: 99 cosigned_at_us: 1768701600000000 }
      )"),
      ElementsAre("ledger: log-1, epoch 2", "state: serving",
                  "started: 2026-01-18T02:00:00.000000Z",
                  "positions: durable 123, announced 120 (3 behind), indexed 123, in a signed "
                  "checkpoint 100 (23 behind)",
                  "committed: 34 records in 12 groups; 4 appends wait",
                  "group size: half 1, 99 of 100 8, at most 9",
                  "sync time: half 0.30 ms, 99 of 100 1.25 ms, at most 20.00 ms",
                  "subscribers: 5, the slowest 3 behind",
                  "disk: 70.4 GiB free; reserve 1.0 GiB, floor 256.0 MiB, ballast 512 B",
                  "scrub: at 7 of 120; last full pass 2026-01-18T02:00:00.000000Z",
                  "backup: up to 100, 2026-01-18T02:00:00.000000Z; FAILED since: no route",
                  "witness: billing: up to 99, 2026-01-18T02:00:00.000000Z"));
}

TEST(StatusRows, AreSilentAboutPartsThatDoNotRunAndLoudAboutTrouble) {
  EXPECT_THAT(
      Shown(R"(log_id: "l" epoch: 1 not_serving_reason: "a record is damaged"
                       disk { state: DISK_STATE_RESERVE } scrub { mismatch_position: 5 })"),
      ElementsAre("ledger: l, epoch 1", "state: NOT SERVING: a record is damaged", "started: never",
                  "disk: 0 B free, LOW: only system events are taken; reserve 0 B, floor 0 "
                  "B, ballast 0 B",
                  "scrub: MISMATCH at position 5: what is stored is not what was written"));
}

}  // namespace
}  // namespace hq::cli
