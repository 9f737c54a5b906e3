// Goal: whatever step the ledger is killed at, what was acknowledged is there once, the chain
// holds, and NATS tells the same. Method: the real process, killed at each of its fault points in
// turn and at random moments under load, started again on the same data.
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <random>

#include "common/ledger_client/ledger_client.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/ledger_process.hpp"
#include "tests/support/nats_server.hpp"
#include "tests/support/test_ledger.hpp"

namespace hq::testing {
namespace {

class LedgerCrashTest : public ::testing::TestWithParam<std::tuple<const char*, int>> {
 protected:
  std::unique_ptr<EventLog> Client() const {
    return std::make_unique<ledger::LedgerClient>(process_.address(), TokenOf("ann"));
  }

  static ledger::v1::AppendRequest Command(const std::string& command_id) {
    ledger::v1::AppendRequest request;
    auto* append = request.add_appends();
    append->set_stream("entry-koosy");
    append->add_events()->set_branch("koosy");
    append->mutable_events(0)->set_event("page_seen");
    request.set_command_id(command_id);
    return request;
  }

  // Every acknowledged command stands in the ledger once, where its receipt says, in one chain.
  void ExpectHistory(const std::map<std::string, Position>& acknowledged) {
    const auto page = Client()->Read(ledger::v1::ReadRequest());
    ASSERT_TRUE(page.ok()) << page.status();
    std::map<std::string, int> times;
    std::string hash = ZeroHash();
    Position position = 0;
    for (const auto& recorded : page->records) {
      ASSERT_EQ(recorded.record.position(), ++position);
      ASSERT_EQ(recorded.record.previous_hash(), hash);
      ASSERT_EQ(recorded.record.version(), position);
      hash = LeafHash(recorded.bytes);
      EXPECT_EQ(++times[recorded.record.command_id()], 1);
    }
    for (const auto& [command_id, at] : acknowledged) {
      ASSERT_LE(at, position);
      EXPECT_EQ(page->records[at - 1].record.command_id(), command_id);
    }
  }

  NatsServer nats_;
  LedgerProcess process_{HQ_BIN_DIR, PrincipalsJson(), nats_.LedgerLogin()};
};

TEST_P(LedgerCrashTest, KilledAtThatStepItGoesOnAsIfNothingHadBeen) {
  const auto& [point, passing] = GetParam();
  process_.Start(std::string(point) + ":" + std::to_string(passing));
  const auto client = Client();
  std::map<std::string, Position> acknowledged;
  constexpr int kCommands = 8;
  std::atomic<bool> is_over = false;
  std::jthread appending([&] {
    for (int i = 0; i < kCommands; ++i) {
      const std::string command_id = "command-" + std::to_string(i);
      const auto response = client->Append(Command(command_id));
      EXPECT_TRUE(response.ok()) << response.status() << "\n" << process_.Log();
      if (response.ok()) acknowledged[command_id] = response->receipt().first_position();
    }
    is_over = true;
  });
  // The killed process is put up again while the client, knowing nothing of it, tries again.
  bool was_killed = false;
  ASSERT_TRUE(Eventually([&] {
    if (process_.WasKilled()) {
      was_killed = true;
      process_.Kill();
      process_.Start();
    }
    return is_over && was_killed;
  })) << process_.Log();
  appending.join();
  EXPECT_EQ(acknowledged.size(), static_cast<std::size_t>(kCommands));
  ExpectHistory(acknowledged);
  EXPECT_EQ(Client()->Head()->head().position(), kCommands);
  EXPECT_EQ(process_.Stop(), 0) << process_.Log();
}

std::string NameOfKill(const ::testing::TestParamInfo<std::tuple<const char*, int>>& kill) {
  std::string name = std::get<0>(kill.param);
  for (char& c : name)
    if (c == '.') c = '_';
  return name + "_" + std::to_string(std::get<1>(kill.param));
}

INSTANTIATE_TEST_SUITE_P(
    , LedgerCrashTest,
    ::testing::Combine(::testing::Values("ledger.commit.before", "ledger.commit.after",
                                         "ledger.announce.before", "ledger.announce.after"),
                       ::testing::Values(1, 2)),
    NameOfKill);

class LedgerKillTest : public LedgerCrashTest {};

TEST_P(LedgerKillTest, KilledAtRandomUnderLoad) {
  const auto seed = std::random_device()();
  RecordProperty("seed", std::to_string(seed));
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  process_.Start();
  std::mutex mutex;
  std::map<std::string, Position> acknowledged;
  std::atomic<bool> is_over = false;
  std::vector<std::jthread> callers;
  for (int caller = 0; caller < 4; ++caller)
    callers.emplace_back([&, caller] {
      const auto client = Client();
      for (int i = 0; !is_over; ++i) {
        const std::string command_id = std::to_string(caller) + "-" + std::to_string(i);
        const auto response = client->Append(Command(command_id));
        if (!response.ok()) continue;
        std::lock_guard lock(mutex);
        acknowledged[command_id] = response->receipt().first_position();
      }
    });
  const auto count = [&] {
    std::lock_guard lock(mutex);
    return acknowledged.size();
  };
  for (int round = 0; round < 4; ++round) {
    const std::size_t until = count() + 20 + random() % 60;
    ASSERT_TRUE(Eventually([&] { return count() >= until; })) << process_.Log();
    process_.Kill();
    process_.Start();
  }
  is_over = true;
  callers.clear();
  ExpectHistory(acknowledged);
  EXPECT_EQ(process_.Stop(), 0) << process_.Log();
}

INSTANTIATE_TEST_SUITE_P(, LedgerKillTest, ::testing::Values(std::make_tuple("", 0)));

}  // namespace
}  // namespace hq::testing
