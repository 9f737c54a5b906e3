// Goal: hqctl tells whether the ledger is to be believed, and writes proofs that others can check.
// Method: its commands run in this process, against a ledger that goes back behind its back.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "cli/exit_code.hpp"
#include "cli/run.hpp"
#include "tests/integration/ledger/proof_ledger.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/verifier.hpp"

namespace hq::testing {
namespace {

class LedgerVerifyTest : public ::testing::Test {
 protected:
  struct Said {
    int exit_code = 0;
    std::string out;
    std::string error;
  };

  void SetUp() override {
    Start();
    setenv("HQ_TOKEN", TokenOf("audrey").c_str(), 1);
    setenv("XDG_CONFIG_HOME", (ledger_.directory() / "config").c_str(), 1);
  }
  void TearDown() override {
    for (const char* name : {"HQ_TOKEN", "HQ_LEDGER", "XDG_CONFIG_HOME"}) unsetenv(name);
  }

  void Start() {
    const Status started = ledger_.Start();
    ASSERT_TRUE(started.ok()) << started;
    setenv("HQ_LEDGER", ledger_.address().c_str(), 1);
  }

  static Said Hqctl(std::vector<std::string> words) {
    words.insert(words.begin(), {"hqctl", "ledger"});
    std::vector<const char*> arguments;
    for (const std::string& word : words) arguments.push_back(word.c_str());
    ::testing::internal::CaptureStdout();
    ::testing::internal::CaptureStderr();
    Said said;
    said.exit_code = cli::Run(static_cast<int>(arguments.size()), arguments.data());
    said.out = ::testing::internal::GetCapturedStdout();
    said.error = ::testing::internal::GetCapturedStderr();
    return said;
  }

  // Until the latest checkpoint covers it.
  void Append(int count, const std::string& event = "page_seen") {
    const Position last = ledger_.Append(count, "koosy", event);
    ledger::v1::GetCheckpointRequest request;
    request.set_min_size(last);
    ledger::v1::GetCheckpointResponse response;
    const Status status =
        ledger_.Call(&ledger::v1::ProofService::Stub::GetCheckpoint, request, response);
    ASSERT_TRUE(status.ok()) << status;
  }

