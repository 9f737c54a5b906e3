// Goal: a log is believed by a key that was trusted, or to which a trusted one gave way, and only
// while it grows. Method: keys from seeds, notes signed by them, and a tree of the definition.
#include "common/transparency/log_trust.hpp"

#include <gtest/gtest.h>

#include "common/transparency/key_rotation.hpp"
#include "common/witness/log_memory.hpp"
#include "common/witness/signing_key.hpp"
#include "common/witness/verifier_key_file.hpp"
#include "tests/support/key_file.hpp"
#include "tests/unit/ledger/grown_tree.hpp"

namespace hq::ledger {
namespace {

using testing::KeyFile;
using testing::TempDir;

class LogTrustTest : public ::testing::Test {
 protected:
  SigningKey KeyOf(char seed, const std::string& name = "log") {
    return SigningKey::FromFile(
               KeyFile(directory_, std::string(1, seed) + "-key", std::string(32, seed)), name)
        .value();
  }

  static VerifierKey PublicOf(const SigningKey& key) { return key.PublicKey(KeyType::kEd25519); }

  static std::string NoteBy(const SigningKey& key, const std::string& origin = "log") {
    const std::string text = Checkpoint{origin, {0, EmptyRoot()}, {}}.Format();
    return FormatSignedNote({text, {key.Sign(text)}});
  }

  static std::string Rotation(const SigningKey& from, const SigningKey& to,
                              const std::vector<const SigningKey*>& signers) {
    SignedNote note{KeyRotation{PublicOf(from), PublicOf(to)}.Format(), {}};
    for (const SigningKey* signer : signers) note.signatures.push_back(signer->Sign(note.text));
    return FormatSignedNote(note);
  }

  // What the log would say; counts how often it is asked.
  std::function<Result<NamedKey>()> Says(const SigningKey& key,
                                         std::vector<std::string> rotations = {}) {
    return [this, key = PublicOf(key).Format(), rotations = std::move(rotations)] {
      ++asked_;
      return Result<NamedKey>(NamedKey{key, rotations, {}});
    };
  }

