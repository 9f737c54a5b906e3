// Goal: the ledger serves exactly when nothing that was seen of it outside speaks against the tree
// that is here, and keeps what speaks against it as long as it does. Method: heads as given, the
// decision as expected; all of it with its files, on a tree in memory.
#include "services/ledger/core/witness_check.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <thread>

#include "common/runtime/durable_file.hpp"
#include "services/ledger/adapters/transparency.hpp"
#include "services/ledger/core/fork_statement.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/key_file.hpp"
#include "tests/support/memory_event_log.hpp"
#include "tests/support/test_ledger.hpp"
#include "tests/unit/ledger/grown_tree.hpp"

namespace hq::ledger {
namespace {

constexpr Hearing kNobodyToHear;

std::string ReasonOf(std::uint64_t size, const std::vector<SeenHead>& seen,
                     const Hearing& hearing = kNobodyToHear) {
  const Status status = CheckAgainstWitnesses(size, seen, hearing);
  return status.ok() ? "serves" : AdviceOf(status).reason;
}

SeenHead Fits(std::uint64_t size) { return {"billing", {size, "root"}, "root", false, ""}; }
SeenHead Differs(std::uint64_t size) { return {"sync", {size, "root"}, "another", false, ""}; }
SeenHead Ahead(std::uint64_t size) { return {"notify", {size, "root"}, "", false, ""}; }
SeenHead OfOther(std::uint64_t size) {
  return {"decision", {size, "root"}, "", false, "hq-os/lost"};
}

TEST(WitnessCheck, ServesWhatFits) {
  EXPECT_EQ(ReasonOf(0, {}), "serves");
  EXPECT_EQ(ReasonOf(10, {}), "serves");
  EXPECT_EQ(ReasonOf(10, {Fits(0), Fits(9), Fits(10)}), "serves");
}

TEST(WitnessCheck, DoesNotServeBelowTheLargestSizeSeen) {
  EXPECT_EQ(ReasonOf(10, {Ahead(11)}), "WITNESS_AHEAD");
  EXPECT_EQ(ReasonOf(0, {Ahead(1)}), "WITNESS_AHEAD");
  const Status status = CheckAgainstWitnesses(10, {Ahead(12), Fits(3), Ahead(20), Ahead(11)}, {});
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_NE(status.message().find("20 records were seen by notify"), std::string::npos) << status;
  EXPECT_NE(status.message().find("10 here"), std::string::npos) << status;
  EXPECT_FALSE(AdviceOf(status).next_step.empty());
}

TEST(WitnessCheck, ALaterLifeIsAheadWhateverItsSize) {
  EXPECT_EQ(ReasonOf(10, {{"sync", {3, "root"}, "", true, ""}}), "WITNESS_AHEAD");
}

TEST(WitnessCheck, AnotherHistoryIsWorseThanAMissingEnd) {
  EXPECT_EQ(ReasonOf(10, {Differs(10)}), "WITNESS_DIVERGED");
  EXPECT_EQ(ReasonOf(10, {Ahead(11), Differs(4), Fits(2)}), "WITNESS_DIVERGED");
  EXPECT_EQ(CheckAgainstWitnesses(10, {Differs(4)}, {}).code(), absl::StatusCode::kDataLoss);
}

TEST(WitnessCheck, AnotherLedgerIsNotServedWhateverItsSizeAndWhoeverElseAgrees) {
  constexpr Hearing kAllHeard{4, 4, true};
  for (const std::uint64_t size : {0, 1, 10, 11}) {
    EXPECT_EQ(ReasonOf(10, {OfOther(size)}), "WITNESS_DIVERGED") << size;
    EXPECT_EQ(ReasonOf(10, {Fits(10), Fits(3), OfOther(size)}, kAllHeard), "WITNESS_DIVERGED");
  }
  EXPECT_EQ(ReasonOf(0, {OfOther(5)}, {4, 0, false}), "WITNESS_DIVERGED");
  // It says so before all else: records that are missing in the wrong ledger are no news.
  const Status status = CheckAgainstWitnesses(0, {Differs(0), Ahead(20), OfOther(307)}, kAllHeard);
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  for (const char* told : {"not the ledger that decision has vouched for", "hq-os/lost", "307"})
    EXPECT_NE(status.message().find(told), std::string::npos) << status;
  for (const char* step :
       {"right disk", "hq-ledger repair", "hq-ledger restore", "witnessed_other"})
    EXPECT_NE(AdviceOf(status).next_step.find(step), std::string::npos) << step;
}

TEST(WitnessCheck, WaitsForHalfOfTheWitnessesWhilePatienceLasts) {
  EXPECT_EQ(ReasonOf(10, {}, {4, 0, false}), "WITNESSES_AWAITED");
  EXPECT_EQ(ReasonOf(10, {}, {4, 1, false}), "WITNESSES_AWAITED");
  EXPECT_EQ(ReasonOf(10, {}, {4, 2, false}), "serves");
  EXPECT_EQ(ReasonOf(10, {}, {1, 0, false}), "WITNESSES_AWAITED");
  EXPECT_EQ(ReasonOf(10, {}, {1, 1, false}), "serves");
  EXPECT_EQ(ReasonOf(10, {}, {3, 1, false}), "WITNESSES_AWAITED");
  EXPECT_EQ(ReasonOf(10, {}, {4, 0, true}), "serves");
  EXPECT_EQ(CheckAgainstWitnesses(10, {}, {4, 0, false}).code(), absl::StatusCode::kUnavailable);
}

TEST(WitnessCheck, WhatIsKnownAlreadyIsNotWaitedFor) {
  EXPECT_EQ(ReasonOf(10, {Ahead(11)}, {4, 0, false}), "WITNESS_AHEAD");
  EXPECT_EQ(ReasonOf(10, {Differs(3)}, {4, 4, true}), "WITNESS_DIVERGED");
}

class WitnessedFileTest : public ::testing::Test {
 protected:
  WitnessedFileTest() {
    std::ofstream(directory_ / "witnesses")
        << billing_.PublicKey(KeyType::kCosignatureV1).Format() << "\n"
        << sync_.PublicKey(KeyType::kCosignatureV1).Format() << "\n";
  }

