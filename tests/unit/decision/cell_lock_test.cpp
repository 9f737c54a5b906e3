#include "services/decision/core/cell_lock.hpp"

#include "tests/support/scenario.hpp"

namespace hq::decision {
namespace {

using CellLockTest = testing::Scenario<CellLock>;

const std::string kLocked = R"(cell_locked { reason: "deploy failed" })";

template <class Request>
Request On(const std::string& reason) {
  Request request;
  request.set_branch("koosy");
  request.set_reason(reason);
  return request;
}

auto UnlockBy(const std::string& role, const std::string& reason = "mended") {
  return [=](const CellLock::State& state) {
    CommandMeta meta;
    meta.actor = "ann";
    meta.role = role;
    return CellLock::Decide(state, On<v1::UnlockCellRequest>(reason), meta);
  };
}

TEST(CellLock, LocksOnce) {
  const auto lock = On<v1::LockCellRequest>("deploy failed");
  CellLockTest().When(lock).Then({kLocked});
  CellLockTest().Given({kLocked}).When(On<v1::LockCellRequest>("another")).Then({});
}

TEST(CellLock, NeedsAReason) {
  CellLockTest().When(On<v1::LockCellRequest>("")).ThenRefused(absl::StatusCode::kInvalidArgument);
  CellLockTest()
      .Given({kLocked})
      .WhenDecided(UnlockBy("hq_admin", ""))
      .ThenRefused(absl::StatusCode::kInvalidArgument);
}

TEST(CellLock, IsUnlockedByAnAdminOnly) {
  CellLockTest()
      .Given({kLocked})
      .WhenDecided(UnlockBy("hq_admin"))
      .Then({R"(cell_unlocked { reason: "mended" })"});
  CellLockTest().WhenDecided(UnlockBy("hq_admin")).Then({});
  for (const char* role : {"service", "branch_owner", "llm", "worker", "on_call", ""})
    CellLockTest()
        .Given({kLocked})
        .WhenDecided(UnlockBy(role))
        .ThenRefused(absl::StatusCode::kPermissionDenied, "ADMIN_NEEDED");
}

}  // namespace
}  // namespace hq::decision