  TempDir directory_;
  int asked_ = 0;
  const SigningKey first_ = KeyOf('1');
  const SigningKey second_ = KeyOf('2');
  const SigningKey third_ = KeyOf('3');
};

TEST_F(LogTrustTest, ATrustedKeyIsEnough) {
  const auto opened =
      OpenTrusted(NoteBy(first_), {PublicOf(second_), PublicOf(first_)}, Says(third_));
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_EQ(opened->trust, Trust::kKnown);
  EXPECT_EQ(opened->shown.log_key, PublicOf(first_));
  EXPECT_EQ(asked_, 0);
}

TEST_F(LogTrustTest, TheFirstKeyIsTrustedOnlyWhereNoneWas) {
  const auto opened = OpenTrusted(NoteBy(first_), {}, Says(first_));
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_EQ(opened->trust, Trust::kFirstUse);
  EXPECT_TRUE(absl::IsPermissionDenied(OpenTrusted(NoteBy(first_), {}, Says(second_)).status()));
  EXPECT_TRUE(absl::IsPermissionDenied(
      OpenTrusted(NoteBy(second_), {PublicOf(first_)}, Says(second_)).status()));
  EXPECT_TRUE(absl::IsPermissionDenied(
      OpenTrusted(NoteBy(first_, "another"), {PublicOf(first_)}, Says(first_)).status()));
}

TEST_F(LogTrustTest, AKeyIsFollowedBySignaturesOfTheOldOne) {
  const std::vector<std::string> rotations = {Rotation(first_, second_, {&first_, &second_}),
                                              Rotation(second_, third_, {&second_, &third_})};
  const auto opened = OpenTrusted(NoteBy(third_), {PublicOf(first_)}, Says(third_, rotations));
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_EQ(opened->trust, Trust::kFollowed);
  EXPECT_EQ(opened->shown.log_key, PublicOf(third_));
  // In another order, or with a link that is missing, they lead nowhere.
  for (const auto& broken :
       {std::vector<std::string>{rotations[1], rotations[0]}, {rotations[1]}, {"", rotations[0]}})
    EXPECT_TRUE(absl::IsPermissionDenied(
        OpenTrusted(NoteBy(third_), {PublicOf(first_)}, Says(third_, broken)).status()));
}

TEST_F(LogTrustTest, AKeyThatTheOldOneDidNotSignIsNotFollowed) {
  for (const std::string& rotation :
       {Rotation(first_, second_, {&second_}), Rotation(first_, second_, {&first_}),
        Rotation(first_, second_, {&third_})})
    EXPECT_EQ(FollowRotations(PublicOf(first_), {rotation}), PublicOf(first_));
  // Signed by the new one alone it is still a statement, but nobody's who trusts the old one.
  const auto unsigned_by_old = OpenRotation(Rotation(first_, second_, {&second_}));
  ASSERT_TRUE(unsigned_by_old.ok());
  EXPECT_FALSE(unsigned_by_old->is_signed_by_old_key);
  std::string forged = Rotation(first_, second_, {&first_, &second_});
  forged[forged.find('\n') + 8] ^= 1;
  EXPECT_EQ(FollowRotations(PublicOf(first_), {forged}), PublicOf(first_));
  const Status unsigned_by_new = OpenRotation(Rotation(first_, second_, {&first_})).status();
  EXPECT_TRUE(absl::IsPermissionDenied(unsigned_by_new)) << unsigned_by_new;
  EXPECT_EQ(AdviceOf(unsigned_by_new).reason, "ROTATION_REFUSED");
}

TEST_F(LogTrustTest, ARotationIsOfTwoKeysOfOneLog) {
  const KeyRotation rotation{PublicOf(first_), PublicOf(second_)};
  const auto parsed = KeyRotation::Parse(rotation.Format());
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(*parsed, rotation);
  const SigningKey other = KeyOf('4', "another");
  const VerifierKey witness = second_.PublicKey(KeyType::kCosignatureV1);
  for (const std::string& text :
       {KeyRotation{PublicOf(first_), PublicOf(other)}.Format(),
        KeyRotation{PublicOf(first_), witness}.Format(), rotation.Format() + "more\n",
        rotation.Format().substr(1), std::string(), std::string("hq-os/key-rotation/v1\n\n\n")})
    EXPECT_TRUE(absl::IsInvalidArgument(KeyRotation::Parse(text).status())) << text;
  EXPECT_EQ(AdviceOf(KeyRotation::Parse(rotation.Format() + "more\n").status()).reason,
            "ROTATION_REFUSED");
}

class GrowthTest : public ::testing::Test {
 protected:
  static Checkpoint Of(const GrownTree& tree, std::uint64_t size, std::uint64_t epoch = 1) {
    return {"log", tree.HeadAt(size), {EpochLine(epoch)}};
  }

  std::string ReasonOf(const Checkpoint& seen, const Checkpoint& shown) {
    const Status status = CheckGrowth(seen, shown, ask_);
    EXPECT_TRUE(status.ok() || absl::IsDataLoss(status)) << status;
    return status.ok() ? "grows" : AdviceOf(status).reason;
  }

