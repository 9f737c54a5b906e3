// Goal: a ledger whose disk fills refuses, tells of it, still takes what stops or alarms, and goes
// on by itself when there is room; it never dies of it, and has all that it acknowledged. Method:
// the real process on a small file system in memory.
#include <gtest/gtest.h>

#include "common/events/event_name.hpp"
#include "common/ledger_client/ledger_client.hpp"
#include "hq/decision/v1/events.pb.h"
#include "hq/ledger/v1/events.pb.h"
#include "tests/support/eventually.hpp"
#include "tests/support/free_port.hpp"
#include "tests/support/ledger_audit.hpp"
#include "tests/support/ledger_follower.hpp"
#include "tests/support/ledger_process.hpp"
#include "tests/support/small_disk.hpp"
#include "tests/support/test_ledger.hpp"

namespace hq::testing {
namespace {

constexpr std::uint64_t kMiB = 1ULL << 20;

class FullDiskTest : public ::testing::Test {
 protected:
  FullDiskTest() {
    process_.Set("HQ_DATA_DIR", disk_.path() + "/data");
    process_.Set("HQ_DISK_RESERVE_BYTES", std::to_string(16 * kMiB));
    process_.Set("HQ_BALLAST_BYTES", std::to_string(8 * kMiB));
    process_.Start();
    follower_.Follow();
  }

  Status AppendEntry(const std::string& command_id) {
    ledger::v1::AppendRequest request;
    request.add_appends()->set_stream("entry-koosy");
    auto* event = request.mutable_appends(0)->add_events();
    event->set_branch("koosy");
    event->set_event("page_seen");
    request.set_command_id(command_id);
    return AppendTold(*Client(), std::move(request), told_);
  }
  Status Stop() {
    decision::v1::KillSwitchEvent event;
    event.mutable_kill_switch_activated()->set_reason("disk");
    ledger::v1::AppendRequest request;
    request.add_appends()->set_stream("kill_switch-global");
    auto* added = request.mutable_appends(0)->add_events();
    added->set_branch("hq");
    added->set_event(EventNameOf(event));
    added->set_schema_version(1);
    added->mutable_data()->PackFrom(event);
    return AppendTold(*Client(), std::move(request), told_);
  }
  // The reasons of what the ledger has recorded of itself.
  std::vector<std::string> Errors() {
    ledger::v1::ReadStreamRequest request;
    request.set_stream("ledger");
    const auto slice = Client()->ReadStream(request);
    std::vector<std::string> reasons;
    if (!slice.ok()) return reasons;
    for (const auto& recorded : slice->records) {
      ledger::v1::LedgerEvent event;
      if (UnpackEvent(recorded.record.data(), event).ok())
        reasons.push_back(event.ledger_error().reason());
    }
    return reasons;
  }
  std::unique_ptr<EventLog> Client() const {
    return std::make_unique<ledger::LedgerClient>(process_.address(), TokenOf("ann"));
  }

  // Whatever was acknowledged or shown is there.
  void ExpectAllThere() {
    const auto audited = AuditLedger(process_.address(), TokenOf("ann"), told_);
    EXPECT_TRUE(audited.ok()) << audited.status() << "\n" << process_.Log();
    EXPECT_EQ(CompareWithNew(follower_, process_.address(), TokenOf("ann")), absl::OkStatus())
        << process_.Log();
  }

  SmallDisk disk_{128 * kMiB};
  LedgerProcess process_{HQ_BIN_DIR,
                         PrincipalsJson(),
                         {"nats://127.0.0.1:" + std::to_string(FreePort()), "ledger", "password"}};
  LedgerFollower follower_{process_.address(), TokenOf("ann")};
  std::vector<Acknowledged> told_;
};

TEST_F(FullDiskTest, IsRefusedToldAndSurvived) {
  ASSERT_TRUE(AppendEntry("c-1").ok()) << process_.Log();
  disk_.FillUntilFree(12 * kMiB);
  Status refused;
  ASSERT_TRUE(Eventually([&] {
    refused = AppendEntry("c-2");
    return !refused.ok();
  }));
  EXPECT_TRUE(absl::IsResourceExhausted(refused)) << refused;
  EXPECT_EQ(AdviceOf(refused).reason, "DISK_FULL");
  EXPECT_TRUE(Stop().ok()) << "the reserve is for this";
  EXPECT_TRUE(Eventually([&] { return Errors() == std::vector<std::string>{"DISK_LOW"}; }))
      << process_.Log();

  disk_.FillUntilFree(3 * kMiB);
  EXPECT_TRUE(Eventually([&] { return Errors().size() == 2; })) << process_.Log();
  EXPECT_EQ(Errors().back(), "BALLAST_RELEASED");
  EXPECT_TRUE(Stop().ok()) << "and the ballast's room too";
  EXPECT_TRUE(absl::IsResourceExhausted(AppendEntry("c-2")));

  disk_.Empty();
  EXPECT_TRUE(Eventually([&] { return AppendEntry("c-2").ok(); }));
  EXPECT_TRUE(AppendEntry("c-1").ok()) << "what was taken before is still there";
  EXPECT_EQ(process_.Stop(), 0) << process_.Log();
  process_.Start();
  EXPECT_TRUE(AppendEntry("c-3").ok());
  ExpectAllThere();
  EXPECT_EQ(process_.Stop(), 0) << process_.Log();
}

}  // namespace
}  // namespace hq::testing
