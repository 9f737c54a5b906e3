#include "common/transparency/checkpoint.hpp"

#include <gtest/gtest.h>

#include "common/transparency/tree_hasher.hpp"
#include "common/witness/signing_key.hpp"
#include "tests/support/key_file.hpp"

namespace hq::ledger {
namespace {

using testing::KeyFile;
using testing::TempDir;

constexpr std::int64_t kTimeS = 1'768'557'600;

class CheckpointTest : public ::testing::Test {
 protected:
  SigningKey KeyOf(char seed, const std::string& name) {
    return SigningKey::FromFile(KeyFile(directory_, name, std::string(32, seed)), name).value();
  }

  static std::string Text() {
    return Checkpoint{"ledger", {20'852'163, std::string(kHashBytes, 'r')}, {}}.Format();
  }

  SignedNote Note() const { return {Text(), {log_.Sign(Text())}}; }

  const TempDir directory_;
  const SigningKey log_ = KeyOf('l', "ledger");
  const SigningKey billing_ = KeyOf('b', "billing");
  const SigningKey notify_ = KeyOf('n', "notify");
  const VerifierKey log_key_ = log_.PublicKey(KeyType::kEd25519);
  const std::vector<VerifierKey> witnesses_ = {billing_.PublicKey(KeyType::kCosignatureV1),
                                               notify_.PublicKey(KeyType::kCosignatureV1)};
};

TEST_F(CheckpointTest, SaysOfWhichLifeItIs) {
  EXPECT_EQ((Checkpoint{"log", {0, EmptyRoot()}, {}}.epoch()), 1u);
  EXPECT_EQ((Checkpoint{"log", {0, EmptyRoot()}, {EpochLine(7)}}.epoch()), 7u);
  const auto parsed =
      Checkpoint::Parse(Checkpoint{"log", {0, EmptyRoot()}, {"more", EpochLine(12)}}.Format());
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(parsed->epoch(), 12u);
  for (const char* line : {"epoch x", "epoch 07", "epochs 7", "epoch "})
    EXPECT_EQ((Checkpoint{"log", {0, EmptyRoot()}, {line}}.epoch()), 1u) << line;
}

TEST_F(CheckpointTest, IsWrittenAsC2spSays) {
  EXPECT_EQ(Text(), "ledger\n20852163\ncnJycnJycnJycnJycnJycnJycnJycnJycnJycnJycnI=\n");
  const auto parsed = Checkpoint::Parse("a b\n0\n" + FormatBase64(EmptyRoot()) + "\nmore\n");
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(parsed->extensions, std::vector<std::string>({"more"}));
  EXPECT_EQ(parsed->Format(), "a b\n0\n" + FormatBase64(EmptyRoot()) + "\nmore\n");
}

TEST_F(CheckpointTest, MalformedOnesAreRefused) {
  const std::string root = FormatBase64(std::string(kHashBytes, 'r')) + "\n";
  for (const std::string& text :
       {std::string(),
        std::string("a\n1\n"),
        "\n1\n" + root,
        "a\n\n" + root,
        "a\n01\n" + root,
        "a\n-1\n" + root,
        "a\n+1\n" + root,
        "a\n1 \n" + root,
        "a\n0x1\n" + root,
        "a\n1.0\n" + root,
        "a\n9223372036854775808\n" + root,
        "a\n99999999999999999999\n" + root,
        "a\n0\n" + root,
        "a\n1\n" + root.substr(0, 40) + "\n",
        "a\n1\n" + root.substr(0, root.size() - 1),
        std::string("a\n1\ncnI=\n"),
        "a\n1\n" + root + "\n",
        "a\n1\n" + root + "x",
        "a\tb\n1\n" + root,
        std::string(256, 'a') + "\n1\n" + root,
        "a\n1\n" + root + "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n14\n15\n16\n17\n"})
    EXPECT_EQ(Checkpoint::Parse(text).status().code(), absl::StatusCode::kInvalidArgument) << text;
}

TEST_F(CheckpointTest, OpensWithTheLogsKey) {
  const auto opened = OpenCheckpoint(FormatSignedNote(Note()), log_key_);
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_EQ(opened->checkpoint.origin, "ledger");
  EXPECT_EQ(opened->checkpoint.head.size, 20'852'163U);
  EXPECT_EQ(opened->note, Note());
}

// Made once by this code and checked by tests/verifier/verify.py; it never changes.
TEST_F(CheckpointTest, TheBytesAreThoseOfTheGoldenNote) {
  SignedNote note = Note();
  note.signatures.push_back(billing_.Cosign(note.text, kTimeS));
  EXPECT_EQ(
      FormatSignedNote(note),
      "ledger\n"
      "20852163\n"
      "cnJycnJycnJycnJycnJycnJycnJycnJycnJycnJycnI=\n"
      "\n"
      "— ledger "
      "w9NKndJAbWBUDrYJEfEhNKpP4KicKI2/6dw0Uxk0p674W797OT8syEeMSq25XANAlY5UjaL2LucD6hNCwqrsuyLrOAE="
      "\n"
      "— billing "
      "Gdf1nAAAAABpagwgFx/w48PIVzlEIeUTuKzsZ+AomVwT+Ti5eWVVb0EKcoR+mr+6rrXMlbs2kVAG6NpcnrZBZQYS+rOp"
      "0+SUJXn3Cw==\n");
}

TEST_F(CheckpointTest, NothingButTheLogsSignatureOverThisTextOpensIt) {
  SignedNote note = Note();
  note.signatures[0].signature[5] = static_cast<char>(note.signatures[0].signature[5] ^ 1);
  const Status forged = OpenCheckpoint(FormatSignedNote(note), log_key_).status();
  EXPECT_EQ(forged.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(AdviceOf(forged).reason, "SIGNATURE_REFUSED");
  note = Note();
  note.text.replace(note.text.find("20852163"), 1, "3");
  EXPECT_EQ(OpenCheckpoint(FormatSignedNote(note), log_key_).status().code(),
            absl::StatusCode::kPermissionDenied);
  note = Note();
  note.signatures[0] = billing_.Sign(note.text);
  EXPECT_EQ(OpenCheckpoint(FormatSignedNote(note), log_key_).status().code(),
            absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(OpenCheckpoint(FormatSignedNote(Note()), log_.PublicKey(KeyType::kCosignatureV1))
                .status()
                .code(),
            absl::StatusCode::kPermissionDenied);
  const std::string text = Checkpoint{"other", {1, std::string(kHashBytes, 'r')}, {}}.Format();
  const Status other =
      OpenCheckpoint(FormatSignedNote({text, {log_.Sign(text)}}), log_key_).status();
  EXPECT_EQ(other.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(AdviceOf(other).reason, "OTHER_ORIGIN");
  const Status no_note = OpenCheckpoint("hello", log_key_).status();
  EXPECT_EQ(no_note.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(AdviceOf(no_note).reason, "NOTE_MALFORMED");
  const Status no_checkpoint =
      OpenCheckpoint(FormatSignedNote({"text\n", {log_.Sign("text\n")}}), log_key_).status();
  EXPECT_EQ(no_checkpoint.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(AdviceOf(no_checkpoint).reason, "CHECKPOINT_MALFORMED");
}

TEST_F(CheckpointTest, CosignaturesOfKnownWitnessesCount) {
  SignedNote note = Note();
  EXPECT_TRUE(CosignaturesOf(note, witnesses_)->empty());
  note.signatures.push_back(KeyOf('x', "stranger").Cosign(note.text, kTimeS));
  note.signatures.push_back(notify_.Cosign(note.text, kTimeS));
  const auto opened = OpenCheckpoint(FormatSignedNote(note), log_key_);
  ASSERT_TRUE(opened.ok()) << opened.status();
  const auto cosignatures = CosignaturesOf(opened->note, witnesses_);
  ASSERT_TRUE(cosignatures.ok()) << cosignatures.status();
  ASSERT_EQ(cosignatures->size(), 1U);
  EXPECT_EQ(cosignatures->front().witness, "notify");
  EXPECT_EQ(cosignatures->front().time_s, kTimeS);
}

TEST_F(CheckpointTest, ACosignatureThatDoesNotHoldSpoilsTheNote) {
  const NoteSignature good = notify_.Cosign(Text(), kTimeS);
  for (const std::size_t byte : {0, 7, 8, 40, 71}) {  // The time, then the signature.
    SignedNote note = Note();
    note.signatures.push_back(good);
    std::string& bytes = note.signatures.back().signature;
    bytes[byte] = static_cast<char>(bytes[byte] ^ 0x80);
    const Status refused = CosignaturesOf(note, witnesses_).status();
    EXPECT_EQ(refused.code(), absl::StatusCode::kPermissionDenied) << byte;
    EXPECT_EQ(AdviceOf(refused).reason, "SIGNATURE_REFUSED") << byte;
  }
  SignedNote note = Note();
  note.signatures.push_back(good);
  note.signatures.back().signature.pop_back();
  EXPECT_FALSE(CosignaturesOf(note, witnesses_).ok());
  note = Note();
  note.signatures.push_back(notify_.Cosign("another text\n", kTimeS));
  EXPECT_FALSE(CosignaturesOf(note, witnesses_).ok());
}

// Signatures that hold, of known keys, under the id of a key that may not make them.
TEST_F(CheckpointTest, AKeyCountsOnlyForWhatItIsThere) {
  const VerifierKey log_as_witness = log_.PublicKey(KeyType::kCosignatureV1);
  SignedNote note = Note();
  note.signatures[0].key_id = log_as_witness.Id();
  EXPECT_EQ(OpenCheckpoint(FormatSignedNote(note), log_as_witness).status().code(),
            absl::StatusCode::kPermissionDenied);
  const VerifierKey witness_as_log = billing_.PublicKey(KeyType::kEd25519);
  note.signatures[0] = billing_.Cosign(note.text, kTimeS);
  note.signatures[0].key_id = witness_as_log.Id();
  EXPECT_TRUE(CosignaturesOf(note, {witness_as_log})->empty());
}

TEST_F(CheckpointTest, ATimeBeyondAllTimeIsRefused) {
  SignedNote note = Note();
  note.signatures.push_back(notify_.Cosign(note.text, 0));
  EXPECT_TRUE(CosignaturesOf(note, witnesses_).ok());
  const std::string signature = notify_.Sign(CosignedMessage(note.text, -1)).signature;
  note.signatures.back().signature = TimedSignature(-1, signature);
  EXPECT_FALSE(CosignaturesOf(note, witnesses_).ok());
}

}  // namespace
}  // namespace hq::ledger
