// Goal: whoever asks gets the largest checkpoint that has what is wanted, and whoever waits is
// answered once. Method: checkpoints signed by keys from seeds, put up by hand.
#include "services/ledger/adapters/checkpoint_board.hpp"

#include <gtest/gtest.h>

#include "common/witness/signing_key.hpp"
#include "tests/support/key_file.hpp"

namespace hq::ledger {
namespace {

using testing::KeyFile;
using testing::TempDir;
using Clock = std::chrono::steady_clock;

class CheckpointBoardTest : public ::testing::Test {
 protected:
  SigningKey KeyOf(char seed, const std::string& name) {
    return SigningKey::FromFile(KeyFile(directory_, name, std::string(32, seed)), name).value();
  }

  SignedCheckpoint At(std::uint64_t size) const {
    SignedCheckpoint made;
    made.checkpoint = {"log", {size, std::string(32, static_cast<char>('a' + size))}, {}};
    made.note.text = made.checkpoint.Format();
    made.note.signatures.push_back(log_.Sign(made.note.text));
    return made;
  }

  void Cosign(std::uint64_t size, const std::vector<const SigningKey*>& witnesses,
              std::int64_t time_s = 7) {
    SignedNote note = At(size).note;
    for (const SigningKey* witness : witnesses)
      note.signatures.push_back(witness->Cosign(note.text, time_s));
    const auto cosignatures = CosignaturesOf(note, board_.witnesses());
    ASSERT_TRUE(cosignatures.ok()) << cosignatures.status();
    board_.Cosign(At(size), note, *cosignatures);
  }

  // 0 if there is none.
  static std::uint64_t SizeOf(const std::optional<SignedCheckpoint>& checkpoint) {
    return checkpoint ? checkpoint->checkpoint.head.size : 0;
  }

  TempDir directory_;
  const SigningKey log_ = KeyOf('l', "log");
  const SigningKey billing_ = KeyOf('b', "billing");
  const SigningKey sync_ = KeyOf('s', "sync");
  const SigningKey stranger_ = KeyOf('x', "stranger");
  CheckpointBoard board_{
      {billing_.PublicKey(KeyType::kCosignatureV1), sync_.PublicKey(KeyType::kCosignatureV1)}};
};

TEST_F(CheckpointBoardTest, TheLatestIsNotTheOneToCosignUntilItIsOffered) {
  EXPECT_EQ(SizeOf(board_.Latest()), 0u);
  EXPECT_EQ(SizeOf(board_.ForCosigning()), 0u);
  board_.Publish(At(3));
  board_.Offer();
  board_.Publish(At(5));
  EXPECT_EQ(SizeOf(board_.Latest()), 5u);
  EXPECT_EQ(SizeOf(board_.ForCosigning()), 3u);
}

TEST_F(CheckpointBoardTest, CosignaturesAreGatheredUnderOneNote) {
  board_.Publish(At(3));
  Cosign(3, {&billing_});
  Cosign(3, {&sync_, &stranger_});
  const auto latest = board_.Latest();
  ASSERT_TRUE(latest);
  EXPECT_EQ(latest->note.signatures.size(), 3u);  // The log's and two witnesses', no stranger's.
  EXPECT_TRUE(ParseSignedNote(FormatSignedNote(latest->note)).ok());
  EXPECT_EQ(SizeOf(board_.LargestCosigned(2)), 3u);
  EXPECT_EQ(SizeOf(board_.LargestCosigned(3)), 0u);
}

TEST_F(CheckpointBoardTest, KeepsOfEachCountTheLargestOnly) {
  for (std::uint64_t size = 1; size <= 9; ++size) Cosign(size, {&billing_});
  EXPECT_EQ(board_.Cosigned().size(), 1u);
  Cosign(4, {&billing_, &sync_});
  Cosign(2, {&billing_, &sync_});
  EXPECT_EQ(board_.Cosigned().size(), 2u);
  EXPECT_EQ(SizeOf(board_.LargestCosigned(1)), 9u);
  EXPECT_EQ(SizeOf(board_.LargestCosigned(2)), 4u);
  Cosign(10, {&billing_, &sync_});
  EXPECT_EQ(board_.Cosigned().size(), 1u);
}

TEST_F(CheckpointBoardTest, SaysHowFarEachHasVouched) {
  Cosign(4, {&billing_}, 70);
  Cosign(9, {&billing_}, 80);
  Cosign(4, {&sync_}, 90);
  Cosign(6, {&billing_}, 60);  // Late on its way.
  const auto standings = board_.Standings();
  ASSERT_EQ(standings.size(), 2u);
  EXPECT_EQ(standings[0].size, 9u);
  EXPECT_EQ(standings[0].cosigned_at_s, 80);
  EXPECT_EQ(standings[1].size, 4u);
  EXPECT_EQ(standings[1].cosigned_at_s, 90);
}

TEST_F(CheckpointBoardTest, AnswersOnceWhenReachedOrLate) {
  const auto now = Clock::now();
  std::vector<std::string> answers;
  const auto wait = [&](std::uint64_t size, Clock::time_point until) {
    board_.WhenAtLeast(size, until, [&](const Result<SignedCheckpoint>& reached) {
      answers.push_back(reached.ok() ? std::to_string(SizeOf(*reached))
                                     : AdviceOf(reached.status()).reason);
    });
  };
  wait(2, now + std::chrono::hours(1));
  wait(9, now + std::chrono::hours(1));
  EXPECT_TRUE(answers.empty());
  board_.Publish(At(3));
  EXPECT_EQ(answers, std::vector<std::string>({"3"}));
  wait(3, now);
  EXPECT_EQ(answers, std::vector<std::string>({"3", "3"}));
  board_.Expire(now);
  EXPECT_EQ(answers.size(), 2u);
  board_.Expire(now + std::chrono::hours(2));
  EXPECT_EQ(answers, std::vector<std::string>({"3", "3", "NOT_REACHED"}));
  board_.Publish(At(9));
  EXPECT_EQ(answers.size(), 3u);
}

TEST_F(CheckpointBoardTest, ManyMayWaitButNotAnyNumber) {
  int refused = 0;
  for (int i = 0; i < 1'001; ++i)
    board_.WhenAtLeast(1, Clock::time_point::max(), [&](const Result<SignedCheckpoint>& reached) {
      refused += reached.ok() ? 0 : 1;
    });
  EXPECT_EQ(refused, 1);
  board_.Publish(At(1));
  EXPECT_EQ(refused, 1);
}

}  // namespace
}  // namespace hq::ledger
