// Goal: when the power goes, at any moment, the ledger has everything that it acknowledged, opens
// on what is left by its strict rules, and holds nothing that is half. The same harness shows that
// a server that acknowledges before it syncs does lose what it acknowledged.
//
// Method, and why it is sound. The data directory is on a real file system on a loop device. What
// lies under that device is a disk in memory with a volatile write cache (CachedDisk): it knows
// every write that the kernel has given to it, in order, and every flush. Three layers can lose a
// write when the power goes, and all three are there:
//   what a process has not written: the process is killed;
//   what the kernel has not given to the disk, the dirty pages: they belong to a mount that is
//   thrown away, and the new one is a mount of another file, so no page of the old one can be seen;
//   what the disk has not made durable, the writes since the last flush that was answered: each is
//   drawn to have reached the medium, not to have, or to have in part, down to a sector.
// The cut is one moment, under the disk's lock: it needs no copy of the disk, which could not be
// taken at one moment, and no freezing of the file system, which would write out what is to be
// lost. After it every request of the old mount fails, so nothing that the ledger says then can
// rest on a write that is not in the image: all that clients were ever told is demanded, not only
// what they were told before the cut. The same failing makes a ledger that outlives the cut end by
// itself. What is left is mounted, by which the file system recovers from its journal, and a ledger
// opens on it. A file system that did not flush where fdatasync asks for it would fail this test
// too; the kernel's are believed to.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

#include "services/ledger/adapters/nats_announcement_stream.hpp"
#include "tests/crash/crash_trial.hpp"
#include "tests/crash/power_cut_disk.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/seed.hpp"
#include "tests/support/soak.hpp"
#include "tests/support/test_ledger.hpp"

namespace hq::testing {
namespace {

class PowerFailSoak : public ::testing::TestWithParam<FileSystem> {
 protected:
  // One life of a disk: as many cuts, each on what the one before has left.
  void RunLife(int cuts) {
    PowerCutDisk disk(GetParam());
    CrashTrial trial;
    trial.ledger().Set("HQ_DATA_DIR", disk.path() + "/data");
    trial.Begin(4);
    for (int cut = 0; cut < cuts; ++cut) {
      ASSERT_NO_FATAL_FAILURE(CutOnce(disk, trial));
      trial.ledger().Start();
      ASSERT_TRUE(trial.AwaitMore(1)) << trial.ledger().Log();
      trial.ExpectNothingIsLost(false);
      trial.ledger().Kill();
      ASSERT_FALSE(HasFailure());
    }
    trial.ledger().Start();
    ASSERT_TRUE(trial.AwaitMore(1)) << trial.ledger().Log();
    trial.ExpectNothingIsLost();
    EXPECT_EQ(trial.ledger().Stop(), 0) << trial.ledger().Log();
  }

  // While it opens, or under load; then it is killed with the power, or ends by itself.
  void CutOnce(PowerCutDisk& disk, CrashTrial& trial) {
    const bool is_under_load = Draw(0, 3) > 0;
    trial.ledger().Launch();
    if (is_under_load) {
      ASSERT_TRUE(trial.AwaitMore(static_cast<std::size_t>(Draw(1, 60)))) << trial.ledger().Log();
    }
    trial.AwaitMoment(std::chrono::milliseconds(Draw(0, is_under_load ? 50 : 700)));
    disk.CutPower(random_);
    const bool is_killed = Draw(0, 1) == 0;
    if (!is_killed) {
      EXPECT_TRUE(Eventually([&] { return trial.ledger().HasEnded(); }))
          << "a ledger whose disk has failed goes on\n"
          << trial.ledger().Log();
    }
    trial.ledger().Kill();
    disk.RestorePower();
  }

  int Draw(int from, int to) { return std::uniform_int_distribution<int>(from, to)(random_); }

