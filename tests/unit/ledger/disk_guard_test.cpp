// Which appends are taken at which fill of the disk, as a table.
#include "services/ledger/core/disk_guard.hpp"

#include <gtest/gtest.h>

namespace hq::ledger {
namespace {

constexpr std::uint64_t kMiB = 1ULL << 20;

v1::AppendRequest To(const std::vector<std::string>& streams) {
  v1::AppendRequest request;
  for (const auto& stream : streams) request.add_appends()->set_stream(stream);
  return request;
}

TEST(DiskGuard, ReserveAndFloorDivideTheDisk) {
  const DiskThresholds thresholds = ThresholdsFor(1024 * kMiB);
  EXPECT_EQ(thresholds.floor_bytes, 256 * kMiB);
  EXPECT_EQ(StateOf(1024 * kMiB, thresholds), v1::DISK_STATE_AMPLE);
  EXPECT_EQ(StateOf(1024 * kMiB - 1, thresholds), v1::DISK_STATE_RESERVE);
  EXPECT_EQ(StateOf(256 * kMiB, thresholds), v1::DISK_STATE_RESERVE);
  EXPECT_EQ(StateOf(256 * kMiB - 1, thresholds), v1::DISK_STATE_FLOOR);
  EXPECT_EQ(StateOf(0, thresholds), v1::DISK_STATE_FLOOR);
  EXPECT_EQ(StateOf(0, ThresholdsFor(0)), v1::DISK_STATE_AMPLE) << "without a reserve no guard";
}

TEST(DiskGuard, SystemEventsAreThoseThatTellOfTroubleOrStopIt) {
  for (const char* stream : {"ledger", "kill_switch-global", "kill_switch-koosy", "cell_lock-koosy",
                             "delivery-1", "incident-1"})
    EXPECT_TRUE(IsSystemAppend(To({stream}))) << stream;
  for (const char* stream : {"entry-koosy", "rollout-1", "sync_effect-1", "cell-koosy", "policy",
                             "price_book", "ledgers-1", "route"})
    EXPECT_FALSE(IsSystemAppend(To({stream}))) << stream;
  EXPECT_TRUE(IsSystemAppend(To({"cell_lock-koosy", "kill_switch-koosy"})));
  EXPECT_FALSE(IsSystemAppend(To({})));
  EXPECT_FALSE(IsSystemAppend(To({"cell_lock-koosy", "rollout-1"})))
      << "one ordinary event is enough";
}

TEST(DiskGuard, RefusesBeforeRocksDbMust) {
  struct Row {
    v1::DiskState state;
    bool is_system;
    bool is_taken;
  };
  for (const Row& row :
       {Row{v1::DISK_STATE_AMPLE, false, true}, Row{v1::DISK_STATE_AMPLE, true, true},
        Row{v1::DISK_STATE_RESERVE, false, false}, Row{v1::DISK_STATE_RESERVE, true, true},
        Row{v1::DISK_STATE_FLOOR, false, false}, Row{v1::DISK_STATE_FLOOR, true, false}}) {
    const Status status = CheckDisk(row.state, row.is_system);
    EXPECT_EQ(status.ok(), row.is_taken) << row.state << row.is_system;
    if (status.ok()) continue;
    EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
    EXPECT_EQ(AdviceOf(status).reason, "DISK_FULL");
    EXPECT_FALSE(AdviceOf(status).next_step.empty());
  }
}

}  // namespace
}  // namespace hq::ledger
