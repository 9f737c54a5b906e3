#include "common/transparency/signed_note.hpp"

#include <gtest/gtest.h>

#include <random>

#include "common/transparency/verifier_key.hpp"
#include "tests/unit/common/known_note.hpp"

namespace hq::ledger {
namespace {

std::string KnownNote() { return std::string(kKnownText) + "\n" + std::string(kKnownLine); }

// A signature line of a key that nobody has.
std::string Line(const std::string& name, const std::string& base64 = "AAAAAQI=") {
  return "— " + name + " " + base64 + "\n";
}

void ExpectRefused(const std::string& bytes) {
  const auto note = ParseSignedNote(bytes);
  EXPECT_EQ(note.status().code(), absl::StatusCode::kInvalidArgument) << bytes;
  EXPECT_EQ(AdviceOf(note.status()).reason, "NOTE_MALFORMED") << bytes;
}

TEST(SignedNoteTest, ReadsAndWritesTheKnownNoteAndItsSignatureHolds) {
  const auto note = ParseSignedNote(KnownNote());
  ASSERT_TRUE(note.ok()) << note.status();
  EXPECT_EQ(note->text, kKnownText);
  ASSERT_EQ(note->signatures.size(), 1U);
  EXPECT_EQ(note->signatures[0].key_name, "PeterNeumann");
  EXPECT_EQ(note->signatures[0].key_id, 0xc74f20a3);
  EXPECT_EQ(FormatSignedNote(*note), KnownNote());

  const auto key = VerifierKey::Parse(kKnownKey);
  ASSERT_TRUE(key.ok()) << key.status();
  EXPECT_EQ(key->Format(), kKnownKey);
  EXPECT_TRUE(key->IsSignerOf(note->signatures[0]));
  EXPECT_TRUE(VerifiesEd25519(key->public_key, note->text, note->signatures[0].signature));
  EXPECT_FALSE(VerifiesEd25519(key->public_key, note->text + "x", note->signatures[0].signature));
}

TEST(SignedNoteTest, TheTextMayHaveEmptyLinesAndUnicode) {
  const std::string text = "è subito\n\n\nsera.\n";
  const auto note = ParseSignedNote(text + "\n" + Line("a.example/è") + Line("b"));
  ASSERT_TRUE(note.ok()) << note.status();
  EXPECT_EQ(note->text, text);
  EXPECT_EQ(note->signatures.size(), 2U);
  EXPECT_EQ(note->signatures[1].signature, "\x02");
}

TEST(SignedNoteTest, MalformedNotesAreRefused) {
  ExpectRefused("");
  ExpectRefused("\n");
  ExpectRefused("\n\n");
  ExpectRefused("text\n");
  ExpectRefused("text\n\n");
  ExpectRefused("text\n" + Line("a"));
  ExpectRefused("text\n\nx" + Line("a"));
  ExpectRefused("text\n\n" + Line("a") + "x");
  ExpectRefused("text\n\n" + Line("a") + "\n");
  ExpectRefused("text\n\n— a\n");
  ExpectRefused("text\n\n- a AAAAAQI=\n");
  ExpectRefused("text\n\n—  AAAAAQI=\n");
  ExpectRefused("text\n\n" + Line("a b"));
  ExpectRefused("text\n\n" + Line("a+b"));
  ExpectRefused("text\n\n" + Line("a\xc2\xa0"
                                  "b"));
  ExpectRefused("text\n\n" + Line("a\xe3\x80\x80"));
  ExpectRefused("text\n\n" + Line(std::string(kKeyNameBytesMax + 1, 'a')));
  ExpectRefused("text\n\n" + Line("a") + Line("a"));
  ExpectRefused("tex\tt\n\n" + Line("a"));
  ExpectRefused("text\r\n\n" + Line("a"));
  ExpectRefused(std::string("te\0xt\n\n", 7) + Line("a"));
}

TEST(SignedNoteTest, WhatIsNotUtf8IsRefused) {
  for (const char* bad :
       {"\xff", "\xc3", "\xc0\x80", "\xc1\x81", "\xe0\x80\x80", "\xe0\x82\x80", "\xf0\x80\x82\x80",
        "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80", "\xe2\x80", "\x80"}) {
    ExpectRefused("text" + std::string(bad) + "\n\n" + Line("a"));
    ExpectRefused("text\n\n" + Line("a" + std::string(bad)));
  }
  EXPECT_TRUE(ParseSignedNote("\xf4\x8f\xbf\xbf\xef\xbf\xbf\n\n" + Line("a")).ok());
}

TEST(SignedNoteTest, Base64HasOneForm) {
  for (const char* bad : {"", "AAAA", "AAAAAA==", "AAAAAQI", "AAAAAQJ=", "AAAAAQI==", "AAAAAQI=x",
                          "AAAA AQI=", " AAAAAQI=", "AAAAAQI= ", "AAAAA_I=", "AAAAAQI.", "=AAAAQI"})
    ExpectRefused("text\n\n" + Line("a", bad));
}

TEST(SignedNoteTest, TooMuchIsRefused) {
  std::string lines;
  for (std::size_t i = 0; i < kNoteSignaturesMax; ++i) lines += Line("a" + std::to_string(i));
  EXPECT_TRUE(ParseSignedNote("text\n\n" + lines).ok());
  ExpectRefused("text\n\n" + lines + Line("b"));
  EXPECT_TRUE(ParseSignedNote("t\n\n" + Line("a", FormatBase64(std::string(5'000, 'x')))).ok());
  ExpectRefused("text\n\n" + Line("a", FormatBase64(std::string(kSignatureBytesMax + 1, 'x'))));
  const std::string line = "\n\n" + Line("a");
  EXPECT_TRUE(ParseSignedNote(std::string(kNoteBytesMax - line.size(), 'x') + line).ok());
  ExpectRefused(std::string(kNoteBytesMax - line.size() + 1, 'x') + line);
}

// Whatever the bytes are: either they are refused, or they are the only form of what was read.
TEST(SignedNoteTest, WhatIsReadIsWrittenTheSame) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  const std::string note = KnownNote() + Line("a");
  const std::string replacements = "\n —+=A\x7f\xe2";
  std::size_t accepted = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string mutated = note;
    for (auto left = 1 + random() % 3; left > 0; --left)
      mutated[random() % mutated.size()] = replacements[random() % replacements.size()];
    const auto parsed = ParseSignedNote(mutated);
    if (!parsed.ok()) continue;
    ++accepted;
    EXPECT_EQ(FormatSignedNote(*parsed), mutated);
  }
  EXPECT_GT(accepted, 0U);
}

TEST(VerifierKeyTest, MalformedKeysAreRefused) {
  const std::string good(kKnownKey);
  for (const std::string& bad :
       {std::string(), std::string("PeterNeumann"), std::string("PeterNeumann+c74f20a3"),
        "x" + good, good + "A", good.substr(0, good.size() - 4), " " + good, good + "\n",
        std::string("PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"),
        std::string("PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"),
        std::string("PeterNeumann+c74f20a3+AhpC2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"),
        std::string("+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"),
        std::string(1'000, 'a') + good}) {
    const Status refused = VerifierKey::Parse(bad).status();
    EXPECT_EQ(refused.code(), absl::StatusCode::kInvalidArgument) << bad;
    EXPECT_EQ(AdviceOf(refused).reason, "KEY_MALFORMED") << bad;
  }
}

TEST(VerifierKeyTest, AKeyOfATypeThatIsNotKnownIsRefused) {
  VerifierKey key = VerifierKey::Parse(kKnownKey).value();
  key.type = KeyType::kCosignatureV1;
  EXPECT_EQ(VerifierKey::Parse(key.Format()).value(), key);
  key.type = static_cast<KeyType>(0x06);
  EXPECT_FALSE(VerifierKey::Parse(key.Format()).ok());
}

TEST(VerifierKeyTest, OneKeyHasAnotherIdForEachUse) {
  VerifierKey key = VerifierKey::Parse(kKnownKey).value();
  const std::uint32_t as_log = key.Id();
  key.type = KeyType::kCosignatureV1;
  EXPECT_NE(key.Id(), as_log);
  EXPECT_FALSE(VerifiesEd25519(key.public_key, "x", std::string(63, 'x')));
  EXPECT_FALSE(VerifiesEd25519("short", "x", std::string(64, 'x')));
  EXPECT_FALSE(VerifiesEd25519(std::string(32, '\xff'), "x", std::string(64, 'x')));
}

}  // namespace
}  // namespace hq::ledger
