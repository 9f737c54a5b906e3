#include "services/ledger/core/keys.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace hq::ledger::keys {
namespace {

TEST(KeysTest, NumbersSortAsNumbers) {
  std::vector<std::uint64_t> numbers = {0, 1, 255, 256, 65'535, 1ULL << 32, ~0ULL};
  std::vector<std::string> rows;
  for (const auto number : numbers) {
    rows.push_back(Number(number));
    EXPECT_EQ(LastNumber("prefix" + Number(number)), number);
  }
  EXPECT_TRUE(std::is_sorted(rows.begin(), rows.end()));
  EXPECT_FALSE(LastNumber("short").has_value());
}

TEST(KeysTest, OneNameIsNoPrefixOfAnother) {
  EXPECT_FALSE((OfStream("entry-koosy2") + Number(1)).starts_with(OfStream("entry-koosy")));
  EXPECT_NE(OfBranch("koosy"), OfEvent("koosy"));
}

TEST(KeysTest, CommandsOfDifferentCallersNeverMeet) {
  EXPECT_NE(OfCommand("ab", "c", "d"), OfCommand("a", "bc", "d"));
  EXPECT_NE(OfCommand("a", "b", "cd"), OfCommand("a", "bc", "d"));
}

}  // namespace
}  // namespace hq::ledger::keys
