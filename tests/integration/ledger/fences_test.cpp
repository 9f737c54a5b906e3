// Goal: after a kill switch is acknowledged no attempt enters, however the two race. Method: ten
// switches are moved 1 000 times each while others make attempts on what they last heard of them,
// which may be old; then every attempt in the ledger is compared with its switch as it stood there.
// Ten races run side by side, because a race of two spends its time waiting for the disk.
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <random>
#include <thread>

#include "common/events/event_name.hpp"
#include "hq/decision/v1/events.pb.h"
#include "hq/ledger/v1/events.pb.h"
#include "tests/support/fake_clock.hpp"
#include "tests/support/seed.hpp"
#include "tests/support/test_ledger.hpp"

namespace hq::testing {
namespace {

constexpr int kCells = 10;
constexpr Version kMoves = 1'000;  // Of each cell's switch.
constexpr int kAttempters = 2;     // For each cell.

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

std::string CellOf(int number) { return "cell" + std::to_string(number); }
std::string SwitchOf(const std::string& cell) { return "kill_switch-" + cell; }

ledger::v1::AppendRequest Move(const std::string& cell, bool is_on) {
  decision::v1::KillSwitchEvent event;
  if (is_on) {
    event.mutable_kill_switch_activated()->set_reason("race");
  } else {
    event.mutable_kill_switch_released()->set_reason("race");
  }
  ledger::v1::AppendRequest request;
  AddEvent(request, SwitchOf(cell), cell, event);
  return request;
}

ledger::v1::AppendRequest Attempt(const std::string& cell, const std::string& stream,
                                  Version believed) {
  ledger::v1::EffectEvent event;
  event.mutable_effect_attempted()->set_attempt(1);
  ledger::v1::AppendRequest request;
  for (const std::string& fence : std::vector<std::string>{"kill_switch-global", SwitchOf(cell),
                                                           "cell_lock-" + cell, "policy"}) {
    const Version version = fence == SwitchOf(cell) ? believed : 0;
    auto* listed = event.mutable_effect_attempted()->add_fences();
    listed->set_stream(fence);
    listed->set_version(version);
    auto* condition = request.add_conditions();
    condition->set_stream(fence);
    condition->set_version(version);
  }
  AddEvent(request, stream, cell, event);
  return request;
}

class FencesTest : public ::testing::Test {
 protected:
  FencesTest() {
    auto log = ledger::RocksEventLog::Open(directory_ / "data", clock_, metrics_);
    HQ_CHECK(log.ok(), log.status().ToString().c_str());
    log_ = *std::move(log);
  }

  // One cell's switch and those who make attempts on it.
  struct Race {
    std::string cell;
    std::atomic<Version> acknowledged = 0;
    std::atomic<bool> is_over = false;
    std::atomic<std::uint64_t> entered = 0;
    std::atomic<std::uint64_t> refused = 0;
  };

  // Attempts until the race is over, on a version that is up to two moves old.
  void KeepAttempting(Race& race, int number, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    const auto sync = log_->As(CallerNamed("sync"));
    const std::string stream = "sync_effect-" + race.cell + "-" + std::to_string(number);
    while (!race.is_over) {
      const Version acknowledged = race.acknowledged;
      const Version believed = acknowledged - std::min<Version>(acknowledged, random() % 3);
      const auto response = sync->Append(Attempt(race.cell, stream, believed));
      if (response.ok()) {
        ++race.entered;
        // Acknowledged before this attempt was even sent: it should not have been let in.
        EXPECT_GE(believed, acknowledged);
      } else {
        ++race.refused;
        EXPECT_TRUE(absl::IsAborted(response.status())) << response.status();
      }
    }
  }

  void Run(Race& race, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::vector<std::jthread> attempters;
    for (int number = 0; number < kAttempters; ++number)
      attempters.emplace_back(
          [this, &race, number, own = random()] { KeepAttempting(race, number, own); });
    const auto decision = log_->As(CallerNamed("decision"));
    for (Version version = 1; version <= kMoves; ++version) {
      const auto response = decision->Append(Move(race.cell, version % 2 == 1));
      EXPECT_TRUE(response.ok()) << response.status();
      if (!response.ok()) break;
      race.acknowledged = version;
      for (auto pause = random() % 8; pause > 0; --pause) std::this_thread::yield();
    }
    race.is_over = true;
  }

  // Compares each attempt with the version that its cell's switch had at that place.
  void ExpectNoAttemptBehindAMove(std::map<std::string, std::uint64_t>& attempts) {
    const auto ann = log_->As(CallerNamed("ann"));
    ledger::v1::ReadRequest read;
    std::map<std::string, Version> versions;
    for (;;) {
      const auto page = ann->Read(read);
      ASSERT_TRUE(page.ok()) << page.status();
      if (page->scanned_to <= read.after_position()) break;
      for (const auto& [record, bytes] : page->records) {
        if (record.stream() == SwitchOf(record.branch())) {
          versions[record.branch()] = record.version();
          continue;
        }
        ledger::v1::EffectEvent event;
        ASSERT_TRUE(UnpackEvent(record.data(), event).ok());
        ASSERT_EQ(event.effect_attempted().fences(1).version(), versions[record.branch()])
            << "at " << record.position();
        ++attempts[record.branch()];
      }
      read.set_after_position(page->scanned_to);
    }
    for (const auto& [cell, version] : versions) EXPECT_EQ(version, kMoves) << cell;
  }

  FakeClock clock_;
  TempDir directory_;
  runtime::Metrics metrics_;
  std::unique_ptr<ledger::RocksEventLog> log_;
};

TEST_F(FencesTest, NoAttemptEntersAfterTheAcknowledgement) {
  std::mt19937_64 random(Seed());
  std::vector<Race> races(kCells);
  {
    std::vector<std::jthread> running;
    for (int number = 0; number < kCells; ++number) {
      Race& race = races[static_cast<std::size_t>(number)];
      race.cell = CellOf(number);
      running.emplace_back([this, &race, seed = random()] { Run(race, seed); });
    }
  }
  std::map<std::string, std::uint64_t> attempts;
  ExpectNoAttemptBehindAMove(attempts);
  for (const Race& race : races) {
    EXPECT_GT(race.entered, 0U) << race.cell;
    EXPECT_GT(race.refused, 0U) << race.cell;
    EXPECT_EQ(attempts[race.cell], race.entered) << race.cell;
  }
}

}  // namespace
}  // namespace hq::testing
