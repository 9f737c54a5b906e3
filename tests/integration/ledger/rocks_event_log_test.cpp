// Goal: what was acknowledged is there after the ledger opens again, and a ledger that was tampered
// with does not open. Method: the log on a real directory, opened, closed and edited.
#include "services/ledger/adapters/rocks_event_log.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <future>

#include "common/base/ids.hpp"
#include "services/ledger/core/record_frames.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/test_ledger.hpp"

namespace hq::testing {
namespace {

using ledger::RocksEventLog;
using ledger::RocksStore;

class RocksEventLogTest : public ::testing::Test {
 protected:
  void Open() {
    auto log = RocksEventLog::Open(directory_ / "data", clock_, metrics_);
    ASSERT_TRUE(log.ok()) << log.status();
    log_ = *std::move(log);
  }

  // The index is worked out of the log again, if it is not there.
  void ForgetIndex() {
    log_.reset();
    std::filesystem::remove_all(directory_ / "data/index");
  }

  static ledger::v1::AppendRequest Entry(const std::string& command_id = "") {
    ledger::v1::AppendRequest request;
    auto* append = request.add_appends();
    append->set_stream("entry-koosy");
    append->add_events()->set_branch("koosy");
    append->mutable_events(0)->set_event("page_seen");
    request.set_command_id(command_id);
    return request;
  }

  Result<ledger::v1::AppendResponse> Append(const ledger::v1::AppendRequest& request) {
    return log_->As(CallerNamed("ann"))->Append(request);
  }

  double Metric(const std::string& name) const {
    const std::string text = "\n" + metrics_.Text();
    const auto at = text.find("\n" + name + " ");
    return at == std::string::npos ? 0 : std::stod(text.substr(at + name.size() + 2));
  }

  // Changes the store behind the ledger's back.
  void Tamper(const std::function<void(RocksStore&)>& change) {
    log_.reset();
    auto store = RocksStore::Open(directory_ / "data/log");
    ASSERT_TRUE(store.ok()) << store.status();
    change(**store);
  }

  // A row with that one record.
  static void PutRow(RocksStore& store, Position position, const std::string& record) {
    ledger::LogRow row{position, {}};
    ledger::AddFrame(row.frames, record);
    store.WriteRows({row});
  }

  void ExpectDoesNotOpen() {
    const auto log = RocksEventLog::Open(directory_ / "data", clock_, metrics_);
    EXPECT_EQ(log.status().code(), absl::StatusCode::kDataLoss) << log.status();
  }