  SigningKey KeyOf(const std::string& file, const std::string& name) {
    return SigningKey::FromFile(testing::KeyFile(directory_, file, std::string(32, file.front())),
                                name)
        .value();
  }

  // The ledger as it starts with so many records; nobody is waited for.
  void Start(std::uint64_t epoch, std::uint64_t size) {
    transparency_.reset();
    ledger_.head.epoch = epoch;
    TransparencySettings settings;
    settings.data_dir = directory_ / "data";
    settings.signer = {directory_ / "log.key", "", directory_ / "signing.pub"};
    settings.witness_keys_file = directory_ / "witnesses";
    settings.witness_patience = std::chrono::milliseconds(0);
    settings.times.kept_after = std::chrono::milliseconds(10);
    TreeAccess tree{[this, size] { return tree_.HeadAt(size); }, tree_.Tiles(), tree_.Middles(),
                    [](std::uint64_t, std::chrono::milliseconds, const std::stop_token&) {}};
    auto opened = Transparency::Open(
        settings, readiness_, std::move(tree),
        std::make_unique<testing::MemoryEventLog>(ledger_, testing::CallerNamed("ledger")),
        metrics_, forks_);
    ASSERT_TRUE(opened.ok()) << opened.status();
    transparency_ = *std::move(opened);
  }

  // Epoch 2 gives up what epoch 1 has behind `restored_to`.
  void Fork(std::uint64_t restored_to) {
    ForkStatement fork;
    fork.log_id = ledger_.head.log_id;
    fork.point = {1, 2, restored_to};
    fork.restored_hash = Sha256("a record");
    fork.abandoned_to = kRecordCount;
    fork.first_id = {"20260116", 1'000'000};
    fork.time_us = 1;
    fork.why = "a test";
    forks_.push_back(FormatSignedNote({fork.Format(), {log_.Sign(fork.Format())}}));
  }

  std::string Shown(std::uint64_t epoch, std::uint64_t size, const SigningKey& by) const {
    const std::string text = Checkpoint{LogName(), tree_.HeadAt(size), {EpochLine(epoch)}}.Format();
    return FormatSignedNote({text, {log_.Sign(text), by.Cosign(text, 1)}});
  }

  std::string LogName() const { return "hq-os/" + ledger_.head.log_id; }
  std::string WitnessedFile() const { return directory_ / "data/witnessed"; }
  std::string Kept() const {
    return runtime::ReadWhole(WitnessedFile(), kNoteBytesMax).value_or("");
  }
  Status Gate() { return transparency_->gate().Check(); }

