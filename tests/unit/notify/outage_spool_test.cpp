// The spool on a real disk: what was taken is there again, half a line is not, a line is whole.
#include "services/notify/adapters/outage_spool.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "tests/support/temp_dir.hpp"

namespace hq::notify {
namespace {

SpooledEvent Intent(const std::string& target) {
  return IntentOf(DownNotice(1'000'000, "gone \"away\"\n한국"), 1'000'000, target, "env:C",
                  2'000'000);
}

class OutageSpoolTest : public ::testing::Test {
 protected:
  OutageSpool Open() { return *OutageSpool::Open(directory_ / "spool"); }
  std::string path() const { return directory_ / "spool/alarms.jsonl"; }
  std::string Content() const {
    std::ifstream file(path(), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  testing::TempDir directory_;
};

TEST_F(OutageSpoolTest, GivesBackWhatItTook) {
  SpooledEvent attempted = Intent("slack:critical");
  attempted.event.Clear();
  attempted.event.mutable_effect_attempted()->set_not_after_us(-5);
  {
    OutageSpool spool = Open();
    EXPECT_TRUE(spool.events().empty());
    ASSERT_TRUE(spool.Append({Intent("slack:critical"), Intent("kakao:hq")}).ok());
    ASSERT_TRUE(spool.Append({attempted}).ok());
  }
  const OutageSpool again = Open();
  ASSERT_EQ(again.events().size(), 3u);
  EXPECT_EQ(again.events()[1].delivery_id, Intent("kakao:hq").delivery_id);
  EXPECT_EQ(again.events()[1].event.SerializeAsString(),
            Intent("kakao:hq").event.SerializeAsString());
  EXPECT_EQ(again.events()[1].url_reference, "env:C");
  EXPECT_EQ(again.events()[1].at_us, 2'000'000);
  EXPECT_EQ(again.events()[1].outage_us, 1'000'000);
  EXPECT_EQ(again.events()[2].event.effect_attempted().not_after_us(), -5);
}

TEST_F(OutageSpoolTest, ATornLineIsCutOffWhereverItWasTorn) {
  {
    OutageSpool spool = Open();
    ASSERT_TRUE(spool.Append({Intent("slack:critical")}).ok());
  }
  const std::string whole = Content();
  {
    OutageSpool spool = Open();
    ASSERT_TRUE(spool.Append({Intent("kakao:hq"), Intent("slack:ops")}).ok());
  }
  const std::string both = Content();
  for (std::size_t size = whole.size(); size < both.size(); size += 37) {
    std::ofstream(path(), std::ios::binary) << both.substr(0, size);
    OutageSpool spool = Open();
    EXPECT_EQ(spool.events().size(), 1u) << "torn at " << size;
    ASSERT_TRUE(spool.Append({Intent("slack:ops")}).ok());
    EXPECT_EQ(Open().events().size(), 2u) << "what follows is not spoilt";
  }
}

TEST_F(OutageSpoolTest, ASpoiltLineCostsThatLineAlone) {
  {
    OutageSpool spool = Open();
    ASSERT_TRUE(spool.Append({Intent("slack:critical")}).ok());
  }
  const std::string good = Content();
  for (const char* bad :
       {"nonsense\n", "{}\n", "[{}]\n", "[1]\n", "\n", "[{\"delivery\":1}]\n",
        "[{\"delivery\":\"x\",\"at_us\":1,\"outage_us\":1,\"event\":{\"x\":1}}]\n"}) {
    std::ofstream(path(), std::ios::binary) << bad << good;
    EXPECT_EQ(Open().events().size(), 1u) << bad;
  }
}

TEST_F(OutageSpoolTest, IsReplacedAsAWhole) {
  OutageSpool spool = Open();
  ASSERT_TRUE(spool.Append({Intent("slack:critical"), Intent("kakao:hq")}).ok());
  ASSERT_TRUE(spool.Replace({Intent("kakao:hq")}).ok());
  ASSERT_TRUE(spool.Append({Intent("slack:ops")}).ok());
  EXPECT_EQ(spool.events().size(), 2u);
  EXPECT_EQ(Open().events().size(), 2u);
  ASSERT_TRUE(spool.Replace({}).ok());
  EXPECT_EQ(Content(), "");
  EXPECT_TRUE(Open().events().empty());
}

TEST_F(OutageSpoolTest, SaysWhereItCannotBe) {
  std::ofstream(directory_ / "spool") << "a file";
  EXPECT_TRUE(absl::IsUnavailable(OutageSpool::Open(directory_ / "spool").status()));
}

}  // namespace
}  // namespace hq::notify
