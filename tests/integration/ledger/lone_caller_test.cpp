// Goal: an append that comes alone is committed where it comes from; as soon as there are more,
// groups are formed as ever, also for a single caller who does not wait for his answers; and no
// order is turned round, in either way or between them. Method: the log on a real directory, called
// from threads of the test, and over gRPC.
#include <gtest/gtest.h>

#include <condition_variable>
#include <future>
#include <memory>
#include <mutex>
#include <random>
#include <thread>
#include <vector>

#include "common/grpc/channel.hpp"
#include "hq/ledger/v1/ledger_service.grpc.pb.h"
#include "services/ledger/adapters/rocks_event_log.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/seed.hpp"
#include "tests/support/test_ledger.hpp"

namespace hq::testing {
namespace {

using ledger::RocksEventLog;

class LoneCallerTest : public ::testing::Test {
 public:
  static ledger::v1::AppendRequest Entry(const std::string& cell = "koosy") {
    ledger::v1::AppendRequest request;
    auto* append = request.add_appends();
    append->set_stream("entry-" + cell);
    append->add_events()->set_branch(cell);
    append->mutable_events(0)->set_event("page_seen");
    return request;
  }

 protected:
  void SetUp() override {
    auto log = RocksEventLog::Open(directory_ / "data", clock_, metrics_);
    ASSERT_TRUE(log.ok()) << log.status();
    log_ = *std::move(log);
  }

  // Appends, waits for the answer, and says which thread gave it.
  std::thread::id AnsweredBy() {
    std::promise<std::thread::id> answered;
    log_->Append(CallerNamed("ann"), Entry(), [&](const auto& result) {
      EXPECT_TRUE(result.ok()) << result.status();
      answered.set_value(std::this_thread::get_id());
    });
    return answered.get_future().get();
  }

  // One behind the other, until the committer believes that nobody else is there; the next is then
  // answered by who appends it.
  ::testing::AssertionResult BecomeAlone() {
    const bool is_alone = Eventually([this] { return AnsweredBy() == std::this_thread::get_id(); });
    return is_alone ? ::testing::AssertionSuccess() : ::testing::AssertionFailure();
  }

  // An append that is held in its answer until the gate is opened, or goes.
  struct Held {
    std::jthread thread;
    std::promise<void> gate;
    std::thread::id answered_by;
  };
  void Hold(Held& held) {
    auto begun = std::make_shared<std::promise<std::thread::id>>();
    held.thread = std::jthread([this, begun, opened = held.gate.get_future().share()] {
      log_->Append(CallerNamed("ann"), Entry(), [&](const auto&) {
        begun->set_value(std::this_thread::get_id());
        opened.wait();
      });
    });
    held.answered_by = begun->get_future().get();
  }