  static constexpr std::size_t kRecordCount = 20;

  testing::TempDir directory_;
  testing::FakeClock clock_;
  runtime::Metrics metrics_;
  Readiness readiness_;
  testing::MemoryLedger ledger_{clock_};
  const GrownTree tree_{std::vector<std::string>(kRecordCount, "a record")};
  const SigningKey log_ = KeyOf("log.key", LogName());
  const SigningKey billing_ = KeyOf("billing.key", "billing");
  const SigningKey sync_ = KeyOf("sync.key", "sync");
  std::vector<std::string> forks_;
  std::unique_ptr<Transparency> transparency_;
};

TEST_F(WitnessedFileTest, WhatWasGivenUpDoesNotTakeThePlaceOfWhatIsMissing) {
  Fork(10);
  ASSERT_NO_FATAL_FAILURE(Start(2, 11));
  const std::string missing = Shown(2, 13, billing_);
  ASSERT_EQ(transparency_->Take(missing), absl::OkStatus());
  EXPECT_EQ(AdviceOf(Gate()).reason, "WITNESS_AHEAD");
  EXPECT_EQ(Kept(), missing);
  // One who was away since before the restore shows the life that was given up.
  ASSERT_EQ(transparency_->Take(Shown(1, 15, sync_)), absl::OkStatus());
  EXPECT_EQ(Kept(), missing);
  ASSERT_NO_FATAL_FAILURE(Start(2, 11));
  EXPECT_EQ(AdviceOf(Gate()).reason, "WITNESS_AHEAD") << "nobody has spoken";
}

TEST_F(WitnessedFileTest, WhatIsGivenUpAloneIsNotKept) {
  Fork(10);
  ASSERT_NO_FATAL_FAILURE(Start(2, 11));
  ASSERT_EQ(transparency_->Take(Shown(1, 15, sync_)), absl::OkStatus());
  EXPECT_EQ(Gate(), absl::OkStatus());
  EXPECT_EQ(Kept(), "");
}

TEST_F(WitnessedFileTest, ALaterLifeGoesFurtherThanALongerOneBeforeIt) {
  ASSERT_NO_FATAL_FAILURE(Start(1, 10));
  ASSERT_EQ(transparency_->Take(Shown(1, 15, billing_)), absl::OkStatus());
  const std::string later = Shown(2, 12, billing_);
  ASSERT_EQ(transparency_->Take(later), absl::OkStatus());
  EXPECT_EQ(Kept(), later);
  EXPECT_NE(Gate().message().find("12 records of a later epoch"), std::string::npos) << Gate();
  ASSERT_EQ(transparency_->Take(Shown(1, 16, billing_)), absl::OkStatus());
  EXPECT_EQ(Kept(), later);
  EXPECT_NE(Gate().message().find("12 records of a later epoch"), std::string::npos) << Gate();
  // What an earlier process kept counts as much.
  ASSERT_NO_FATAL_FAILURE(Start(1, 10));
  ASSERT_EQ(transparency_->Take(Shown(1, 17, billing_)), absl::OkStatus());
  EXPECT_EQ(Kept(), later);
}

TEST_F(WitnessedFileTest, ItGoesOnceTheTreeHasItAndACheckpointSaysAsMuch) {
  ASSERT_NO_FATAL_FAILURE(Start(1, 10));
  ASSERT_EQ(transparency_->Take(Shown(1, 13, billing_)), absl::OkStatus());
  ASSERT_NO_FATAL_FAILURE(Start(1, 13));  // Repaired.
  EXPECT_EQ(Gate(), absl::OkStatus());
  EXPECT_NE(Kept(), "") << "no other file says it yet";
  {
    std::jthread running(
        [this](std::stop_token stop) { transparency_->checkpointer().Run(std::move(stop)); });
    EXPECT_TRUE(testing::Eventually([&] { return !std::filesystem::exists(WitnessedFile()); }));
  }
  const auto kept = CheckpointFiles(directory_ / "data").LoadCheckpoint();
  ASSERT_TRUE(kept.ok() && *kept);
  EXPECT_EQ(transparency_->signer().OpenOwn(**kept)->checkpoint.head.size, 13u);
  ASSERT_NO_FATAL_FAILURE(Start(1, 10));
  EXPECT_EQ(AdviceOf(Gate()).reason, "WITNESS_AHEAD") << "the checkpoint says it now";
}

}  // namespace
}  // namespace hq::ledger
