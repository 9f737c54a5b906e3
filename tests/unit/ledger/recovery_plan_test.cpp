// Goal: of everything that can be found on a ledger's machine, only what is proven is done, and the
// rest is told to a person with the commands to be run. Method: findings as given, the rung as
// expected.
#include "services/ledger/core/recovery_plan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "common/base/ids.hpp"
#include "common/witness/signing_key.hpp"
#include "services/ledger/adapters/checkpoint_files.hpp"
#include "services/ledger/adapters/recovery/vouched_files.hpp"
#include "services/ledger/core/recovery_report.hpp"
#include "tests/support/key_file.hpp"

namespace hq::ledger {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using Condition = StoreFinding::Condition;

Findings Store(Condition condition, Position end) {
  Findings findings;
  findings.store = {condition, condition == Condition::kSound ? "" : "STORE_DAMAGED", "x", 1, end};
  return findings;
}

Findings Vouched(Findings findings, std::uint64_t size) {
  findings.vouched.push_back({"checkpoint", 1, {size, std::string(32, 'r')}});
  return findings;
}

Findings Source(Findings findings, const std::string& name, Position end,
                const std::string& fault = "") {
  findings.sources.push_back({name, end, fault});
  return findings;
}

// The rung, and '!' behind it if it may be done unattended.
std::string Planned(const Findings& findings, const Attempt* attempt = nullptr) {
  const RecoveryPlan plan = PlanRecovery(findings, attempt);
  return NameOf(plan.rung) + (plan.is_safe_unattended ? "!" : "");
}

const Attempt kFits{{}, 20, ""};
const Attempt kShort{{}, 15, "only up to 15"};

TEST(RecoveryPlan, OpensWhatLacksNothing) {
  EXPECT_EQ(Planned(Store(Condition::kSound, 0)), "open");
  EXPECT_EQ(Planned(Source(Vouched(Store(Condition::kSound, 20), 20), "archive", 19)), "open");
}

TEST(RecoveryPlan, TouchesNothingWhereAWitnessKnowsAnotherLedger) {
  for (Findings findings : {Store(Condition::kSound, 20), Vouched(Store(Condition::kSound, 10), 20),
                            Vouched(Store(Condition::kEmptied, 0), 20)}) {
    findings.other_ledger = "hq-os/lost";
    EXPECT_EQ(Planned(findings, &kFits), "audit");
    RecoveryReport report;
    report.data_dir = "/data";
    report.findings = findings;
    report.plan = PlanRecovery(findings, &kFits);
    EXPECT_EQ(report.plan.cause, "OTHER_LEDGER");
    EXPECT_THAT(report.NextSteps(), Contains(HasSubstr("'/data/witnessed_other'")));
    EXPECT_THAT(report.Markdown(), HasSubstr("Mount the disk of hq-os/lost"));
  }
}

TEST(RecoveryPlan, RepairsWhatIsProvenAndAloneOnlyWhatPutsNothingAside) {
  EXPECT_EQ(Planned(Vouched(Store(Condition::kSound, 10), 20), &kFits), "repair!");
  EXPECT_EQ(Planned(Vouched(Store(Condition::kEmptied, 0), 20), &kFits), "repair!");
  EXPECT_EQ(Planned(Vouched(Store(Condition::kBroken, 10), 20), &kFits), "repair");
  EXPECT_EQ(Planned(Source(Vouched(Store(Condition::kSound, 10), 10), "archive", 20), &kFits),
            "repair!");
}

TEST(RecoveryPlan, GoesDownTheLadderWhereItIsNotProven) {
  const Findings behind = Vouched(Store(Condition::kSound, 10), 20);
  EXPECT_EQ(Planned(behind, &kShort), "audit");
  EXPECT_EQ(Planned(Source(behind, "archive", 15), &kShort), "restore");
  EXPECT_EQ(Planned(Source(behind, "announcements", 15), &kShort), "audit");
  // Nothing signed says what it must be, so nothing is a proof.
  EXPECT_EQ(Planned(Source(Store(Condition::kEmptied, 0), "archive", 20), &kFits), "restore");
  EXPECT_EQ(Planned(Source(Store(Condition::kEmptied, 0), "announcements", 20), &kFits), "audit");
}

TEST(RecoveryPlan, DoesNothingWhileASourceIsSilent) {
  const Findings behind = Vouched(Store(Condition::kSound, 10), 20);
  EXPECT_EQ(Planned(Source(Source(behind, "archive", 20), "announcements", 0, "away"), &kFits),
            "audit");
}

TEST(RecoveryPlan, DoesARepairAgainThatWasBrokenOff) {
  Findings findings = Vouched(Store(Condition::kSound, 15), 10);
  EXPECT_EQ(Planned(findings), "open");
  findings.store.repairing_to = 20;
  EXPECT_TRUE(NeedsRecords(findings));
  EXPECT_EQ(Planned(findings, &kFits), "repair!");
  EXPECT_EQ(PlanRecovery(findings, &kFits).cause, "REPAIR_UNFINISHED");
  EXPECT_EQ(Planned(Source(findings, "archive", 0, "away"), &kFits), "audit");
  // It had come to its end but for the last word.
  findings.store.end = 20;
  EXPECT_EQ(Planned(findings, &kFits), "repair!");
  // What it had found is not there any more: a person says whether that is given up.
  findings.store.repairing_to = 30;
  EXPECT_EQ(Planned(findings, &kFits), "repair");
  EXPECT_THAT(PlanRecovery(findings, &kFits).why, HasSubstr("behind position 20"));
}

TEST(RecoveryPlan, LeavesAGivenUpLifeAlone) {
  Findings findings = Vouched(Store(Condition::kBroken, 10), 20);
  findings.later_life.push_back({"the archive", 2, {}});
  EXPECT_EQ(Planned(findings, &kFits), "audit");
  EXPECT_EQ(PlanRecovery(findings, &kFits).cause, "LATER_LIFE");
}

TEST(RecoveryPlan, PutsAFileAsideIfSomethingElseThatIsSignedSpeaksForTheStore) {
  Findings findings = Store(Condition::kSound, 20);
  findings.files.push_back({"checkpoint", "no note"});
  EXPECT_EQ(Planned(findings), "audit");
  EXPECT_EQ(Planned(Vouched(findings, 20)), "repair");
  EXPECT_EQ(Planned(Vouched(findings, 30), &kFits), "repair");  // Never unattended.
  findings.files.push_back({"signing.key", "no key", false});
  const RecoveryPlan plan = PlanRecovery(Vouched(findings, 20), nullptr);
  EXPECT_EQ(NameOf(plan.rung), "audit");
  EXPECT_EQ(plan.cause, "FILE_IRREPLACEABLE");
  EXPECT_EQ(plan.why, "signing.key: no key");
}

TEST(RecoveryReport, SaysWhatIsKnownGoodAndWhichCommandsToRun) {
  RecoveryReport report;
  report.data_dir = "/var/lib/hq/ann's";
  report.findings = Source(Vouched(Vouched(Store(Condition::kBroken, 10), 20), 12), "archive", 15);
  report.attempt = kShort;
  report.attempt->stretches = {{"archive", 1, 15}};
  report.plan = PlanRecovery(report.findings, &kShort);
  EXPECT_EQ(report.KnownGoodTo(), 12u);
  EXPECT_THAT(report.NextSteps(),
              Contains("hq-ledger restore --to 15 --into '/var/lib/hq/ann'\\''s.restored' "
                       "--log-key '/var/lib/hq/ann'\\''s/signing.pub' --witnessed 20 --why "
                       "'STORE_DAMAGED'"));
  const std::string text = report.Markdown();
  EXPECT_THAT(text, HasSubstr("Proven by a signed head up to position 12."));
  EXPECT_THAT(text, HasSubstr("Positions 13 to 15 follow on from there by their links"));
  EXPECT_THAT(text, HasSubstr("It does not fit: only up to 15."));
  const auto json = nlohmann::json::parse(report.Json());
  EXPECT_EQ(json["rung"], "restore");
  EXPECT_EQ(json["known_good_to"], 12);
  EXPECT_EQ(json["stretches"][0]["last"], 15);
  EXPECT_EQ(json["next_steps"].size(), 3u);
}

TEST(VouchedFiles, OnStartOnlyAKnownWitnessSpeaksOfAnotherLedger) {
  testing::TempDir directory;
  const auto witness = SigningKey::FromFile(
      testing::KeyFile(directory, "witness.key", std::string(32, 'w')), "billing");
  ASSERT_TRUE(witness.ok()) << witness.status();
  const std::string text =
      Checkpoint{"hq-os/another", {5, Sha256("root")}, {EpochLine(1)}}.Format();
  RecoverySettings settings;
  settings.data_dir = directory / "data";
  settings.key_file = directory / "signing.key";
  ASSERT_TRUE(CheckpointFiles(settings.data_dir)
                  .StoreWitnessedOther(FormatSignedNote({text, {witness->Cosign(text, 1)}}))
                  .ok());
  const auto other_ledger = [&] {
    const auto files = ReadVouchedFiles(settings);
    return files.ok() ? files->other_ledger : files.status().ToString();
  };
  EXPECT_EQ(other_ledger(), "hq-os/another") << "a person has named no witness";
  settings.is_unattended = true;
  EXPECT_EQ(other_ledger(), "") << "it is a witness no more";
  settings.witness_keys_file = directory / "witnesses";
  std::ofstream(settings.witness_keys_file)
      << witness->PublicKey(KeyType::kCosignatureV1).Format() << "\n";
  EXPECT_EQ(other_ledger(), "hq-os/another");
}

}  // namespace
}  // namespace hq::ledger
