#include "common/base/text.hpp"

#include <gtest/gtest.h>

#include <string>

#include "common/base/reason.hpp"
#include "hq/decision/v1/events.pb.h"

namespace hq {
namespace {

constexpr std::string_view kNoCharacter = "\xef\xbf\xbd";  // U+FFFD.

// 501 bytes: what a person with a limit of 500 will write one day.
std::string KoreanReason() {
  std::string reason;
  for (int i = 0; i < 167; ++i) reason += "가";
  return reason;
}

TEST(ValidUtf8, LeavesWhatFitsAsItIs) {
  for (const std::string text : {"", "plain", "\n\"\\", "가나다", "é", "\U0001F525",
                                 "\u0800\uD7FF\uE000", "\U00010000\U0010FFFF", "\x7f"})
    EXPECT_EQ(ValidUtf8(text, text.size()), text);
  const std::string with_nul("a\0b", 3);
  EXPECT_EQ(ValidUtf8(with_nul, 3), with_nul);
}

TEST(ValidUtf8, CutsBetweenCharactersOnly) {
  const std::string flame = "\U0001F525";  // 4 bytes.
  ASSERT_EQ(flame.size(), 4u);
  const std::string text = "a" + flame + "z";
  EXPECT_EQ(ValidUtf8(text, 0), "");
  for (const std::size_t bytes_max : {1u, 2u, 3u, 4u}) EXPECT_EQ(ValidUtf8(text, bytes_max), "a");
  EXPECT_EQ(ValidUtf8(text, 5), "a" + flame);
  EXPECT_EQ(ValidUtf8(text, 6), text);
  EXPECT_EQ(ValidUtf8("가나", 5), "가");
  EXPECT_EQ(ValidUtf8(KoreanReason(), 500).size(), 498u);
}

TEST(ValidUtf8, SaysWhereBytesWereNone) {
  const std::string none(kNoCharacter);
  EXPECT_EQ(ValidUtf8("a\xffz", 100), "a" + none + "z");
  EXPECT_EQ(ValidUtf8("\x80", 100), none) << "nothing that it could go on from";
  EXPECT_EQ(ValidUtf8("\xc0\xaf", 100), none + none) << "longer than a slash needs to be";
  EXPECT_EQ(ValidUtf8("\xe0\x80\xaf", 100), none + none + none);
  EXPECT_EQ(ValidUtf8("\xf0\x8f\xbf\xbf", 100), none + none + none + none);
  EXPECT_EQ(ValidUtf8("\xed\xa0\x80", 100), none + none + none) << "half of a pair";
  EXPECT_EQ(ValidUtf8("\xf4\x90\x80\x80", 100), none + none + none + none) << "beyond Unicode";
  EXPECT_EQ(ValidUtf8("\xf5", 100), none);
  EXPECT_EQ(ValidUtf8("\xea\xb0z", 100), none + none + "z") << "the next character is kept";
  EXPECT_EQ(ValidUtf8("ab\xff", 4), "ab") << "the mark would not fit";
}

// What was cut by others before it came here.
TEST(ValidUtf8, MendsATextThatWasCutAtAnyByte) {
  const std::string flame = "\U0001F525";
  for (std::size_t kept = 1; kept < flame.size(); ++kept) {
    const std::string mended = ValidUtf8("x" + flame.substr(0, kept), 100);
    EXPECT_TRUE(mended.starts_with("x" + std::string(kNoCharacter))) << kept;
    EXPECT_EQ(mended.find(flame[0]), std::string::npos) << kept;
  }
}

TEST(ValidUtf8, IsWhatAMessageCanBeReadAgainWith) {
  for (const std::string& text : {KoreanReason(), std::string("a\xff\xea\xb0z")}) {
    decision::v1::CellLocked locked;
    locked.set_reason(ValidUtf8(text, kReasonBytesMax));
    decision::v1::CellLocked again;
    EXPECT_TRUE(again.ParseFromString(locked.SerializeAsString()));
    EXPECT_EQ(again.reason(), locked.reason());
  }
  decision::v1::CellLocked torn;
  torn.set_reason(KoreanReason().substr(0, kReasonBytesMax));
  decision::v1::CellLocked again;
  EXPECT_FALSE(again.ParseFromString(torn.SerializeAsString())) << "or nothing need be mended";
}

TEST(Reason, HasAtMostSoManyBytesAndSaysSo) {
  EXPECT_TRUE(CheckReason("x").ok());
  EXPECT_TRUE(CheckReason(ValidUtf8(KoreanReason(), kReasonBytesMax)).ok());
  EXPECT_TRUE(CheckReason(std::string(500, 'x')).ok());
  for (const std::string& refused : {std::string(), KoreanReason(), std::string(501, 'x')}) {
    const Status status = CheckReason(refused);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(AdviceOf(status).reason, "REASON_NEEDED");
    EXPECT_EQ(status.message(), "reason: must have 1 to 500 bytes");
  }
}

}  // namespace
}  // namespace hq
