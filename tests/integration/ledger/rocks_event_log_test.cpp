// Goal: what was acknowledged is there after the ledger opens again, and a ledger that was tampered
// with does not open. Method: the log on a real directory, opened, closed and edited.
#include "services/ledger/adapters/rocks_event_log.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <future>
#include <memory>

#include "common/base/ids.hpp"
#include "common/grpc/door.hpp"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
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

  // Appends, and holds the committer by the answer until the gate is opened.
  void Hold(std::promise<void>& gate) {
    auto begun = std::make_shared<std::promise<void>>();
    log_->Append(CallerNamed("ann"), Entry(),
                 [begun, opened = gate.get_future().share()](const auto&) {
                   begun->set_value();
                   opened.wait();
                 });
    begun->get_future().wait();
  }

  // What is as large as a group may be, and so becomes one of its own.
  static ledger::v1::AppendRequest Import() {
    auto request = Entry();
    auto* events = request.mutable_appends(0)->mutable_events();
    events->Mutable(0)->set_source_line(std::string(64 * 1024, 'l'));
    for (int i = 1; i < 17; ++i) *events->Add() = events->Get(0);
    request.set_actor("ann");
    request.set_role("hq_admin");
    return request;
  }

  // As the status says it.
  std::uint64_t Waiting() const {
    ledger::v1::LedgerStatus status;
    log_->Fill(status);
    return status.write_path().queue_depth();
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
  EXPECT_EQ(AdviceOf(second.status()).reason, "STORE_NOT_OPENED");
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

TEST_F(RocksEventLogTest, ContentThatRottedIsNotGivenAndPuttingItAgainMendsIt) {
  Open();
  const std::string plan = "a plan";
  const auto sha256 = log_->PutBlob(CallerNamed("sync"), plan);
  ASSERT_TRUE(sha256.ok()) << sha256.status();
  ASSERT_EQ(log_->GetBlob(*sha256).value_or(""), plan);
  for (const std::string& rotten : {std::string("a plam"), std::string("a pla"), std::string()}) {
    ASSERT_NO_FATAL_FAILURE(Tamper(
        [&](RocksStore& store) { store.PutSynced(RocksStore::Table::kBlobs, *sha256, rotten); }));
    ASSERT_NO_FATAL_FAILURE(Open());
    const Status refused = log_->GetBlob(*sha256).status();
    EXPECT_EQ(refused.code(), absl::StatusCode::kDataLoss) << refused;
    EXPECT_EQ(AdviceOf(refused).reason, "BLOB_DAMAGED") << refused;
    ASSERT_EQ(log_->PutBlob(CallerNamed("sync"), plan).value_or(""), *sha256);
    EXPECT_EQ(log_->GetBlob(*sha256).value_or(""), plan);
  }
}

TEST_F(RocksEventLogTest, AppendsThatWaitTogetherAreOneWrite) {
  Open();
  std::promise<void> gate;
  Hold(gate);
  const auto caller = CallerNamed("ann");
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
  Hold(gate);
  const auto caller = CallerNamed("ann");
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
  // People and programs are told the same.
  google::rpc::Status details;
  ASSERT_TRUE(details.ParseFromString(rpc::ToGrpc(refused).error_details()));
  google::rpc::RetryInfo retry;
  for (const auto& detail : details.details()) (void)detail.UnpackTo(&retry);
  EXPECT_EQ(retry.retry_delay().seconds(), 1);
  EXPECT_EQ(retry.retry_delay().nanos(), 0);
  EXPECT_EQ(AdviceOf(refused).next_step, "Try again in 1 s.");
  gate.set_value();
  log_.reset();  // Writes and answers what is queued.
  EXPECT_EQ(taken, 16'384);
}

// The committer looks at so many records for one append and no more: all others wait for it.
TEST_F(RocksEventLogTest, WhatMustNotHaveHappenedIsLookedForUpToABound) {
  Open();
  constexpr int kCandidates = 4'096;
  for (int left = kCandidates + 1; left > 0; left -= 1'000) {
    auto request = Entry();
    while (request.appends(0).events_size() < std::min(left, 1'000))
      *request.mutable_appends(0)->add_events() = request.appends(0).events(0);
    ASSERT_TRUE(Append(request).ok());
  }
  const auto unless = [](Position after, const std::string& stream) {
    auto request = Entry();
    request.mutable_appends(0)->mutable_events(0)->set_event("page_left");
    auto* no_match = request.add_no_matches();
    no_match->mutable_filter()->set_event("page_seen");
    no_match->mutable_filter()->set_branch("papafly");
    no_match->mutable_filter()->set_stream(stream);
    no_match->set_after_position(after);
    return request;
  };
  const Status refused = Append(unless(0, "")).status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition) << refused;
  EXPECT_EQ(AdviceOf(refused).reason, "QUERY_TOO_WIDE");
  EXPECT_TRUE(Append(unless(1, "")).ok());
  EXPECT_TRUE(Append(unless(0, "entry-papafly")).ok());
  EXPECT_EQ(log_->Head().head().position(), kCandidates + 3);
}

TEST_F(RocksEventLogTest, AfterARefusalNothingWaitsAnyMore) {
  Open();
  std::promise<void> gate;
  Hold(gate);
  std::promise<Status> answered;
  log_->Append(CallerNamed("ledger"), Import(), [](const auto&) {});
  auto late = Entry();
  late.mutable_appends(0)->set_expected_version(1);
  log_->Append(CallerNamed("ann"), late,
               [&](const auto& result) { answered.set_value(result.status()); });
  EXPECT_EQ(Waiting(), 2U);
  gate.set_value();  // The import is a group; what waits behind it is refused and makes none.
  EXPECT_EQ(answered.get_future().get().code(), absl::StatusCode::kAborted);
  EXPECT_EQ(Metric("hq_ledger_groups_total"), 2);
  EXPECT_EQ(Metric("hq_ledger_queue_depth"), 0);
  EXPECT_EQ(Waiting(), 0U);
}

// Two answers hold up all behind them: of six groups three are written, one is handed on, and one
// is staged; the sixth is taken from the queue and waits.
TEST_F(RocksEventLogTest, WhatWasTakenAndWhatHasComeSinceWaits) {
  Open();
  std::promise<void> first, second, third;
  const auto hold = [](std::promise<void>& gate) {
    return [opened = gate.get_future().share()](const auto&) { opened.wait(); };
  };
  Hold(first);
  for (int i = 0; i < 6; ++i) {
    EventLog::OnAppended done = [](const auto&) {};
    if (i == 0) done = hold(second);
    if (i == 3) done = hold(third);
    log_->Append(CallerNamed("ledger"), Import(), std::move(done));
  }
  EXPECT_EQ(Waiting(), 6U);
  first.set_value();
  ASSERT_TRUE(
      Eventually([this] { return Metric("hq_ledger_groups_total") == 4 && Waiting() == 1; }));
  std::promise<void> answered;
  log_->Append(CallerNamed("ann"), Entry(), [](const auto&) {});
  log_->Append(CallerNamed("ann"), Entry(), [&](const auto&) { answered.set_value(); });
  EXPECT_EQ(Waiting(), 3U);
  second.set_value();  // The sixth is staged, with two behind it, and written.
  EXPECT_TRUE(Eventually([this] { return Metric("hq_ledger_groups_total") == 7; }));
  EXPECT_EQ(Metric("hq_ledger_queue_depth"), 2);
  third.set_value();
  answered.get_future().get();
  EXPECT_EQ(Metric("hq_ledger_queue_depth"), 0);
  EXPECT_EQ(Waiting(), 0U);
}

TEST_F(RocksEventLogTest, NothingIsShownBeforeItIsAnswered) {
  Open();
  ASSERT_TRUE(Append(Entry()).ok());
  EXPECT_EQ(log_->WaitPast(0, std::chrono::seconds(20), {}), 1U);
  EXPECT_EQ(log_->WaitPast(1, std::chrono::milliseconds(1), {}), 1U);
}

}  // namespace
}  // namespace hq::testing
