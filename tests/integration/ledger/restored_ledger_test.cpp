// Goal: a ledger that was restored is a ledger: it opens, goes on, and everybody who was ahead of
// it finds its way. Method: the real log, shipped to a real archive and restored from it, with a
// runner, an announcer and nats-server that have seen what was given up.
#include <gtest/gtest.h>

#include <filesystem>

#include "common/projection/runner.hpp"
#include "services/ledger/adapters/archive/directory_archive.hpp"
#include "services/ledger/adapters/backup/image_shipper.hpp"
#include "services/ledger/adapters/backup/log_backup_source.hpp"
#include "services/ledger/adapters/backup/segment_shipper.hpp"
#include "services/ledger/adapters/nats_announcement_stream.hpp"
#include "services/ledger/adapters/nats_announcer.hpp"
#include "services/ledger/adapters/restore/drill.hpp"
#include "services/ledger/adapters/restore/restorer.hpp"
#include "services/ledger/core/keys.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/key_file.hpp"
#include "tests/support/nats_server.hpp"
#include "tests/support/test_ledger.hpp"
#include "tests/support/view_feeder.hpp"

namespace hq::testing {
namespace {

using ledger::LogBackupSource;
using ledger::RocksEventLog;
using ledger::SegmentShipper;
using ledger::Shipped;

// Keeps the status of every entry, by position.
class Statuses final : public projection::View {
 public:
  explicit Statuses(rocks::Database& database) : View(database, "statuses", 1) {}
  Status Apply(const Recorded& recorded, rocks::Rows& rows) override {
    rows.Put(std::to_string(recorded.record.position()), recorded.record.status());
    return absl::OkStatus();
  }
  std::string At(Position position) const {
    return rows().Get(std::to_string(position)).value_or("none");
  }
};

class RestoredLedgerTest : public ::testing::Test {
 protected:
  void SetUp() override { Open(directory_ / "data"); }

  void Open(const std::string& data_dir) {
    log_.reset();
    auto log = RocksEventLog::Open(data_dir, clock_, metrics_);
    ASSERT_TRUE(log.ok()) << log.status();
    log_ = *std::move(log);
  }

  void Append(int count, const std::string& status, const std::string& command_id = "") {
    for (int i = 0; i < count; ++i) {
      clock_.Advance(std::chrono::milliseconds(3));
      ledger::v1::AppendRequest request;
      auto* append = request.add_appends();
      append->set_stream("entry-koosy");
      append->add_events()->set_branch("koosy");
      append->mutable_events(0)->set_event("page_seen");
      append->mutable_events(0)->set_status(status);
      request.set_command_id(command_id);
      const auto response = log_->As(CallerNamed("ann"))->Append(request);
      ASSERT_TRUE(response.ok()) << response.status();
      last_ = *response;
    }
  }

