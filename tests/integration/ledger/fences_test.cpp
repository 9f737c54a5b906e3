// Goal: after a kill switch is acknowledged no attempt enters, however the two race. Method: one
// thread moves the switch 10 000 times while others make attempts on what they last heard of it,
// which may be old; then every attempt in the ledger is compared with the switch as it stood there.
#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <thread>

#include "common/events/event_name.hpp"
#include "hq/decision/v1/events.pb.h"
#include "hq/ledger/v1/events.pb.h"
#include "tests/support/fake_clock.hpp"
#include "tests/support/test_ledger.hpp"

namespace hq::testing {
namespace {

constexpr Version kMoves = 10'000;
constexpr int kAttempters = 3;
constexpr const char* kSwitch = "kill_switch-global";

ledger::v1::NewEvent* AddEvent(ledger::v1::AppendRequest& request, const std::string& stream,
                               const std::string& branch, const google::protobuf::Message& event) {
  auto* append = request.add_appends();
  append->set_stream(stream);
  auto* added = append->add_events();
  added->set_branch(branch);
  added->set_event(EventNameOf(event));
  added->set_schema_version(1);
  added->mutable_data()->PackFrom(event);
  return added;
}

ledger::v1::AppendRequest Move(bool is_on) {
  decision::v1::KillSwitchEvent event;
  if (is_on) {
    event.mutable_kill_switch_activated()->set_reason("race");
  } else {
    event.mutable_kill_switch_released()->set_reason("race");
  }
  ledger::v1::AppendRequest request;
  AddEvent(request, kSwitch, "hq", event);
  return request;
}

ledger::v1::AppendRequest Attempt(const std::string& stream, Version believed) {
  ledger::v1::EffectEvent event;
  event.mutable_effect_attempted()->set_attempt(1);
  ledger::v1::AppendRequest request;
  for (const char* fence : {kSwitch, "kill_switch-koosy", "cell_lock-koosy", "policy"}) {
    const Version version = std::string(fence) == kSwitch ? believed : 0;
    auto* listed = event.mutable_effect_attempted()->add_fences();
    listed->set_stream(fence);
    listed->set_version(version);
    auto* condition = request.add_conditions();
    condition->set_stream(fence);
    condition->set_version(version);
  }
  AddEvent(request, stream, "koosy", event);
  return request;
}

class FencesTest : public ::testing::Test {
 protected:
  FencesTest() {
    auto log = ledger::RocksEventLog::Open(directory_ / "data", clock_, metrics_);
    HQ_CHECK(log.ok(), log.status().ToString().c_str());
    log_ = *std::move(log);
  }

  // Attempts until the race is over, on a version that is up to two moves old.
  void KeepAttempting(int number, unsigned seed) {
    std::mt19937 random(seed + static_cast<unsigned>(number));
    const auto sync = log_->As(CallerNamed("sync"));
    const std::string stream = "sync_effect-" + std::to_string(number);
    while (!is_over_) {
      const Version acknowledged = acknowledged_;
      const Version believed = acknowledged - std::min<Version>(acknowledged, random() % 3);
      const auto response = sync->Append(Attempt(stream, believed));
      if (response.ok()) {
        ++entered_;
        // Acknowledged before this attempt was even sent: it should not have been let in.
        EXPECT_GE(believed, acknowledged);
      } else {
        ++refused_;
        EXPECT_TRUE(absl::IsAborted(response.status())) << response.status();
      }
    }
  }

  // Compares each attempt with the version that the switch had at that place.
  void ExpectNoAttemptBehindAMove() {
    const auto ann = log_->As(CallerNamed("ann"));
    ledger::v1::ReadRequest read;
    Version version = 0;
    std::uint64_t attempts = 0;
    for (;;) {
      const auto page = ann->Read(read);
      ASSERT_TRUE(page.ok()) << page.status();
      if (page->scanned_to <= read.after_position()) break;
      for (const auto& recorded : page->records) {
        if (recorded.record.stream() == kSwitch) {
          version = recorded.record.version();
          continue;
        }
        ledger::v1::EffectEvent event;
        ASSERT_TRUE(UnpackEvent(recorded.record.data(), event).ok());
        ASSERT_EQ(event.effect_attempted().fences(0).version(), version)
            << "at " << recorded.record.position();
        ++attempts;
      }
      read.set_after_position(page->scanned_to);
    }
    EXPECT_EQ(version, kMoves);
    EXPECT_EQ(attempts, entered_);
  }

  FakeClock clock_;
  TempDir directory_;
  runtime::Metrics metrics_;
  std::unique_ptr<ledger::RocksEventLog> log_;
  std::atomic<Version> acknowledged_ = 0;
  std::atomic<bool> is_over_ = false;
  std::atomic<std::uint64_t> entered_ = 0;
  std::atomic<std::uint64_t> refused_ = 0;
};

TEST_F(FencesTest, NoAttemptEntersAfterTheAcknowledgement) {
  const unsigned seed = std::random_device()();
  std::cout << "seed " << seed << "\n";
  std::vector<std::jthread> attempters;
  for (int number = 0; number < kAttempters; ++number)
    attempters.emplace_back([this, number, seed] { KeepAttempting(number, seed); });
  std::mt19937 random(seed);
  const auto decision = log_->As(CallerNamed("decision"));
  for (Version version = 1; version <= kMoves; ++version) {
    const auto response = decision->Append(Move(version % 2 == 1));
    EXPECT_TRUE(response.ok()) << response.status();
    if (!response.ok()) break;
    acknowledged_ = version;
    for (auto pause = random() % 8; pause > 0; --pause) std::this_thread::yield();
  }
  is_over_ = true;
  attempters.clear();
  EXPECT_GT(entered_, 0U);
  EXPECT_GT(refused_, 0U);
  ExpectNoAttemptBehindAMove();
}

}  // namespace
}  // namespace hq::testing
