// Who speaks for whom at every service's door, seen at decision's.
#include "tests/integration/decision_service.hpp"

namespace hq::decision {
namespace {

using DoorTest = DecisionService;

// An admin is nobody's messenger; and whoever speaks for another says for whom, in full.
TEST_F(DoorTest, OnlyAServiceNamesAnotherActorAndThenWhole) {
  ASSERT_NO_FATAL_FAILURE(ApplyFleet({Cell("koosy", "standard")}));
  v1::LockCellRequest lock;
  lock.set_branch("koosy");
  lock.set_reason("deploy failed");
  const auto lock_for = [&](const std::string& principal, const CommandMeta& meta) {
    grpc::ClientContext context;
    rpc::PrepareCommand(context, testing::TokenOf(principal), std::chrono::seconds(30), meta);
    v1::LockCellResponse locked;
    return rpc::FromGrpc(stub_->LockCell(&context, lock, &locked));
  };
  CommandMeta meta;
  meta.actor = "bob";
  meta.role = "hq_admin";
  const Status denied = lock_for("ann", meta);
  EXPECT_EQ(denied.code(), absl::StatusCode::kPermissionDenied) << denied;
  EXPECT_EQ(AdviceOf(denied).reason, "ACTOR_NOT_ALLOWED");
  CommandMeta nameless = meta, endless = meta, long_id = meta;
  nameless.actor.clear();
  endless.role = std::string(129, 'r');
  long_id.command_id = std::string(129, 'c');
  for (const CommandMeta& bad : {nameless, endless, long_id}) {
    const Status refused = lock_for("sync", bad);
    EXPECT_EQ(refused.code(), absl::StatusCode::kInvalidArgument) << refused;
    EXPECT_EQ(AdviceOf(refused).reason, "INVALID_METADATA") << refused;
  }
  EXPECT_EQ(HeadPosition(), 1u);
  const Status locked = lock_for("sync", meta);
  ASSERT_TRUE(locked.ok()) << locked;
  ledger::v1::GetRequest get;
  get.set_position(HeadPosition());
  EXPECT_EQ(log_->Get(get)->record.actor(), "bob");
}

}  // namespace
}  // namespace hq::decision