  FakeClock clock_;
  TempDir directory_;
  runtime::Metrics metrics_;
  std::unique_ptr<RocksEventLog> log_;
};

// One of 32 goes through the queue, to see whether others have come, and so may what comes before
// the committer's thread has ended its turn.
TEST_F(LoneCallerTest, HisAppendsAreCommittedOnHisOwnThread) {
  EXPECT_NE(AnsweredBy(), std::this_thread::get_id());  // As yet nobody knows that he is alone.
  ASSERT_TRUE(BecomeAlone());
  int alone = 0;
  for (int i = 0; i < 64; ++i) alone += AnsweredBy() == std::this_thread::get_id() ? 1 : 0;
  EXPECT_LE(alone, 62);
  EXPECT_GE(alone, 32);
}

TEST_F(LoneCallerTest, WhoComesMeanwhileWaitsForTheCommittersThread) {
  ASSERT_TRUE(BecomeAlone());
  Held lone;
  Hold(lone);
  ASSERT_EQ(lone.answered_by, lone.thread.get_id());
  std::promise<std::thread::id> answered;
  log_->Append(CallerNamed("ann"), Entry(),
               [&](const auto&) { answered.set_value(std::this_thread::get_id()); });
  auto by = answered.get_future();
  EXPECT_EQ(by.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
  lone.gate.set_value();
  const auto thread = by.get();
  EXPECT_NE(thread, lone.thread.get_id());
  EXPECT_NE(thread, std::this_thread::get_id());
}

TEST_F(LoneCallerTest, AnAppendFromWithinAnAnswerIsTakenToo) {
  ASSERT_TRUE(BecomeAlone());
  const Position before = log_->Head().head().position();
  std::promise<void> answered;
  log_->Append(CallerNamed("ann"), Entry(), [&](const auto&) {
    log_->Append(CallerNamed("ann"), Entry(), [&](const auto& result) {
      EXPECT_TRUE(result.ok()) << result.status();
      answered.set_value();
    });
  });
  answered.get_future().get();
  EXPECT_EQ(log_->Head().head().position(), before + 2);
}

TEST_F(LoneCallerTest, TheLogClosesBehindHim) {
  ASSERT_TRUE(BecomeAlone());
  const Position before = log_->Head().head().position();
  Held lone;
  Hold(lone);
  ASSERT_EQ(lone.answered_by, lone.thread.get_id());
  auto closed = std::async(std::launch::async, [this] { log_.reset(); });
  EXPECT_EQ(closed.wait_for(std::chrono::milliseconds(100)), std::future_status::timeout);
  lone.gate.set_value();
  closed.get();
  lone.thread.join();
  SetUp();
  EXPECT_EQ(log_->Head().head().position(), before + 1);
}

// One caller's appends about a cell of his own, each expecting the version that the last one made;
// in bursts, of which in most he waits for each answer. Some are larger than what is written at
// once.
class Caller {
 public:
  Caller(RocksEventLog& log, std::string cell, std::uint64_t seed)
      : log_(log), cell_(std::move(cell)), random_(seed) {}

  void Run(int bursts) {
    for (int burst = 0; burst < bursts; ++burst) {
      const bool is_quiet = random_() % 3 != 0;
      const int count = is_quiet ? 20 : static_cast<int>(random_() % 40) + 1;
      for (int i = 0; i < count; ++i) {
        Send();
        if (is_quiet) AwaitAnswers();
      }
      AwaitAnswers();
    }
  }

  // After all are answered.
  Version version() const { return version_; }
  std::uint64_t refused() const { return refused_; }
  std::uint64_t overtaken() const { return overtaken_; }  // Not answered in their turn.
  std::uint64_t alone() const { return alone_; }          // Answered on his own thread.

 private:
  void Send() {
    auto request = LoneCallerTest::Entry(cell_);
    auto& append = *request.mutable_appends(0);
    append.set_expected_version(version_);
    for (const int events = random_() % 32 == 0 ? 300 : 1; append.events_size() < events;)
      *append.add_events() = append.events(0);
    version_ += static_cast<Version>(append.events_size());
    log_.Append(CallerNamed("ann"), request,
                [this, number = sent_++, caller = std::this_thread::get_id()](const auto& result) {
                  std::lock_guard lock(mutex_);
                  overtaken_ += answered_ == number ? 0 : 1;
                  refused_ += result.ok() ? 0 : 1;
                  alone_ += std::this_thread::get_id() == caller ? 1 : 0;
                  ++answered_;
                  changed_.notify_all();
                });
  }

  void AwaitAnswers() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return answered_ == sent_; });
  }

  RocksEventLog& log_;
  const std::string cell_;
  std::mt19937_64 random_;
  Version version_ = 0;
  std::uint64_t sent_ = 0;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t answered_ = 0;
  std::uint64_t overtaken_ = 0;
  std::uint64_t refused_ = 0;
  std::uint64_t alone_ = 0;
};

// The first goes on when the others have ended, and then he is alone.
TEST_F(LoneCallerTest, EachCallersAppendsStayInOrder) {
  const std::uint64_t seed = Seed();
  Caller callers[] = {
      {*log_, "koosy", seed}, {*log_, "papafly", seed + 1}, {*log_, "haneul", seed + 2}};
  std::vector<std::jthread> threads;
  for (Caller& caller : callers)
    threads.emplace_back([&] { caller.Run(&caller == callers ? 80 : 25); });
  threads.clear();
  Position head = 0;
  for (const Caller& caller : callers) {
    EXPECT_EQ(caller.refused(), 0U);
    EXPECT_EQ(caller.overtaken(), 0U);
    head += caller.version();
  }
  EXPECT_EQ(log_->Head().head().position(), head);
  EXPECT_GT(callers[0].alone(), 0U);
}

// He is held up by his own commits only until one of his appends has met another of his.
TEST_F(LoneCallerTest, WhoDoesNotWaitGetsGroups) {
  constexpr int kAppends = 2'000;
  FakeClock clock;
  TestLedger served(clock);
  const auto client = served.ClientOf("ann");
  for (int i = 0; i < 40; ++i) ASSERT_TRUE(client->Append(Entry()).ok());
  const auto stub = ledger::v1::LedgerService::NewStub(rpc::Connect(served.address()));
  grpc::ClientContext context;
  rpc::Prepare(context, TokenOf("ann"), std::chrono::seconds(120));
  const auto stream = stub->AppendStream(&context);
  std::jthread sender([&] {
    ledger::v1::AppendStreamRequest request;
    *request.mutable_append() = Entry();
    for (int i = 0; i < kAppends; ++i)
      if (!stream->Write(request)) return;
    stream->WritesDone();
  });
  int answers = 0;
  for (ledger::v1::AppendStreamResponse response; stream->Read(&response);)
    answers += response.outcomes_size();
  EXPECT_EQ(answers, kAppends);
  ledger::v1::LedgerStatus status;
  served.log().Fill(status);
  EXPECT_LT(status.write_path().groups(), 40U + kAppends / 4);
}

}  // namespace
}  // namespace hq::testing
