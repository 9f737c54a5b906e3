// Goal: whatever step of the write path, or of the paths beside it, the ledger is killed at, what
// was acknowledged is there once and as it was, the chain and the tree hold, readers need not begin
// again, and NATS has been told of everything once. Method: the real process, killed at its fault
// points one after the other in an order and at a passing that are drawn, each time started again
// on what the kill before left; clients that write chains, and one that stores content, imports
// documents and has backups made.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <optional>
#include <random>
#include <string>

#include "tests/crash/companion.hpp"
#include "tests/crash/crash_trial.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/seed.hpp"
#include "tests/support/soak.hpp"
#include "tests/support/test_ledger.hpp"

namespace hq::testing {
namespace {

// A place, and at which of its passings a kill may be asked for: some are not passed often, and
// some are passed otherwise at first.
struct KillPoint {
  const char* name;
  int passings_max;
  int passings_min = 1;
};

struct Path {
  const char* name;
  std::vector<KillPoint> points;
};

void PrintTo(const Path& path, std::ostream* out) { *out << path.name; }

const std::vector<Path>& Paths() {
  static const auto* paths = new std::vector<Path>{
      {"Write",
       {{"ledger.enqueue.before", 40},
        {"ledger.enqueue.after", 40},
        {"ledger.stage.before", 40},
        {"ledger.stage.after", 40},
        {"ledger.commit.before", 40},
        {"ledger.commit.after", 40},
        {"ledger.publish.after", 40},
        {"ledger.reply.before", 40},
        {"ledger.reply.after", 40}}},
      // By a client that is alone, beyond the appends that show that he is.
      {"WriteAlone",
       {{"ledger.enqueue.before", 200, 30},
        {"ledger.stage.before", 200, 30},
        {"ledger.stage.after", 200, 30},
        {"ledger.commit.before", 200, 30},
        {"ledger.commit.after", 200, 30},
        {"ledger.publish.after", 200, 30},
        {"ledger.reply.before", 200, 30},
        {"ledger.reply.after", 200, 30}}},
      {"Announce",
       {{"ledger.announce.before", 10},
        {"ledger.announce.last.before", 10},
        {"ledger.announce.after", 10},
        {"ledger.announce.hint.after", 10}}},
      {"Checkpoint",
       {{"ledger.checkpoint.sign.before", 10},
        {"ledger.checkpoint.sign.after", 10},
        {"ledger.checkpoint.keep.before", 2},
        {"ledger.checkpoint.keep.after", 2},
        {"file.rename.before", 2},
        {"file.rename.after", 2}}},
      {"Index", {{"ledger.index.write.before", 2}, {"ledger.index.write.after", 2}}},
      {"Content", {{"ledger.blob.put.before", 4}, {"ledger.blob.put.after", 4}}},
      {"Document",
       {{"ledger.spool.before", 4}, {"ledger.spool.after", 4}, {"ledger.import.batch", 4}}},
      {"Segment",
       {{"ledger.segment.put.before", 3},
        {"ledger.segment.put.after", 3},
        {"ledger.archive.rename.before", 3},
        {"ledger.archive.rename.after", 3}}},
      // An image is made once a day: each of these kills leaves it to be made again.
      {"Image",
       {{"ledger.image.make.before", 1},
        {"ledger.image.make.after", 1},
        {"ledger.image.part.after", 4},
        {"ledger.image.manifest.before", 1},
        {"ledger.image.manifest.after", 1}}},
  };
  return *paths;
}

class CrashPointSoak : public ::testing::TestWithParam<Path> {
 protected:
  CrashPointSoak() {
    std::ofstream(directory_ / "policy.json") << R"({"ledger":{"segmentIntervalSeconds":1}})";
    trial_.ledger().Set("HQ_ARCHIVE", "dir:" + (directory_ / "archive"));
    trial_.ledger().Set("HQ_BACKUP_POLICY_FILE", directory_ / "policy.json");
  }

  // In an order that is drawn, but for the image's, whose steps lead from one to the next.
  std::vector<KillPoint> Drawn() {
    std::vector<KillPoint> points = GetParam().points;
    if (std::string(GetParam().name) != "Image")
      std::shuffle(points.begin(), points.end(), random_);
    return points;
  }

  void KillAt(const KillPoint& point) {
    const int passing =
        std::uniform_int_distribution<int>(point.passings_min, point.passings_max)(random_);
    const std::string fault = std::string(point.name) + ":" + std::to_string(passing);
    trial_.ledger().Start(fault);
    constexpr std::chrono::seconds kPatience(60);
    ASSERT_TRUE(Eventually([this] { return trial_.ledger().WasKilled(); }, kPatience))
        << fault << " is not reached\n"
        << trial_.ledger().Log();
    trial_.ledger().Kill();
  }

  std::mt19937_64 random_{Seed()};
  TempDir directory_;
  NatsServer nats_;
  CrashTrial trial_{nats_};
};

TEST_P(CrashPointSoak, KilledThereItGoesOnAsIfNothingHadBeen) {
  const std::string path = GetParam().name;
  const bool is_image = path == "Image";
  const bool is_alone = path == "WriteAlone";
  trial_.Begin(is_alone ? 1 : 2);
  std::optional<Companion> companion;
  if (!is_alone) companion.emplace(trial_.ledger().address(), TokenOf("ann"), random_());
  for (int round = 0; round < Rounds(1, is_image ? 1 : 25); ++round) {
    for (const KillPoint& point : Drawn()) ASSERT_NO_FATAL_FAILURE(KillAt(point));
    trial_.ledger().Start();
    ASSERT_TRUE(trial_.AwaitMore(5)) << trial_.ledger().Log();
    trial_.ExpectNothingIsLost(false);
    if (round + 1 < Rounds(1, is_image ? 1 : 25)) trial_.ledger().Kill();
  }
  if (companion) {
    companion->Stop();
    EXPECT_EQ(companion->Check(), absl::OkStatus()) << trial_.ledger().Log();
  }
  trial_.ExpectNothingIsLost();
  EXPECT_EQ(trial_.ledger().Stop(), 0) << trial_.ledger().Log();
  // With backups at an end, nothing is added any more, and the announcer can come up to it.
  trial_.ledger().Set("HQ_ARCHIVE", "");
  trial_.ledger().Start();
  const auto head = AuditLedger(trial_.ledger().address(), TokenOf("ann"), trial_.Told());
  ASSERT_TRUE(head.ok()) << head.status();
  EXPECT_TRUE(IsAnnouncedOnce(nats_, *head)) << trial_.ledger().Log();
  EXPECT_EQ(trial_.ledger().Stop(), 0) << trial_.ledger().Log();
}

INSTANTIATE_TEST_SUITE_P(, CrashPointSoak, ::testing::ValuesIn(Paths()),
                         [](const auto& path) { return path.param.name; });

}  // namespace
}  // namespace hq::testing
