// What hqctl understands, what it says to what it does not, and what its tables look like.
#include "cli/command_line.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/exit_code.hpp"
#include "cli/franchise_files.hpp"
#include "cli/output.hpp"
#include "cli/suggestion.hpp"

namespace hq::cli {
namespace {

using ::testing::HasSubstr;

std::variant<Invocation, Usage> Parse(std::vector<const char*> words) {
  words.insert(words.begin(), "hqctl");
  return ParseCommandLine(static_cast<int>(words.size()), words.data());
}

Invocation Parsed(const std::vector<const char*>& words) {
  const auto parsed = Parse(words);
  if (const auto* usage = std::get_if<Usage>(&parsed)) {
    ADD_FAILURE() << usage->text;
    return {};
  }
  return std::get<Invocation>(parsed);
}

std::string Fault(const std::vector<const char*>& words) {
  const auto parsed = Parse(words);
  const auto* usage = std::get_if<Usage>(&parsed);
  EXPECT_TRUE(usage && usage->is_error);
  return usage ? usage->text : "";
}

TEST(CommandLine, KnowsItsCommands) {
  EXPECT_EQ(Parsed({"ledger", "status", "--json"}).command, "ledger status");
  const auto plan = Parsed({"rollout", "plan", "r-1", "--json", "--timeout", "2.5"});
  EXPECT_EQ(plan.command, "rollout plan");
  EXPECT_EQ(plan.release, "r-1");
  EXPECT_TRUE(plan.is_json);
  EXPECT_EQ(plan.timeout, std::chrono::milliseconds(2'500));

  const auto on = Parsed({"kill-switch", "on", "--reason", "odd traffic"});
  EXPECT_EQ(on.command, "kill-switch on");
  EXPECT_EQ(on.scope, "global");
  EXPECT_EQ(on.reason, "odd traffic");
  EXPECT_EQ(Parsed({"kill-switch", "off", "--scope", "koosy", "--reason", "x"}).scope, "koosy");

  const auto append = Parsed({"ledger", "append", "--branch", "koosy", "--event", "llm_generate",
                              "--tokens", "1520", "--cost", "0.02736"});
  EXPECT_EQ(append.tokens, 1520);
  EXPECT_EQ(append.cost, "0.02736");
  // The ledger refuses it, with a reason; hqctl has no opinion of its own.
  EXPECT_EQ(Parsed({"ledger", "append", "--branch", "a", "--event", "b", "--tokens", "-1"}).tokens,
            -1);

  EXPECT_EQ(Parsed({"ledger", "tail", "--last", "5", "-f"}).last, 5u);
  const auto importing = Parsed({"ledger", "import", "ledger.jsonl", "--dry-run"});
  EXPECT_EQ(importing.command, "ledger import");
  EXPECT_EQ(importing.file, "ledger.jsonl");
  EXPECT_TRUE(importing.is_dry_run);
  EXPECT_EQ(Parsed({"ledger", "import", "-"}).file, "-");
  const auto exported = Parsed({"ledger", "export", "--category", "entry", "-o", "out.jsonl"});
  EXPECT_EQ(exported.category, "entry");
  EXPECT_EQ(exported.file, "out.jsonl");
  EXPECT_EQ(Parsed({"--json", "usage", "--branch", "koosy"}).branch, "koosy");
  EXPECT_EQ(Parsed({"rollback", "--target", "TXN-20260118-001", "--reason", "x"}).target,
            "TXN-20260118-001");
}

TEST(CommandLine, SuggestsWhatWasMeant) {
  EXPECT_THAT(Fault({"celss"}), HasSubstr("Did you mean `cells`?"));
  EXPECT_THAT(Fault({"rollout", "wacth", "x"}), HasSubstr("Did you mean `watch`?"));
  EXPECT_THAT(Fault({"usage", "--brnach", "koosy"}), HasSubstr("Did you mean `--branch`?"));
  EXPECT_THAT(Fault({"kill-switch", "on"}), HasSubstr("--reason"));
  EXPECT_THAT(Fault({}), HasSubstr("hqctl --help"));
  EXPECT_THAT(Fault({"ledger", "append", "--branch", "a", "--event", "b", "--tokens", "many"}),
              HasSubstr("--tokens"));
  EXPECT_THAT(Fault({"--token", "secret", "cells"}), HasSubstr("--token"));
}

TEST(CommandLine, HelpShowsExamplesAndExitCodes) {
  const auto parsed = Parse({"--help"});
  const auto* usage = std::get_if<Usage>(&parsed);
  ASSERT_TRUE(usage);
  EXPECT_FALSE(usage->is_error);
  for (const char* part : {"Examples:", "Exit codes:", "HQ_TOKEN_FILE", "rollout",
                           "too much at once", "6 a service", "tail --follow a year"})
    EXPECT_THAT(usage->text, HasSubstr(part));
}

TEST(NearestWord, IsNearOrNothing) {
  EXPECT_EQ(NearestWord("appyl", {"apply", "append"}), "apply");
  EXPECT_EQ(NearestWord("deliv", {"apply", "deliveries"}), "deliveries");
  EXPECT_EQ(NearestWord("xyzzy", {"apply", "deliveries"}), "");
  EXPECT_EQ(NearestWord(std::string(10'000, 'x'), {"apply"}), "");
}

TEST(Table, AlignsKoreanAndDisarmsControlCharacters) {
  Table table({"CELL", "WHY"});
  table.Add({"가게", "a\x1b[31mred\n2"});
  table.Add({"koosy", "b"});
  EXPECT_EQ(table.Text(false),
            "CELL   WHY\n"
            "가게   a?[31mred 2\n"
            "koosy  b\n");
}

TEST(ExitCode, FollowsTheKindOfFailure) {
  EXPECT_EQ(ExitCodeOf(absl::OkStatus()), 0);
  EXPECT_EQ(ExitCodeOf(absl::InternalError("")), 1);
  EXPECT_EQ(ExitCodeOf(absl::InvalidArgumentError("")), 2);
  EXPECT_EQ(ExitCodeOf(absl::NotFoundError("")), 3);
  EXPECT_EQ(ExitCodeOf(absl::PermissionDeniedError("")), 4);
  EXPECT_EQ(ExitCodeOf(absl::UnauthenticatedError("")), 4);
  EXPECT_EQ(ExitCodeOf(absl::FailedPreconditionError("")), 5);
  EXPECT_EQ(ExitCodeOf(absl::AbortedError("")), 5);
  EXPECT_EQ(ExitCodeOf(absl::UnavailableError("")), 6);
  EXPECT_EQ(ExitCodeOf(absl::DeadlineExceededError("")), 6);
}

TEST(FranchiseFiles, EachHasTheServiceThatReadsIt) {
  const auto files = ReadFranchise(std::string(HQ_SOURCE_DIR) + "/deploy/local/franchise");
  ASSERT_TRUE(files.ok()) << files.status();
  std::map<std::string, std::string> owners;
  for (const auto& file : *files) owners[file.path] = NameOf(file.owner);
  EXPECT_EQ(owners["recovery/backup-policy.json"], "ledger");
  EXPECT_EQ(owners["recovery/health-check.json"], "sync");
  for (const auto& [path, owner] : owners)
    EXPECT_EQ(owner == "-", path.find("/schemas/") != std::string::npos) << path;
}

}  // namespace
}  // namespace hq::cli
