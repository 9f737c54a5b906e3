// The house itself: what it keeps over restarts, and what it says of programs that end.
#include "deploy/local/house/house.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <nlohmann/json.hpp>

#include "common/grpc/identity.hpp"
#include "deploy/local/house/blueprint.hpp"
#include "deploy/local/house/files.hpp"
#include "tests/support/temp_dir.hpp"

namespace hq::house {
namespace {

constexpr std::chrono::seconds kPatience(60);

Result<std::unique_ptr<House>> StartInbox(const testing::TempDir& directory) {
  HouseOptions options;
  options.directory = directory.path();
  options.bin = HQ_BIN_DIR;
  options.programs = {"inbox"};
  return House::Start(options);
}

TEST(House, KeepsPortsAndTokensWhenItIsOpenedAgain) {
  const testing::TempDir directory;
  std::string address;
  std::string token;
  for (int round = 0; round < 2; ++round) {
    const auto house = StartInbox(directory);
    ASSERT_TRUE(house.ok()) << house.status();
    const Status ready = (*house)->WaitReady(kPatience);
    ASSERT_TRUE(ready.ok()) << ready;
    if (round == 0) {
      address = (*house)->AddressOf("inbox");
      token = (*house)->TokenOf("ann").value();
    }
    EXPECT_EQ((*house)->AddressOf("inbox"), address);
    EXPECT_EQ((*house)->TokenOf("ann").value(), token);
    EXPECT_TRUE((*house)->StopAll().ok());
  }
}

TEST(House, GivesTwoHousesPortsOfTheirOwn) {
  const testing::TempDir one;
  const testing::TempDir other;
  const auto first = StartInbox(one);
  const auto second = StartInbox(other);
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_NE((*first)->AddressOf("inbox"), (*second)->AddressOf("inbox"));
}

TEST(House, ShowsTokensToTheirOwnerAloneAndDigestsToServices) {
  const testing::TempDir directory;
  const auto house = StartInbox(directory);
  ASSERT_TRUE(house.ok()) << house.status();
  struct stat status = {};
  ASSERT_EQ(stat((*house)->TokenFileOf("hana").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600);
  const auto principals = rpc::Principals::Load(directory / "principals.json");
  ASSERT_TRUE(principals.ok()) << principals.status();
  const auto hana = principals->Find((*house)->TokenOf("hana").value());
  ASSERT_TRUE(hana.has_value());
  EXPECT_EQ(hana->role, "branch_owner");
  EXPECT_TRUE(hana->MaySee("koosy"));
  EXPECT_FALSE(hana->MaySee("bari"));
  EXPECT_EQ(principals->CountRole("hq_admin"), 2u);
}

TEST(House, SaysHowProgramsEnded) {
  const testing::TempDir directory;
  const auto started = StartInbox(directory);
  ASSERT_TRUE(started.ok()) << started.status();
  House& house = **started;
  ASSERT_TRUE(house.WaitReady(kPatience).ok());
  const std::string address = house.AddressOf("inbox");

  ASSERT_TRUE(house.Kill("inbox").ok());
  EXPECT_FALSE(house.IsRunning("inbox"));
  ASSERT_TRUE(house.Launch("inbox").ok());
  ASSERT_TRUE(house.WaitReady(kPatience).ok());
  EXPECT_EQ(house.AddressOf("inbox"), address);
  EXPECT_FALSE(house.Launch("inbox").ok()) << "it runs already";
  EXPECT_EQ(house.Stop("inbox").value_or(-1), 0);

  // Without its setting it ends by itself, and whoever waits is told why.
  ASSERT_TRUE(house.Launch("inbox", {{"HQ_INBOX_DATA", ""}}).ok());
  const Status ready = house.WaitReady(kPatience);
  EXPECT_FALSE(ready.ok());
  EXPECT_NE(ready.ToString().find("HQ_INBOX_DATA"), std::string::npos) << ready;
  EXPECT_EQ(house.Fallen(), std::vector<std::string>{"inbox"});
}

TEST(House, CopiesTheFranchisesPolicyOfBackupsOnce) {
  const testing::TempDir directory;
  const std::string file = directory / "backup-policy.json";
  {
    const auto house = StartInbox(directory);
    ASSERT_TRUE(house.ok()) << house.status();
    const auto policy = ReadFile(file);
    ASSERT_TRUE(policy.ok()) << policy.status();
    const auto json = nlohmann::json::parse(*policy, nullptr, /*allow_exceptions=*/false);
    ASSERT_TRUE(json.is_object()) << *policy;
    EXPECT_EQ(json.at("ledger"), (nlohmann::json{{"daily", true}, {"target", "r2://hq-backup"}}));
  }
  ASSERT_TRUE(WriteFile(file, "{}").ok());
  const auto again = StartInbox(directory);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(ReadFile(file).value_or(""), "{}") << "what a person changed there stays";
}

TEST(Blueprint, GivesTheLedgerAnArchiveAndAPolicyOfBackups) {
  const testing::TempDir directory;
  const auto credentials = Credentials::Open(directory.path());
  ASSERT_TRUE(credentials.ok()) << credentials.status();
  ASSERT_TRUE(MakeDirectory(directory / "ports").ok());
  Ports ports(directory / "ports");
  const Blueprint blueprint(directory.path(), HQ_BIN_DIR, *credentials, ports);
  const auto ledger = blueprint.EnvironmentOf("ledger");
  ASSERT_TRUE(ledger.ok()) << ledger.status();
  EXPECT_EQ(ledger->at("HQ_ARCHIVE"), "dir:" + (directory / "archive"));
  EXPECT_EQ(ledger->at("HQ_DATA_DIR"), directory / "data/ledger") << "which is not around it";
  EXPECT_EQ(ledger->at("HQ_BACKUP_POLICY_FILE"), directory / "backup-policy.json");
  for (const std::string& other : Blueprint::Names()) {
    const auto environment = blueprint.EnvironmentOf(other);
    ASSERT_TRUE(environment.ok()) << environment.status();
    EXPECT_EQ(environment->contains("HQ_ARCHIVE"), other == "ledger") << other;
  }
}

}  // namespace
}  // namespace hq::house