  FakeClock clock_;
  ProofLedger ledger_{clock_};
};

TEST_F(LedgerVerifyTest, ProvesARecordToWhoeverHasTheDocument) {
  Append(40);
  const std::string path = ledger_.directory() / "proof.json";
  const Said proved = Hqctl({"prove", "17", "--out", path});
  EXPECT_EQ(proved.exit_code, 0) << proved.error;
  EXPECT_NE(proved.error.find("trusted from now on"), std::string::npos) << proved.error;
  const auto outcome = RunVerifier(path);
  EXPECT_EQ(outcome.lines, std::vector<std::string>{"valid"});
  const Said by_id = Hqctl({"prove", "TXN-20260116-003"});
  EXPECT_EQ(by_id.exit_code, 0) << by_id.error;
  EXPECT_EQ(by_id.error.find("trusted from now on"), std::string::npos) << by_id.error;
  EXPECT_EQ(nlohmann::json::parse(by_id.out)["index"], 2);
  EXPECT_EQ(Hqctl({"prove", "41"}).exit_code, 3);
}

TEST_F(LedgerVerifyTest, ShowsTheCheckpointAsItIsSigned) {
  Append(2);
  const Said shown = Hqctl({"checkpoint"});
  EXPECT_EQ(shown.exit_code, 0) << shown.error;
  EXPECT_TRUE(ledger::OpenCheckpoint(shown.out, ledger_.transparency().signer().key()).ok())
      << shown.out;
  const Said json = Hqctl({"checkpoint", "--json"});
  EXPECT_EQ(nlohmann::json::parse(json.out)["note"], shown.out);
}

TEST_F(LedgerVerifyTest, FindsOutWhenTheLedgerWentBack) {
  Append(5);
  EXPECT_EQ(Hqctl({"verify"}).exit_code, 0);
  ledger_.Stop();
  ledger_.PutAside("old");
  Start();
  Append(5);
  const Said full = Hqctl({"verify", "--full"});
  EXPECT_EQ(full.exit_code, 0) << full.error;
  EXPECT_NE(full.out.find("verified: 10 records"), std::string::npos) << full.out;
  ledger_.Stop();
  ledger_.BringBackAll("old");
  Start();
  const Said behind = Hqctl({"verify"});
  EXPECT_EQ(behind.exit_code, 1) << behind.out;
  EXPECT_NE(behind.error.find("LEDGER_BEHIND"), std::string::npos) << behind.error;
  Append(10, "page_left");
  const Said diverged = Hqctl({"verify", "--json"});
  EXPECT_EQ(diverged.exit_code, 1) << diverged.out;
  EXPECT_EQ(nlohmann::json::parse(diverged.error)["error"]["reason"], "LEDGER_DIVERGED");
}

TEST_F(LedgerVerifyTest, BelievesTheKeyThatItIsGivenAndNoOther) {
  Append(1);
  const std::string key = ledger_.transparency().signer().key().Format();
  const std::string state = ledger_.directory() / "state";
  const Said given = Hqctl({"verify", "--log-key", key, "--state", state, "--json"});
  EXPECT_EQ(given.exit_code, 0) << given.error;
  EXPECT_EQ(nlohmann::json::parse(given.out)["log_key"], key);
  ledger::VerifierKey other = ledger_.transparency().signer().key();
  other.public_key[0] ^= 1;
  const Said refused = Hqctl({"verify", "--log-key", other.Format(), "--state", state});
  EXPECT_EQ(refused.exit_code, 4) << refused.error;
  EXPECT_NE(refused.error.find("NOT_SIGNED"), std::string::npos) << refused.error;
  EXPECT_EQ(Hqctl({"verify", "--log-key", "x"}).exit_code, 2);
}

// While it waits for its witness the ledger refuses with advice of its own, which cannot know the
// id that hqctl gave the command.
TEST_F(LedgerVerifyTest, AChangeThatEndsUnavailableIsToldTheIdToRepeatItWith) {
  runtime::Metrics metrics;
  ledger_.Stop();
  ledger_.ListenTo({"billing"}, metrics);
  Start();
  setenv("HQ_TOKEN", TokenOf("ann").c_str(), 1);
  const std::vector<std::string> append = {"append",  "--branch",  "koosy",
                                           "--event", "page_seen", "--json"};
  const Said refused = Hqctl(append);
  EXPECT_EQ(refused.exit_code, cli::kUnavailable) << refused.error;
  const auto error = nlohmann::json::parse(refused.error)["error"];
  EXPECT_EQ(error["reason"], "WITNESSES_AWAITED");
  const std::string advice = error["next_step"];
  EXPECT_TRUE(advice.starts_with("Try again in a moment")) << advice;
  const std::string before = "repeat it with --command-id ";
  const std::string after = ", which is safe.";
  const auto begin = advice.find(before);
  ASSERT_TRUE(begin != std::string::npos && advice.ends_with(after)) << advice;
  const auto id_begin = begin + before.size();
  const std::string id = advice.substr(id_begin, advice.size() - after.size() - id_begin);
  EXPECT_FALSE(id.empty());
  const Said read = Hqctl({"head"});
  EXPECT_EQ(read.exit_code, cli::kUnavailable) << read.error;
  EXPECT_EQ(read.error.find("--command-id"), std::string::npos) << "there is nothing to repeat";

  const auto witness = ledger_.WitnessOf("billing", metrics);
  ASSERT_TRUE(witness.ok()) << witness.status();
  ASSERT_TRUE(Eventually([&] { return (*witness)->Look().ok(); }));
  std::vector<std::string> again = append;
  again.insert(again.end(), {"--command-id", id});
  const Said first = Hqctl(again);
  ASSERT_EQ(first.exit_code, cli::kOk) << first.error;
  const Position head = ledger_.log().Head().head().position();
  const Said second = Hqctl(again);
  EXPECT_EQ(second.exit_code, cli::kOk) << second.error;
  EXPECT_EQ(ledger_.log().Head().head().position(), head);
}

TEST_F(LedgerVerifyTest, WhoSeesOneCellCannotHashItAll) {
  Append(1);
  ledger_.Append(1, "papafly");
  Append(1);
  setenv("HQ_TOKEN", TokenOf("owner-koosy").c_str(), 1);
  EXPECT_EQ(Hqctl({"verify"}).exit_code, 0);
  const Said full = Hqctl({"verify", "--full"});
  EXPECT_EQ(full.exit_code, 4);
  EXPECT_NE(full.error.find("NOT_ALL_RECORDS"), std::string::npos) << full.error;
}

}  // namespace
}  // namespace hq::testing