  std::mt19937_64 random_{Seed()};
};

TEST_P(PowerFailSoak, EverythingAcknowledgedIsInTheImage) {
  constexpr int kCutsInALife = 25;
  for (int left = Rounds(3, 170); left > 0; left -= kCutsInALife) {
    ASSERT_NO_FATAL_FAILURE(RunLife(std::min(left, kCutsInALife)));
  }
}

INSTANTIATE_TEST_SUITE_P(, PowerFailSoak,
                         ::testing::Values(FileSystem::kExt4, FileSystem::kExt4Writeback,
                                           FileSystem::kXfs),
                         [](const auto& file_system) {
                           switch (file_system.param) {
                             case FileSystem::kExt4:
                               return "Ext4";
                             case FileSystem::kExt4Writeback:
                               return "Ext4Writeback";
                             case FileSystem::kXfs:
                               return "Xfs";
                           }
                           return "";
                         });

std::string ContentOf(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The harness itself: it must neither lose what is synced nor keep what is not.
TEST(PowerCutDiskTest, KeepsWhatWasSyncedAndNoMore) {
  std::mt19937_64 random(Seed());
  PowerCutDisk disk(FileSystem::kExt4);
  const std::string synced = disk.path() + "/synced";
  std::string expected;
  for (int i = 0; i < 20; ++i) {
    const int file = open(synced.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    ASSERT_GE(file, 0);
    ASSERT_EQ(write(file, "0123456789", 10), 10);
    ASSERT_EQ(fdatasync(file), 0);
    close(file);
    expected += "0123456789";
    std::ofstream(disk.path() + "/unsynced") << expected;
    disk.CutPower(random);
    const int late = open(synced.c_str(), O_WRONLY | O_CLOEXEC);
    const bool is_synced = late >= 0 && write(late, "x", 1) == 1 && fdatasync(late) == 0;
    if (late >= 0) close(late);
    EXPECT_FALSE(is_synced) << "there is no power";
    disk.RestorePower();
    ASSERT_EQ(ContentOf(synced), expected);
    ASSERT_EQ(ContentOf(disk.path() + "/unsynced"), "");
  }
}

// The control. JetStream's file store, as it comes, acknowledges what is in the page cache.
TEST(PowerFailControl, JetStreamLosesWhatItAcknowledged) {
  constexpr int kWindows = 4;
  constexpr std::size_t kWindow = 250;
  std::mt19937_64 random(Seed());
  PowerCutDisk disk(FileSystem::kExt4);
  NatsServer nats(disk.path() + "/jetstream");
  ledger::AnnouncerSettings settings;
  settings.login = nats.LedgerLogin();
  std::uint64_t acknowledged = 0;
  {
    const auto opened = ledger::NatsAnnouncementStream::Open(settings);
    ASSERT_TRUE(opened.ok()) << opened.status();
    auto& stream = **opened;
    ASSERT_TRUE(Eventually([&] { return stream.Ensure().ok(); }));
    // The stream itself is on the disk: it is messages that are to be lost.
    const int root = open(disk.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    ASSERT_EQ(syncfs(root), 0);
    close(root);
    for (int window = 0; window < kWindows; ++window) {
      const std::vector<ledger::Announcement> news(kWindow, {"hq.events.hq.seen", {}, "news"});
      const auto last = stream.Publish(news, acknowledged);
      ASSERT_TRUE(last.ok()) << last.status();
      acknowledged = *last;
    }
    disk.CutPower(random);
    nats.Kill();
  }
  EXPECT_EQ(acknowledged, kWindows * kWindow);
  disk.RestorePower();
  nats.Start();
  const auto opened = ledger::NatsAnnouncementStream::Open(settings);
  ASSERT_TRUE(opened.ok()) << opened.status();
  Result<ledger::NatsAnnouncementStream::State> state = absl::UnavailableError("not asked yet");
  ASSERT_TRUE(Eventually([&] {
    state = (*opened)->Ensure();
    return state.ok();
  })) << state.status();
  RecordProperty("lost", static_cast<int>(acknowledged - state->last_sequence));
  EXPECT_LT(state->last_sequence, acknowledged);
}

// The other control: the ledger itself, under a kernel that only says that it has synced.
TEST(PowerFailControl, ALedgerWhoseSyncsAreLiesLosesWhatItAcknowledged) {
  std::mt19937_64 random(Seed());
  PowerCutDisk disk(FileSystem::kExt4);
  CrashTrial trial;
  LedgerProcess& ledger = trial.ledger();
  ledger.Set("HQ_DATA_DIR", disk.path() + "/data");
  ledger.Set("ASAN_OPTIONS", "detect_leaks=0");  // It looks for leaks by tracing too.
  ledger.SetTracer({"strace", "-D", "-f", "--seccomp-bpf", "-qq", "-o", "/dev/null", "-e",
                    "signal=none", "-e", "trace=fsync,fdatasync", "-e",
                    "inject=fsync,fdatasync:retval=0"});
  ledger.Start();
  ChainWriter writer(ledger.address(), TokenOf("ann"), "w");
  ASSERT_TRUE(Eventually([&] { return writer.count() >= 20; })) << ledger.Log();
  writer.Stop();
  disk.CutPower(random);
  ledger.Kill();
  disk.RestorePower();
  ledger.SetTracer({});
  ledger.Launch();
  ASSERT_TRUE(Eventually([&] { return ledger.IsUp() || ledger.HasEnded(); })) << ledger.Log();
  const auto audited = AuditLedger(ledger.address(), TokenOf("ann"), writer.acknowledged());
  EXPECT_FALSE(audited.ok()) << "all " << *audited << " records are there";
}

}  // namespace
}  // namespace hq::testing