  FakeClock clock_;
  TempDir directory_;
  runtime::Metrics metrics_;
  std::unique_ptr<RocksEventLog> log_;
};

TEST_F(RocksEventLogTest, EverythingIsThereAfterOpeningAgain) {
  Open();
  const auto first = Append(Entry("command-1"));
  ASSERT_TRUE(first.ok());
  const auto head = log_->Head();
  log_.reset();
  Open();
  EXPECT_EQ(log_->Head().SerializeAsString(), head.SerializeAsString());
  const auto again = Append(Entry("command-1"));
  ASSERT_TRUE(again.ok());
  EXPECT_TRUE(again->repeated_command());
  EXPECT_EQ(again->receipt().ids(0), first->receipt().ids(0));
  auto request = Entry();
  request.mutable_appends(0)->set_expected_version(1);
  const auto next = Append(request);
  ASSERT_TRUE(next.ok()) << next.status();
  EXPECT_EQ(next->receipt().first_position(), 2);
  EXPECT_EQ(next->receipt().ids(0), "TXN-20260116-002");
}

TEST_F(RocksEventLogTest, TheIndexIsWorkedOutAgain) {
  Open();
  const auto first = Append(Entry("command-1"));
  ASSERT_TRUE(first.ok());
  for (int i = 0; i < 600; ++i) ASSERT_TRUE(Append(Entry()).ok());
  const auto root = log_->tree_head().root;
  const auto tile = log_->ReadTile({0, 1}, 256);
  ASSERT_TRUE(tile.ok()) << tile.status();
  ForgetIndex();
  Open();
  EXPECT_EQ(log_->tree_head().root, root);
  EXPECT_EQ(log_->ReadTile({0, 1}, 256).value_or(""), *tile);
  const auto again = Append(Entry("command-1"));
  ASSERT_TRUE(again.ok());
  EXPECT_TRUE(again->repeated_command());
  EXPECT_EQ(again->receipt().SerializeAsString(), first->receipt().SerializeAsString());
  ledger::v1::ReadStreamRequest request;
  request.set_stream("entry-koosy");
  request.set_from_version(600);
  const auto slice = log_->As(CallerNamed("ann"))->ReadStream(request);
  ASSERT_TRUE(slice.ok()) << slice.status();
  EXPECT_EQ(slice->version, 601U);
  ASSERT_EQ(slice->records.size(), 2U);
  EXPECT_EQ(slice->records[1].record.position(), 601);
}

TEST_F(RocksEventLogTest, TwoLedgersCannotHaveOneDirectory) {
  Open();
  const auto second = RocksEventLog::Open(directory_ / "data", clock_, metrics_);
  EXPECT_EQ(second.status().code(), absl::StatusCode::kUnavailable) << second.status();
}

TEST_F(RocksEventLogTest, AnEditedRecordIsFoundOnOpening) {
  Open();
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(Append(Entry()).ok());
  Tamper([](RocksStore& store) {
    ledger::v1::Record record;
    ASSERT_TRUE(record.ParseFromString(store.RecordAt(3)));
    record.set_status("never said");
    PutRow(store, 3, record.SerializeAsString());
  });
  ExpectDoesNotOpen();
}

TEST_F(RocksEventLogTest, AMissingRecordIsFoundOnOpening) {
  Open();
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(Append(Entry()).ok());
  Tamper([](RocksStore& store) {
    const std::string fifth = store.RecordAt(5);
    PutRow(store, 7, fifth);
  });
  ExpectDoesNotOpen();
}

TEST_F(RocksEventLogTest, AppendsThatWaitTogetherAreOneWrite) {
  Open();
  std::promise<void> gate;
  auto opened = gate.get_future().share();
  const auto caller = CallerNamed("ann");
  log_->Append(caller, Entry(), [opened](const auto&) { opened.wait(); });  // Holds the committer.
  ASSERT_TRUE(Eventually([this] { return Metric("hq_ledger_groups_total") == 1; }));
  constexpr int kRivals = 20;
  std::atomic<int> won = 0;
  std::atomic<int> answered = 0;
  for (int i = 0; i < kRivals; ++i) {
    auto request = Entry();
    request.mutable_appends(0)->set_expected_version(1);
    log_->Append(caller, request, [&](const Result<ledger::v1::AppendResponse>& result) {
      won += result.ok() ? 1 : 0;
      ++answered;
    });
  }
  // The same command twice in one group is still one command.
  std::atomic<int> repeated = 0;
  for (int i = 0; i < 2; ++i)
    log_->Append(caller, Entry("twice"), [&](const Result<ledger::v1::AppendResponse>& result) {
      repeated += result.ok() && result->repeated_command() ? 1 : 0;
      ++answered;
    });
  EXPECT_EQ(answered, 0);
  gate.set_value();
  ASSERT_TRUE(Eventually([&] { return answered == kRivals + 2; }));
  EXPECT_EQ(won, 1);
  EXPECT_EQ(repeated, 1);
  EXPECT_EQ(Metric("hq_ledger_groups_total"), 2);
  EXPECT_EQ(log_->Head().head().position(), 3);
}

TEST_F(RocksEventLogTest, AFullQueueRefusesAtOnce) {
  Open();
  std::promise<void> gate;
  auto opened = gate.get_future().share();
  const auto caller = CallerNamed("ann");
  log_->Append(caller, Entry(), [opened](const auto&) { opened.wait(); });
  ASSERT_TRUE(Eventually([this] { return Metric("hq_ledger_groups_total") == 1; }));
  Status refused;
  std::atomic<int> taken = 0;
  for (int i = 0; i < 20'000; ++i)
    log_->Append(caller, Entry(), [&](const Result<ledger::v1::AppendResponse>& result) {
      if (result.ok()) {
        ++taken;
      } else {
        refused = result.status();  // From this thread, at once.
      }
    });
  EXPECT_EQ(refused.code(), absl::StatusCode::kResourceExhausted) << refused;
  EXPECT_EQ(AdviceOf(refused).reason, "QUEUE_FULL");
  gate.set_value();
  log_.reset();  // Writes and answers what is queued.
  EXPECT_EQ(taken, 16'384);
}

TEST_F(RocksEventLogTest, NothingIsShownBeforeItIsAnswered) {
  Open();
  ASSERT_TRUE(Append(Entry()).ok());
  EXPECT_EQ(log_->WaitPast(0, std::chrono::seconds(20), {}), 1U);
  EXPECT_EQ(log_->WaitPast(1, std::chrono::milliseconds(1), {}), 1U);
}

}  // namespace
}  // namespace hq::testing
