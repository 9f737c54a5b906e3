// Goal: from an archive any moment of the past can be had back, byte for byte, and nothing else;
// what is opened behind it can be told from what was given up. Method: random histories shipped in
// small segments, restored to random positions and times, and archives with one thing wrong.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <random>

#include "hq/ledger/v1/events.pb.h"
#include "hq/sync/v1/events.pb.h"
#include "services/ledger/adapters/archive/directory_archive.hpp"
#include "services/ledger/adapters/archive/file_io.hpp"
#include "services/ledger/adapters/backup/image_shipper.hpp"
#include "services/ledger/adapters/backup/segment_shipper.hpp"
#include "services/ledger/core/keys.hpp"
#include "services/ledger/core/record_frames.hpp"
#include "tests/support/signed_history.hpp"

namespace hq::testing {
namespace {

namespace fs = std::filesystem;
using ledger::DirectoryArchive;
using ledger::Restored;
using ledger::RestoreOrder;
using ledger::SegmentShipper;
using ledger::Shipped;

// Nothing is to be done between the parts of an image.
Status Never() { return absl::OkStatus(); }
using ledger::StoredLog;

class RestoreTest : public ::testing::Test {
 protected:
  void Ship() {
    Shipped shipped;
    SegmentShipper shipper(source_, archive_, 2'000);
    ASSERT_EQ(shipper.ShipAll({}, shipped), absl::OkStatus());
    ASSERT_EQ(shipped.position, history_.end());
  }

  RestoreOrder To(std::optional<Position> position) {
    RestoreOrder order;
    order.until.position = position;
    order.into = directory_ / ("restored-" + std::to_string(++restores_));
    order.why = "a test";
    order.log_keys = {history_.PublicKey()};
    return order;
  }

  Result<Restored> Restore(const RestoreOrder& order) {
    return ledger::Restore(archive_, order, history_.KeyFor(), history_.clock());
  }

  Status Refusal(const RestoreOrder& order) {
    const Status status = Restore(order).status();
    EXPECT_FALSE(fs::exists(order.into)) << "nothing stands where a restore was refused";
    return status;
  }

  static std::vector<std::string> RecordsIn(const std::string& data_dir) {
    std::vector<std::string> records;
    const auto log = StoredLog::OpenToRead(data_dir);
    EXPECT_TRUE(log.ok()) << log.status();
    if (!log.ok()) return records;
    const Status read = (*log)->ForEach([&](Position first, std::string_view frames) {
      EXPECT_EQ(first, records.size() + 1);
      ledger::FrameWalker walker(frames);
      while (const auto record = walker.Next()) records.emplace_back(*record);
      EXPECT_FALSE(walker.is_broken());
      return absl::OkStatus();
    });
    EXPECT_EQ(read, absl::OkStatus());
    return records;
  }

  // The prefix is what it was, and one record of the new life stands behind it.
  void ExpectRestored(const std::string& data_dir, Position position, const Restored& restored) {
    const auto records = RecordsIn(data_dir);
    ASSERT_EQ(records.size(), position + 1);
    for (Position at = 1; at <= position; ++at) ASSERT_EQ(records[at - 1], history_.BytesAt(at));
    ledger::v1::Record first;
    ASSERT_TRUE(first.ParseFromString(records.back()));
    EXPECT_EQ(first.event(), "epoch_started");
    EXPECT_EQ(first.stream(), "ledger");
    EXPECT_EQ(first.epoch(), restored.fork.point.epoch);
    EXPECT_EQ(first.position(), position + 1);
    EXPECT_EQ(first.previous_hash(), LeafHash(history_.BytesAt(position)));
    EXPECT_EQ(first.id(), ledger::FormatTxnId(restored.fork.first_id));
    ledger::v1::LedgerEvent event;
    ASSERT_TRUE(first.data().UnpackTo(&event));
    EXPECT_EQ(event.epoch_started().restored_to(), position);
    EXPECT_EQ(event.epoch_started().restored_hash(), first.previous_hash());
    EXPECT_EQ(event.epoch_started().statement(), restored.note);
    EXPECT_EQ(archive_.Get(ledger::ForkName(restored.fork.point.epoch)).value_or(""),
              restored.note);
  }

  std::vector<std::string> Segments() const { return *archive_.List("segments/"); }
  std::string PathOf(const std::string& name) const { return directory_ / ("archive/" + name); }

  const std::uint64_t seed_ = std::random_device()();
  ::testing::ScopedTrace trace_{__FILE__, __LINE__, "seed " + std::to_string(seed_)};
  std::mt19937_64 random_{seed_};
  TempDir directory_;
  SignedHistory history_{seed_};
  MemoryBackupSource source_{history_.ledger(), history_.Signer()};
  DirectoryArchive archive_{directory_ / "archive"};
  int restores_ = 0;
};

TEST_F(RestoreTest, AnyPositionCanBeHadBackByteForByte) {
  for (int i = 0; i < 4; ++i) {
    ASSERT_NO_FATAL_FAILURE(history_.Append(25));
    ASSERT_NO_FATAL_FAILURE(Ship());
  }
  ASSERT_GT(Segments().size(), 8U);
  std::uint64_t epoch = 1;
  for (const Position position :
       {Position{1}, 1 + random_() % 100, 1 + random_() % 100, Position{100}}) {
    auto order = To(position);
    order.epoch = 1;
    const auto restored = Restore(order);
    ASSERT_TRUE(restored.ok()) << restored.status();
    EXPECT_EQ(restored->fork.point.epoch, ++epoch);
    ASSERT_NO_FATAL_FAILURE(ExpectRestored(order.into, position, *restored));
  }
}

TEST_F(RestoreTest, AnyTimeCanBeHadBack) {
  ASSERT_NO_FATAL_FAILURE(history_.Append(60));
  ASSERT_NO_FATAL_FAILURE(Ship());
  for (int i = 0; i < 3; ++i) {
    const Position position = 1 + random_() % 59;
    for (const std::int64_t time_us :
         {history_.TimeAt(position), history_.TimeAt(position + 1) - 1}) {
      auto order = To({});
      order.epoch = 1;
      order.until.time_us = time_us;
      const auto restored = Restore(order);
      ASSERT_TRUE(restored.ok()) << restored.status();
      EXPECT_EQ(restored->fork.point.restored_to, position);
    }
  }
  auto order = To({});
  order.until.time_us = history_.TimeAt(1) - 1;
  order.epoch = 1;
  EXPECT_EQ(Refusal(order).code(), absl::StatusCode::kNotFound);
}

TEST_F(RestoreTest, TheStatementIsSignedAndSaysWhatIsGivenUp) {
  ASSERT_NO_FATAL_FAILURE(history_.Append(50));
  ASSERT_NO_FATAL_FAILURE(Ship());
  const auto restored = Restore(To(20));
  ASSERT_TRUE(restored.ok()) << restored.status();
  const auto note = ledger::ParseSignedNote(restored->note);
  ASSERT_TRUE(note.ok()) << note.status();
  const auto key = history_.PublicKey();
  ASSERT_EQ(note->signatures.size(), 1U);
  EXPECT_TRUE(key.IsSignerOf(note->signatures[0]));
  EXPECT_TRUE(ledger::VerifiesEd25519(key.public_key, note->text, note->signatures[0].signature));
  const auto fork = ledger::ForkStatement::Parse(note->text);
  ASSERT_TRUE(fork.ok()) << fork.status();
  EXPECT_EQ(fork->point.from_epoch, 1U);
  EXPECT_EQ(fork->point.epoch, 2U);
  EXPECT_EQ(fork->point.restored_to, 20U);
  EXPECT_EQ(fork->restored_hash, LeafHash(history_.BytesAt(20)));
  EXPECT_EQ(fork->abandoned_to, 50U);
  EXPECT_FALSE(fork->is_tail_known);
  EXPECT_EQ(fork->why, "a test");
}

TEST_F(RestoreTest, IdsGoOnBehindAllThatWereIssued) {
  ASSERT_NO_FATAL_FAILURE(history_.Append(30));
  ASSERT_NO_FATAL_FAILURE(Ship());
  ASSERT_NO_FATAL_FAILURE(
      history_.Append(10));  // Never shipped: known to nobody but their callers.
  const auto restored = Restore(To(20));
  ASSERT_TRUE(restored.ok()) << restored.status();
  const auto last = history_.ledger().head.id;
  EXPECT_GT(std::tie(restored->fork.first_id.day, restored->fork.first_id.counter),
            std::tie(last.day, last.counter));
  EXPECT_EQ(restored->fork.first_id.counter % 1'000'000, 0U);
}

TEST_F(RestoreTest, WithTheOldDataNothingIsLeftOut) {
  ASSERT_NO_FATAL_FAILURE(history_.Append(30));
  ASSERT_NO_FATAL_FAILURE(Ship());
  ASSERT_NO_FATAL_FAILURE(history_.Append(10));
  const std::string old_data = directory_ / "old";
  fs::create_directories(old_data);
  ASSERT_EQ(source_.MakeImage(ledger::LogFolder(old_data)), absl::OkStatus());
  auto order = To(20);
  order.abandoned = old_data;
  const auto restored = Restore(order);
  ASSERT_TRUE(restored.ok()) << restored.status();
  EXPECT_TRUE(restored->fork.is_tail_known);
  EXPECT_EQ(restored->fork.abandoned_to, 40U);
  const auto expected =
      ledger::NextTxnId(history_.ledger().head.id, UtcDay(history_.clock().Now()));
  EXPECT_EQ(restored->fork.first_id, expected);
  // A witness has seen more than the old data: they have lost their tail.
  order = To(20);
  order.epoch = 1;
  order.abandoned = old_data;
  order.witnessed = 45;
  const auto doubtful = Restore(order);
  ASSERT_TRUE(doubtful.ok()) << doubtful.status();
  EXPECT_FALSE(doubtful->fork.is_tail_known);
  EXPECT_EQ(doubtful->fork.abandoned_to, 45U);
}

TEST_F(RestoreTest, ANewLifeGoesOnInTheArchiveAndCanBeRestoredItself) {
  ASSERT_NO_FATAL_FAILURE(history_.Append(30));
  ASSERT_NO_FATAL_FAILURE(Ship());
  ASSERT_TRUE(Restore(To(20)).ok());
  // The newest life is the one that is restored when none is named: epoch 2, of 21 records.
  auto order = To({});
  const auto latest = Restore(order);
  ASSERT_TRUE(latest.ok()) << latest.status();
  EXPECT_EQ(latest->fork.point.from_epoch, 2U);
  EXPECT_EQ(latest->fork.point.restored_to, 21U);
  EXPECT_EQ(latest->fork.point.epoch, 3U);
  EXPECT_EQ(AdviceOf(Refusal(To(25))).reason, "NOT_THAT_FAR");
  const auto log = StoredLog::OpenToRead(order.into);
  ASSERT_TRUE(log.ok());
  EXPECT_EQ((*log)->Meta("epoch").value_or(""), ledger::keys::Number(3));
  EXPECT_EQ((*log)->Meta("log_id").value_or(""), history_.ledger().head.log_id);
  for (const std::uint64_t epoch : {2, 3})
    EXPECT_EQ((*log)->Meta(ledger::keys::OfFork(epoch)).value_or(""),
              archive_.Get(ledger::ForkName(epoch)).value_or("none"));
  order = To(25);
  order.epoch = 1;  // What was given up is still there for whoever names it.
  EXPECT_TRUE(Restore(order).ok());
}

TEST_F(RestoreTest, ALifeThatNeverWasIsRefused) {
  auto order = To({});
  EXPECT_EQ(AdviceOf(Refusal(order)).reason, "NO_SUCH_EPOCH") << "the archive is empty";
  ASSERT_NO_FATAL_FAILURE(history_.Append(5));
  ASSERT_NO_FATAL_FAILURE(Ship());
  order.epoch = 2;
  EXPECT_EQ(AdviceOf(Refusal(order)).reason, "NO_SUCH_EPOCH");
  EXPECT_TRUE(archive_.List("forks/")->empty()) << "nor is it opened";
}

TEST_F(RestoreTest, AFlippedBitAnywhereIsRefused) {
  ASSERT_NO_FATAL_FAILURE(history_.Append(30));
  ASSERT_NO_FATAL_FAILURE(Ship());
  for (const std::string& name : Segments()) {
    const std::string whole = *archive_.Get(name);
    std::string broken = whole;
    broken[random_() % broken.size()] ^= static_cast<char>(1 << (random_() % 8));
    ASSERT_EQ(ledger::WriteSynced(PathOf(name), broken), absl::OkStatus());
    const Status refused = Refusal(To(30));
    EXPECT_EQ(refused.code(), absl::StatusCode::kDataLoss) << name << ": " << refused;
    ASSERT_EQ(ledger::WriteSynced(PathOf(name), whole), absl::OkStatus());
  }
  EXPECT_TRUE(Restore(To(30)).ok());
}

TEST_F(RestoreTest, AMissingSegmentIsNamedAndWhatIsBeforeItCanBeHad) {
  ASSERT_NO_FATAL_FAILURE(history_.Append(40));
  ASSERT_NO_FATAL_FAILURE(Ship());
  const std::string name = Segments()[2];
  const auto missing = *ledger::ParseSegmentName(name);
  fs::remove(PathOf(name));
  const Status refused = Refusal(To({}));
  EXPECT_EQ(AdviceOf(refused).reason, "SEGMENT_MISSING") << refused;
  EXPECT_NE(
      refused.message().find(std::to_string(missing.first) + " to " + std::to_string(missing.last)),
      std::string::npos)
      << refused;
  EXPECT_EQ(AdviceOf(Refusal(To(missing.first))).reason, "SEGMENT_MISSING");
  EXPECT_TRUE(Restore(To(missing.first - 1)).ok());
}

TEST_F(RestoreTest, ASegmentUnderAnothersNameIsRefused) {
  ASSERT_NO_FATAL_FAILURE(history_.Append(40));
  ASSERT_NO_FATAL_FAILURE(Ship());
  const auto segments = Segments();
  const std::string second = *archive_.Get(segments[1]);
  ASSERT_EQ(ledger::WriteSynced(PathOf(segments[2]), second), absl::OkStatus());
  EXPECT_EQ(AdviceOf(Refusal(To({}))).reason, "SEGMENT_BROKEN");
}

TEST_F(RestoreTest, BlobsComeBackOrTheRestoreIsRefused) {
  ASSERT_NO_FATAL_FAILURE(history_.Append(3));
  MemoryEventLog sync(history_.ledger(), CallerNamed("sync"));
  const std::string plan(100'000, 'p');
  const auto sha256 = sync.PutBlob(plan);
  ASSERT_TRUE(sha256.ok());
  sync::v1::RolloutEvent event;
  event.mutable_rollout_planned()->set_plan_sha256(*sha256);
  ledger::v1::AppendRequest request;
  auto* append = request.add_appends();
  append->set_stream("rollout-1");
  auto* added = append->add_events();
  added->set_branch("hq");
  added->set_event("rollout_planned");
  added->set_schema_version(1);
  added->mutable_data()->PackFrom(event);
  ASSERT_TRUE(sync.Append(request).ok());
  ASSERT_NO_FATAL_FAILURE(Ship());
  const auto order = To(4);
  ASSERT_TRUE(Restore(order).ok());
  const auto log = StoredLog::OpenToRead(order.into);
  ASSERT_TRUE(log.ok());
  EXPECT_EQ((*log)->GetBlob(*sha256).value_or(""), plan);
  const std::string path = PathOf(ledger::BlobName(*sha256));
  ASSERT_EQ(ledger::WriteSynced(path, plan + "x"), absl::OkStatus());
  auto again = To(4);
  again.epoch = 1;
  EXPECT_EQ(AdviceOf(Refusal(again)).reason, "BLOB_BROKEN");
  fs::remove(path);
  EXPECT_EQ(AdviceOf(Refusal(again)).reason, "BLOB_BROKEN");
}

TEST_F(RestoreTest, AnImageIsABeginning) {
  ASSERT_NO_FATAL_FAILURE(history_.Append(30));
  const auto shipped =
      ledger::ShipImage(source_, archive_, "20260116", directory_ / "image", Never);
  ASSERT_TRUE(shipped.ok()) << shipped.status();
  EXPECT_GT(*shipped, 0U);
  EXPECT_FALSE(fs::exists(directory_ / "image"));
  const auto again = ledger::ShipImage(source_, archive_, "20260116", directory_ / "image", Never);
  EXPECT_EQ(again.value_or(1), 0U);
  ASSERT_NO_FATAL_FAILURE(history_.Append(30));
  ASSERT_NO_FATAL_FAILURE(Ship());
  for (const Position position : {30, 31, 60}) {
    auto order = To(position);
    order.epoch = 1;
    order.image_day = "20260116";
    const auto restored = Restore(order);
    ASSERT_TRUE(restored.ok()) << restored.status();
    ASSERT_NO_FATAL_FAILURE(ExpectRestored(order.into, position, *restored));
  }
  auto order = To(29);
  order.epoch = 1;
  order.image_day = "20260116";
  EXPECT_EQ(AdviceOf(Refusal(order)).reason, "IMAGE_TOO_NEW");
  const auto parts = *archive_.List("images/20260116/");
  for (const std::string& name : parts) {
    if (name.ends_with("manifest")) continue;
    ASSERT_EQ(ledger::WriteSynced(PathOf(name), "another part"), absl::OkStatus());
    break;
  }
  order.until.position = 60;
  EXPECT_EQ(AdviceOf(Refusal(order)).reason, "IMAGE_BROKEN");
}

TEST_F(RestoreTest, NothingIsOverwritten) {
  ASSERT_NO_FATAL_FAILURE(history_.Append(5));
  ASSERT_NO_FATAL_FAILURE(Ship());
  auto order = To(5);
  fs::create_directories(order.into + "/log");
  EXPECT_EQ(AdviceOf(Restore(order).status()).reason, "DIRECTORY_NOT_EMPTY");
  order = To(5);
  order.why = "two\nlines";
  EXPECT_EQ(Refusal(order).code(), absl::StatusCode::kInvalidArgument);
}

// Another history under the same name: every link in it holds, but nobody vouched for it.
TEST_F(RestoreTest, ARewrittenHistoryIsNotBelieved) {
  ASSERT_NO_FATAL_FAILURE(history_.Append(20));
  ASSERT_NO_FATAL_FAILURE(Ship());
  SignedHistory other(seed_ + 1);
  ASSERT_NO_FATAL_FAILURE(other.Append(20));
  const ledger::TreeHead signed_tree{20, *source_.RootAt(20)};
  MemoryBackupSource rewritten(
      other.ledger(), [&](const ledger::TreeHead&) { return history_.SignTree(signed_tree); });
  DirectoryArchive forged(directory_ / "forged");
  Shipped shipped;
  ASSERT_EQ(SegmentShipper(rewritten, forged, 2'000).ShipAll({}, shipped), absl::OkStatus());
  const auto restored = ledger::Restore(forged, To(20), history_.KeyFor(), history_.clock());
  EXPECT_EQ(AdviceOf(restored.status()).reason, "TREE_DIFFERS") << restored.status();
}

TEST_F(RestoreTest, ABrokenForkStatementIsFoundBeforeAnythingIsReplayed) {
  ASSERT_NO_FATAL_FAILURE(history_.Append(30));
  ASSERT_NO_FATAL_FAILURE(Ship());
  ASSERT_TRUE(Restore(To(20)).ok());
  std::string note = *archive_.Get(ledger::ForkName(2));
  ASSERT_NE(note.find("a test"), std::string::npos);
  note.replace(note.find("a test"), 6, "a fake");
  ASSERT_EQ(ledger::WriteSynced(PathOf(ledger::ForkName(2)), note), absl::OkStatus());
  ASSERT_EQ(ledger::WriteSynced(PathOf(Segments()[0]), "no segment"), absl::OkStatus());
  auto order = To({});
  EXPECT_EQ(AdviceOf(Refusal(order)).reason, "FORK_BROKEN");
  order.log_keys.clear();  // The key that is to sign the next one says it too.
  EXPECT_EQ(AdviceOf(Refusal(order)).reason, "FORK_BROKEN");
  EXPECT_FALSE(fs::exists(order.into + ".restoring")) << "nothing was fetched";
}

}  // namespace
}  // namespace hq::testing