  void Ship(const std::string& image_day = "") {
    LogBackupSource source(*log_, [this] { return SignedTree(log_->tree_head()); });
    Shipped shipped;
    ASSERT_EQ(SegmentShipper(source, archive_, 4'000).ShipAll({}, shipped), absl::OkStatus());
    if (image_day.empty()) return;
    const auto image = ledger::ShipImage(source, archive_, image_day, directory_ / "image",
                                         [] { return absl::OkStatus(); });
    ASSERT_TRUE(image.ok()) << image.status();
  }

  Result<ledger::SigningKey> Key(const std::string& log_id) const {
    return ledger::SigningKey::FromFile(key_file_, ledger::LogKeyName(log_id));
  }
  std::string SignedTree(const ledger::TreeHead& head) const {
    const auto cursor = log_->Head().head();
    const std::string text = ledger::Checkpoint{
        ledger::LogKeyName(cursor.log_id()),
        head,
        {ledger::EpochLine(
            cursor.epoch())}}.Format();
    return ledger::FormatSignedNote({text, {Key(cursor.log_id())->Sign(text)}});
  }
  ledger::VerifierKey PublicKey() const {
    return Key(log_->Head().head().log_id())->PublicKey(ledger::KeyType::kEd25519);
  }

  // Restores to a position, beside the ledger that runs, and opens what was restored.
  ledger::ForkStatement RestoreTo(Position position, const std::string& image_day = "",
                                  const std::string& into = "restored") {
    ledger::RestoreOrder order;
    order.until.position = position;
    order.image_day = image_day;
    order.into = directory_ / into;
    order.why = "a test";
    order.log_keys = {PublicKey()};
    const auto restored = ledger::Restore(
        archive_, order, [this](const std::string& log_id) { return Key(log_id); }, clock_);
    EXPECT_TRUE(restored.ok()) << restored.status();
    if (!restored.ok()) return {};
    Open(order.into);
    return restored->fork;
  }

  ledger::v1::Record RecordAt(Position position) {
    ledger::v1::GetRequest request;
    request.set_position(position);
    ledger::v1::Record record;
    EXPECT_TRUE(record.ParseFromString(log_->Get(CallerNamed("ann"), request).value_or("x")));
    return record;
  }

  FakeClock clock_;
  runtime::Metrics metrics_;
  TempDir directory_;
  const std::string key_file_ = KeyFile(directory_, "signing.key", std::string(32, 'k'));
  ledger::DirectoryArchive archive_{directory_ / "archive"};
  std::unique_ptr<RocksEventLog> log_;
  ledger::v1::AppendResponse last_;
};

TEST_F(RestoredLedgerTest, ItOpensAndGoesOnWithIdsThatNobodyHas) {
  ASSERT_NO_FATAL_FAILURE(Append(1, "kept", "command-kept"));
  const std::string kept_id = last_.receipt().ids(0);
  ASSERT_NO_FATAL_FAILURE(Append(19, "kept"));
  ASSERT_NO_FATAL_FAILURE(Append(1, "given up", "command-given-up"));
  ASSERT_NO_FATAL_FAILURE(Append(9, "given up"));
  ASSERT_NO_FATAL_FAILURE(Ship());
  const std::string given_up_id = last_.receipt().ids(0);
  const auto fork = RestoreTo(20);
  const auto head = log_->Head().head();
  EXPECT_EQ(head.epoch(), 2U);
  EXPECT_EQ(head.position(), 21U);
  EXPECT_EQ(log_->tree_head().size, 21U);
  EXPECT_EQ(log_->ForkNotes().size(), 1U);
  EXPECT_EQ(RecordAt(21).event(), "epoch_started");

  // A command of what was kept is known, one of what was given up is not.
  ASSERT_NO_FATAL_FAILURE(Append(1, "kept", "command-kept"));
  EXPECT_TRUE(last_.repeated_command());
  EXPECT_EQ(last_.receipt().ids(0), kept_id);
  ASSERT_NO_FATAL_FAILURE(Append(1, "given up", "command-given-up"));
  EXPECT_FALSE(last_.repeated_command());
  EXPECT_EQ(last_.receipt().first_position(), 22U);
  EXPECT_EQ(RecordAt(22).version(), 21U);
  EXPECT_EQ(RecordAt(22).epoch(), 2U);
  const auto first = ledger::ParseTxnId(RecordAt(21).id());
  const auto next = ledger::ParseTxnId(RecordAt(22).id());
  ASSERT_TRUE(first && next);
  EXPECT_EQ(*first, fork.first_id);
  EXPECT_EQ(next->counter, first->counter + 1);
  EXPECT_GT(first->counter, ledger::ParseTxnId(given_up_id)->counter);
  // Found by id, before and behind the jump; an id that was given up is nobody's.
  for (const std::string& id : {kept_id, RecordAt(21).id(), RecordAt(22).id()}) {
    ledger::v1::GetRequest request;
    request.set_id(id);
    EXPECT_TRUE(log_->Get(CallerNamed("ann"), request).ok()) << id;
  }
  ledger::v1::GetRequest request;
  request.set_id(given_up_id);
  EXPECT_TRUE(absl::IsNotFound(log_->Get(CallerNamed("ann"), request).status()));
  Open(directory_ / "restored");  // Once more.
  EXPECT_EQ(log_->Head().head().position(), 22U);
}

TEST_F(RestoredLedgerTest, ItShipsOnToTheSameArchiveAndTheDrillPasses) {
  ASSERT_NO_FATAL_FAILURE(Append(30, "kept"));
  ASSERT_NO_FATAL_FAILURE(Ship("20260116"));
  RestoreTo(20);
  const std::int64_t then_us = ToMicros(clock_.Now());
  ASSERT_NO_FATAL_FAILURE(Append(40, "new"));
  ASSERT_NO_FATAL_FAILURE(Ship("20260117"));
  ledger::DrillOrder order;
  order.as_of_us = then_us;
  order.directory = directory_.path();
  order.log_keys = {PublicKey()};
  const auto opens = [this](const std::string& data_dir) {
    return RocksEventLog::Open(data_dir, clock_, metrics_).status();
  };
  const auto report = ledger::Drill(archive_, order, opens, clock_);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->restored.position, 21U);
  EXPECT_EQ(report->restored.epoch, 2U);
  EXPECT_EQ(report->signed_tree.size, 61U);
  order.image_day = "20260117";
  order.as_of_us = ToMicros(clock_.Now());
  const auto from_image = ledger::Drill(archive_, order, opens, clock_);
  ASSERT_TRUE(from_image.ok()) << from_image.status();
  EXPECT_EQ(from_image->restored.position, 61U);
}

TEST_F(RestoredLedgerTest, AnImageOfTheRunningLedgerIsALedger) {
  ASSERT_NO_FATAL_FAILURE(Append(25, "kept"));
  const auto blob = log_->PutBlob(CallerNamed("sync"), "a plan");
  ASSERT_TRUE(blob.ok());
  ASSERT_NO_FATAL_FAILURE(Ship("20260116"));
  ASSERT_NO_FATAL_FAILURE(Append(5, "behind the image"));
  ASSERT_NO_FATAL_FAILURE(Ship());
  RestoreTo(28, "20260116");
  EXPECT_EQ(log_->Head().head().position(), 29U);
  EXPECT_EQ(RecordAt(28).status(), "behind the image");
  EXPECT_EQ(log_->GetBlob(*blob).value_or(""), "a plan");
}

TEST_F(RestoredLedgerTest, AReaderAheadIsToldAndItsViewsAreRebuilt) {
  ScratchDatabase database;
  Statuses statuses(*database);
  ASSERT_NO_FATAL_FAILURE(Append(20, "kept"));
  ASSERT_NO_FATAL_FAILURE(Append(10, "given up"));
  ASSERT_NO_FATAL_FAILURE(Ship());
  const auto ahead = log_->Head().head();
  ledger::v1::Cursor kept = ahead;
  kept.set_position(15);
  kept.set_hash(LeafHash(RecordAt(15).SerializeAsString()));
  {
    const auto port = log_->As(CallerNamed("sync"));
    projection::Runner runner(*port, *database, {&statuses}, metrics_);
    ASSERT_TRUE(runner.CatchUp().ok());
    EXPECT_EQ(statuses.At(21), "given up");
  }
  RestoreTo(20);
  EXPECT_EQ(AdviceOf(log_->CheckCursor(ahead)).reason, "DIVERGED");
  EXPECT_TRUE(log_->CheckCursor(kept).ok());
  ASSERT_NO_FATAL_FAILURE(Append(20, "new"));  // Also once the new life has come further.
  EXPECT_EQ(AdviceOf(log_->CheckCursor(ahead)).reason, "DIVERGED");
  const auto port = log_->As(CallerNamed("sync"));
  projection::Runner runner(*port, *database, {&statuses}, metrics_);
  ASSERT_TRUE(Eventually([&] { return runner.CatchUp().ok() && runner.position() == 41; }));
  EXPECT_EQ(statuses.At(20), "kept");
  EXPECT_EQ(statuses.At(21), "");  // epoch_started.
  EXPECT_EQ(statuses.At(22), "new");
  EXPECT_EQ(runner.checkpoint().epoch(), 2U) << "what its reader may require of an append";
  // An append that still believes in the old life is refused.
  ledger::v1::AppendRequest request;
  auto* append = request.add_appends();
  append->set_stream("entry-koosy");
  append->add_events()->set_branch("koosy");
  append->mutable_events(0)->set_event("page_seen");
  request.set_epoch(1);
  EXPECT_EQ(AdviceOf(log_->As(CallerNamed("ann"))->Append(request).status()).reason, "DIVERGED");
}

// Without a hash the reader's epoch says how far its history is this one's.
TEST_F(RestoredLedgerTest, AReaderWithoutAHashIsToldByItsEpoch) {
  const auto reason = [this](std::uint64_t epoch, Position position) {
    ledger::v1::Cursor cursor;
    cursor.set_epoch(epoch);
    cursor.set_position(position);
    return AdviceOf(log_->CheckCursor(cursor)).reason;
  };
  ASSERT_NO_FATAL_FAILURE(Append(20, "kept"));
  ASSERT_NO_FATAL_FAILURE(Append(10, "given up"));
  ASSERT_NO_FATAL_FAILURE(Ship());
  EXPECT_EQ(reason(1, 30), "");
  RestoreTo(20);
  ASSERT_NO_FATAL_FAILURE(Append(20, "new"));  // Further than what was given up.
  EXPECT_EQ(reason(1, 20), "");
  EXPECT_EQ(reason(1, 21), "DIVERGED");
  EXPECT_EQ(reason(1, 30), "DIVERGED");
  EXPECT_EQ(reason(2, 30), "");
  EXPECT_EQ(reason(0, 30), "");  // Who knows neither cannot be told.
  EXPECT_EQ(reason(3, 1), "DIVERGED");
  ASSERT_NO_FATAL_FAILURE(Ship());
  RestoreTo(30, "", "restored-again");  // The life that was restored, once more.
  EXPECT_EQ(log_->Head().head().epoch(), 3U);
  EXPECT_EQ(reason(1, 20), "");
  EXPECT_EQ(reason(1, 21), "DIVERGED");
  EXPECT_EQ(reason(2, 30), "");
  EXPECT_EQ(reason(2, 31), "DIVERGED");
  EXPECT_EQ(reason(3, 31), "");
}

// Where the statements say nothing of a life, only what can be compared is believed.
TEST_F(RestoredLedgerTest, AReaderOfALifeThatNobodyKnowsNeedsAHash) {
  ASSERT_NO_FATAL_FAILURE(Append(20, "kept"));
  ASSERT_NO_FATAL_FAILURE(Ship());
  RestoreTo(15);
  const std::string hash = LeafHash(RecordAt(10).SerializeAsString());
  log_.reset();
  {
    auto store = ledger::RocksStore::Open(directory_ / "restored/log");
    ASSERT_TRUE(store.ok()) << store.status();
    (*store)->PutSynced(ledger::RocksStore::Table::kMeta, ledger::keys::OfFork(2), "no statement");
  }
  ASSERT_NO_FATAL_FAILURE(Open(directory_ / "restored"));
  ledger::v1::Cursor cursor;
  cursor.set_epoch(1);
  EXPECT_TRUE(log_->CheckCursor(cursor).ok());
  cursor.set_position(10);
  EXPECT_EQ(AdviceOf(log_->CheckCursor(cursor)).reason, "DIVERGED");
  cursor.set_hash(hash);
  EXPECT_TRUE(log_->CheckCursor(cursor).ok());
  cursor.set_position(11);
  EXPECT_EQ(AdviceOf(log_->CheckCursor(cursor)).reason, "DIVERGED");
}

TEST_F(RestoredLedgerTest, AnnouncingGoesOnBehindWhatWasKept) {
  NatsServer nats;
  ledger::AnnouncerSettings settings;
  settings.login = nats.LedgerLogin();
  settings.retry_wait = std::chrono::milliseconds(50);
  const auto announce_all = [&] {
    ledger::Readiness readiness;
    ledger::NatsAnnouncer announcer(*log_, settings, readiness, metrics_);
    std::jthread thread([&](std::stop_token stop) { announcer.Run(stop); });
    const double head = static_cast<double>(log_->Head().head().position());
    const std::string line =
        "\nhq_ledger_announced_position " + std::to_string(static_cast<int>(head));
    return Eventually([&] { return metrics_.Text().find(line) != std::string::npos; });
  };
  ASSERT_NO_FATAL_FAILURE(Append(20, "kept"));
  ASSERT_NO_FATAL_FAILURE(Append(10, "given up"));
  ASSERT_TRUE(announce_all());
  ASSERT_NO_FATAL_FAILURE(Ship());
  RestoreTo(20);
  ASSERT_NO_FATAL_FAILURE(Append(2, "new"));  // Less than what was given up.
  ASSERT_TRUE(announce_all());
  ASSERT_NO_FATAL_FAILURE(Append(20, "new"));  // More.
  ASSERT_TRUE(announce_all());
  auto stream = ledger::NatsAnnouncementStream::Open(settings);
  ASSERT_TRUE(stream.ok());
  const auto state = (*stream)->Ensure();
  ASSERT_TRUE(state.ok()) << state.status();
  ASSERT_EQ(state->last_sequence, 30U + 23U);
  for (Position at = 21; at <= 43; ++at) {
    const auto payload = (*stream)->PayloadAt(30 + at - 20);
    ASSERT_TRUE(payload.ok() && *payload) << at;
    EXPECT_EQ(**payload, RecordAt(at).SerializeAsString()) << at;
  }
}

}  // namespace
}  // namespace hq::testing