  std::mt19937_64 random_{7};
  const std::vector<std::string> records_ = RandomRecords(40, random_);
  const GrownTree grown_{records_};
  const GrownTree another_{RandomRecords(40, random_)};
  Prover prover_{grown_.Tiles()};
  int proofs_asked_ = 0;
  std::vector<Fork> forks_;
  GrowthQuestions ask_{[this](std::uint64_t first, std::uint64_t second) {
                         ++proofs_asked_;
                         return prover_.Consistency(first, second);
                       },
                       [this] { return Result<std::vector<Fork>>(forks_); }};
};

TEST_F(GrowthTest, OnlyGrowthIsBelieved) {
  EXPECT_EQ(ReasonOf(Of(grown_, 7), Of(grown_, 40)), "grows");
  EXPECT_EQ(proofs_asked_, 1);
  EXPECT_EQ(ReasonOf(Of(grown_, 40), Of(grown_, 40)), "grows");
  EXPECT_EQ(ReasonOf(Of(grown_, 0), Of(grown_, 40)), "grows");
  EXPECT_EQ(proofs_asked_, 1);
  EXPECT_EQ(ReasonOf(Of(grown_, 40), Of(grown_, 39)), "LEDGER_BEHIND");
  EXPECT_EQ(ReasonOf(Of(another_, 40), Of(grown_, 40)), "LEDGER_DIVERGED");
  EXPECT_EQ(ReasonOf(Of(another_, 7), Of(grown_, 40)), "LEDGER_DIVERGED");
  EXPECT_EQ(ReasonOf(Of(grown_, 7), Of(another_, 40)), "LEDGER_DIVERGED");
}

TEST_F(GrowthTest, AProofOfAnotherLengthIsRefusedAndNoAnswerIsNone) {
  ask_.proof = [this](std::uint64_t first, std::uint64_t second) {
    auto proof = prover_.Consistency(first, second);
    proof->emplace_back(kHashBytes, 'x');
    return proof;
  };
  EXPECT_EQ(ReasonOf(Of(grown_, 7), Of(grown_, 40)), "LEDGER_DIVERGED");
  ask_.proof = [](std::uint64_t, std::uint64_t) -> Result<Proof> {
    return absl::UnavailableError("away");
  };
  EXPECT_TRUE(absl::IsUnavailable(CheckGrowth(Of(grown_, 7), Of(grown_, 40), ask_)));
}

TEST_F(GrowthTest, AnotherLifeNeedsAStatementAndKeepsWhatItKept) {
  EXPECT_EQ(ReasonOf(Of(grown_, 7), Of(grown_, 40, 2)), "LEDGER_DIVERGED");
  forks_ = {{1, 2, 20}};
  EXPECT_EQ(ReasonOf(Of(grown_, 7), Of(grown_, 40, 2)), "grows");
  // What was kept must be as it was seen; what was given up need not, nor be there at all.
  EXPECT_EQ(ReasonOf(Of(another_, 20), Of(grown_, 40, 2)), "LEDGER_DIVERGED");
  EXPECT_EQ(ReasonOf(Of(another_, 21), Of(grown_, 40, 2)), "grows");
  EXPECT_EQ(ReasonOf(Of(another_, 40), Of(grown_, 21, 2)), "grows");
  EXPECT_EQ(ReasonOf(Of(grown_, 20), Of(grown_, 19, 2)), "LEDGER_BEHIND");
  // Nobody goes back to a life that was left.
  EXPECT_EQ(ReasonOf(Of(grown_, 7, 2), Of(grown_, 40)), "LEDGER_BEHIND");
}

TEST(InCommon, IsTheShortestOfTheWayBackFromBoth) {
  const std::vector<Fork> forks = {{1, 2, 100}, {2, 3, 50}, {1, 4, 70}};
  EXPECT_EQ(InCommon(forks, 1, 1), std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(InCommon(forks, 1, 2), 100u);
  EXPECT_EQ(InCommon(forks, 3, 1), 50u);
  EXPECT_EQ(InCommon(forks, 2, 4), 70u);
  EXPECT_EQ(InCommon(forks, 3, 4), 50u);
  EXPECT_EQ(InCommon(forks, 4, 5), std::nullopt);
  EXPECT_EQ(InCommon({}, 1, 2), std::nullopt);
}

TEST_F(LogTrustTest, AForkIsWhatTheLogsKeySigned) {
  const SigningKey log = KeyOf('6', "hq-os/some-log");
  const auto signed_by = [](const SigningKey& key, const std::string& text) {
    return FormatSignedNote({text, {key.Sign(text)}});
  };
  const std::string text = "hq.ledger.v1 fork\nlog some-log\nepoch 1 2\nrestored 20 " +
                           FormatBase64(std::string(32, 'h')) +
                           "\nabandoned 40 known\nwhy it burned\n";
  const auto fork = OpenFork(signed_by(log, text), PublicOf(log));
  ASSERT_TRUE(fork.ok()) << fork.status();
  EXPECT_EQ(*fork, (Fork{1, 2, 20}));
  const SigningKey other = KeyOf('7', "hq-os/some-log");
  const Status forged = OpenFork(signed_by(other, text), PublicOf(log)).status();
  EXPECT_TRUE(absl::IsPermissionDenied(forged)) << forged;
  EXPECT_EQ(AdviceOf(forged).reason, "FORK_REFUSED");
  EXPECT_TRUE(
      absl::IsPermissionDenied(OpenFork(signed_by(first_, text), PublicOf(first_)).status()));
  std::string backwards = text;
  backwards.replace(text.find("1 2"), 3, "2 1");
  for (const std::string& bad : {backwards, text.substr(1), std::string("hq.ledger.v1 fork\n")})
    EXPECT_TRUE(absl::IsInvalidArgument(OpenFork(signed_by(log, bad), PublicOf(log)).status()))
        << bad;
  EXPECT_EQ(OpenForks({"", signed_by(other, text), signed_by(log, text)},
                      {PublicOf(first_), PublicOf(log)}),
            std::vector<Fork>({{1, 2, 20}}));
}

TEST_F(LogTrustTest, AMemoryIsKeptWholeOrRefused) {
  const std::string path = directory_ / "deep/memory";
  EXPECT_FALSE(LoadMemory(path).value().has_value());
  const TrustedCheckpoint memory{PublicOf(first_),
                                 OpenCheckpoint(NoteBy(first_), PublicOf(first_)).value()};
  ASSERT_TRUE(StoreMemory(path, memory).ok());
  const auto loaded = LoadMemory(path);
  ASSERT_TRUE(loaded.ok() && *loaded) << loaded.status();
  EXPECT_EQ((*loaded)->log_key, memory.log_key);
  EXPECT_EQ((*loaded)->checkpoint.note, memory.checkpoint.note);
  for (const std::string& damaged :
       {std::string(), std::string("x"), PublicOf(second_).Format() + "\n" + NoteBy(first_),
        PublicOf(first_).Format() + "\n"}) {
    KeyFile(directory_, "damaged", damaged);
    const Status refused = LoadMemory(directory_ / "damaged").status();
    EXPECT_TRUE(absl::IsDataLoss(refused)) << damaged;
    EXPECT_EQ(AdviceOf(refused).reason, "MEMORY_DAMAGED") << damaged;
  }
}

TEST_F(LogTrustTest, AFileOfKeysNamesTheLineThatIsNone) {
  const std::string a = first_.PublicKey(KeyType::kCosignatureV1).Format();
  const std::string b = KeyOf('5', "other").PublicKey(KeyType::kCosignatureV1).Format();
  const auto read = [&](const std::string& text) {
    return ReadVerifierKeys(KeyFile(directory_, "keys", text), KeyType::kCosignatureV1);
  };
  EXPECT_EQ(read("# witnesses\n" + a + "\n\n" + b).value().size(), 2u);
  EXPECT_EQ(read("").value().size(), 0u);
  for (const std::string& text :
       std::vector<std::string>{a + "\n" + a, "#\n" + PublicOf(first_).Format(), "\nx\n"}) {
    const auto refused = read(text);
    EXPECT_TRUE(absl::IsInvalidArgument(refused.status())) << text;
    EXPECT_EQ(AdviceOf(refused.status()).reason, "KEY_FILE_MALFORMED") << text;
    EXPECT_NE(refused.status().message().find("keys:2: "), std::string::npos) << refused.status();
  }
  EXPECT_TRUE(
      absl::IsNotFound(ReadVerifierKeys(directory_ / "none", KeyType::kCosignatureV1).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(
      ReadVerifierKey(directory_ / "keys", KeyType::kCosignatureV1).status()));
}

TEST_F(LogTrustTest, AKeyIsMadeOnceAndKept) {
  const std::string path = directory_ / "new/key";
  const auto made = SigningKey::FromFileOrNew(path, "log");
  ASSERT_TRUE(made.ok()) << made.status();
  const auto again = SigningKey::FromFileOrNew(path, "log");
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(PublicOf(*made), PublicOf(*again));
  struct stat about {};
  ASSERT_EQ(stat(path.c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, 0600u);
  // What is there and is no key is not replaced.
  KeyFile(directory_, "no-key", "x");
  EXPECT_TRUE(
      absl::IsInvalidArgument(SigningKey::FromFileOrNew(directory_ / "no-key", "log").status()));
}

}  // namespace
}  // namespace hq::ledger
