// Goal: hq-ledger as a tool does what it says, says what to do next, and tells wrong usage from
// failure; and hqctl takes an operator from a running ledger to one that was restored. Method: its
// command lines, on an archive that a ledger in memory has shipped to; the programs themselves.
#include "services/ledger/adapters/restore/offline.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "common/runtime/child.hpp"
#include "services/ledger/adapters/archive/directory_archive.hpp"
#include "services/ledger/adapters/backup/segment_shipper.hpp"
#include "services/ledger/adapters/rocks_event_log.hpp"
#include "tests/integration/ledger/entries.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/ledger_process.hpp"
#include "tests/support/nats_server.hpp"
#include "tests/support/signed_history.hpp"

namespace hq::testing {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;

class OfflineTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_NO_FATAL_FAILURE(history_.Append(30));
    MemoryBackupSource source(history_.ledger(), history_.Signer());
    ledger::DirectoryArchive archive(directory_ / "archive");
    ledger::Shipped shipped;
    ASSERT_EQ(ledger::SegmentShipper(source, archive, 2'000).ShipAll({}, shipped),
              absl::OkStatus());
    std::ofstream(directory_ / "signing.pub") << history_.PublicKey().Format() << "\n";
    setenv("HQ_ARCHIVE", ("dir:" + (directory_ / "archive")).c_str(), 1);
    setenv("HQ_SIGNING_KEY_FILE", history_.key_file().c_str(), 1);
  }
  void TearDown() override {
    unsetenv("HQ_ARCHIVE");
    unsetenv("HQ_SIGNING_KEY_FILE");
  }

  // The exit code.
  int Run(std::vector<const char*> arguments) {
    arguments.insert(arguments.begin(), "hq-ledger");
    ::testing::internal::CaptureStdout();
    ::testing::internal::CaptureStderr();
    const int code = ledger::RunOffline(static_cast<int>(arguments.size()), arguments.data());
    out_ = ::testing::internal::GetCapturedStdout();
    errors_ = ::testing::internal::GetCapturedStderr();
    return code;
  }

  TempDir directory_;
  SignedHistory history_;
  std::string out_;
  std::string errors_;
};

TEST_F(OfflineTest, RestoresAndSaysWhatToDoNext) {
  const std::string into = directory_ / "restored";
  const std::string key = directory_ / "signing.pub";
  ASSERT_EQ(Run({"restore", "--to", "20", "--into", into.c_str(), "--why", "a test", "--log-key",
                 key.c_str()}),
            0)
      << errors_;
  EXPECT_THAT(out_, HasSubstr("\nrestored 20 "));
  EXPECT_THAT(errors_, HasSubstr("HQ_DATA_DIR=" + into));
  runtime::Metrics metrics;
  const auto log = ledger::RocksEventLog::Open(into, history_.clock(), metrics);
  ASSERT_TRUE(log.ok()) << log.status();
  EXPECT_EQ((*log)->Head().head().position(), 21U);
  EXPECT_EQ((*log)->Head().head().epoch(), 2U);
  EXPECT_EQ(Run({"restore", "--to", "20", "--into", into.c_str(), "--why", "again"}), 2);
  EXPECT_THAT(errors_, HasSubstr("Next: "));
}

TEST_F(OfflineTest, RestoresToATime) {
  const std::string into = directory_ / "restored";
  const std::string time = ToRfc3339(FromMicros(history_.TimeAt(12)));
  ASSERT_EQ(Run({"restore", "--to", time.c_str(), "--into", into.c_str(), "--why", "a test"}), 0)
      << errors_;
  EXPECT_THAT(out_, HasSubstr("\nrestored 12 "));
}

TEST_F(OfflineTest, DrillsOnWhatTheLedgerItselfOpens) {
  const std::string key = directory_ / "signing.pub";
  const std::string time = ToRfc3339(FromMicros(history_.TimeAt(12)));
  ASSERT_EQ(Run({"drill", "--as-of", time.c_str(), "--log-key", key.c_str(), "--temporary",
                 directory_.path().c_str()}),
            0)
      << errors_;
  EXPECT_THAT(out_, HasSubstr("restored    position 12, epoch 1"));
  EXPECT_THAT(out_, HasSubstr("signed tree 30 records"));
  EXPECT_EQ(Run({"drill"}), 1);  // No key to check the checkpoint by.
}

TEST_F(OfflineTest, TellsWrongUsageFromFailure) {
  const std::string into = directory_ / "restored";
  EXPECT_EQ(Run({"--help"}), 0);
  EXPECT_EQ(Run({"restore"}), 2);
  EXPECT_EQ(Run({"back-up"}), 2);
  for (const char* to : {"0", "yesterday", "2026-01-16", "-1"})
    EXPECT_EQ(Run({"restore", "--to", to, "--into", into.c_str(), "--why", "x"}), 2) << to;
  EXPECT_EQ(Run({"restore", "--to", "31", "--into", into.c_str(), "--why", "x"}), 1);
  EXPECT_THAT(errors_, HasSubstr("ends at position 30"));
  EXPECT_EQ(Run({"restore", "--archive", "ftp:x", "--into", into.c_str(), "--why", "x"}), 2);
}

// The real hqctl, and hq-ledger beside it, on a real ledger with an archive.
class HqctlLedgerTest : public ::testing::Test {
 protected:
  static constexpr std::chrono::seconds kPatience{60};  // Each look starts a program.

  struct Said {
    int exit_code = -1;
    std::string out;
    std::string errors;
  };

  void SetUp() override {
    process_.Set("HQ_ARCHIVE", "dir:" + archive_);
    process_.Start();
  }

  // `hqctl ledger WORDS`, as ann.
  Said Hqctl(const std::vector<std::string>& words) const {
    std::vector<std::string> command = {std::string(HQ_BIN_DIR) + "/hqctl", "ledger"};
    command.insert(command.end(), words.begin(), words.end());
    runtime::Environment environment = runtime::OwnEnvironment();
    environment["HQ_LEDGER"] = process_.address();
    environment["HQ_TOKEN"] = TokenOf("ann");
    environment["HQ_ARCHIVE"] = "dir:" + archive_;
    environment["HQ_SIGNING_KEY_FILE"] = key_;
    const TempDir told;
    Said said;
    auto child = runtime::Child::Spawn(command, environment, told / "out", told / "errors");
    EXPECT_TRUE(child.ok()) << child.status();
    if (!child.ok()) return said;
    said.exit_code = child->WaitFor(std::chrono::minutes(2)).value_or(-1);
    const auto read = [&told](const char* name) {
      std::ifstream file(told / name);
      return std::string(std::istreambuf_iterator<char>(file), {});
    };
    said.out = read("out");
    said.errors = read("errors");
    return said;
  }

  // Its status as a program reads it; 64-bit numbers are strings there.
  nlohmann::json Standing() const {
    const Said said = Hqctl({"status", "--json"});
    auto standing = nlohmann::json::parse(said.out, nullptr, /*allow_exceptions=*/false);
    return standing.is_object() ? standing : nlohmann::json::object();
  }
  Position NumberIn(const char* part, const char* name) const {
    return NumberIn(Standing(), part, name);
  }
  static Position NumberIn(const nlohmann::json& standing, const char* part, const char* name) {
    const auto place = nlohmann::json::json_pointer(std::string("/") + part + "/" + name);
    return standing.contains(place) ? std::stoull(standing[place].get<std::string>()) : 0;
  }

  // Until its head is announced and in a signed checkpoint. Returns its position.
  Position Append(int count) const {
    ledger::LedgerClient client(process_.address(), TokenOf("ann"));
    const auto appended = client.Append(Entries(count));
    EXPECT_TRUE(appended.ok()) << appended.status() << process_.Log();
    const Position last = appended.ok() ? appended->receipt().last_position() : 0;
    const auto is_through = [&] {
      const auto standing = Standing();
      return NumberIn(standing, "positions", "checkpointed") >= last &&
             NumberIn(standing, "positions", "announced") >= last;
    };
    EXPECT_TRUE(Eventually(is_through, kPatience)) << process_.Log();
    return last;
  }

  std::vector<Recorded> Records() const {
    auto page = ledger::LedgerClient(process_.address(), TokenOf("ann")).Read({});
    EXPECT_TRUE(page.ok()) << page.status();
    return page.ok() ? std::move(page->records) : std::vector<Recorded>();
  }

  TempDir directory_;
  const std::string archive_ = directory_ / "archive";
  NatsServer nats_;
  LedgerProcess process_{HQ_BIN_DIR, PrincipalsJson(), nats_.LedgerLogin()};
  const std::string key_ = process_.data_dir() + "/signing.key";
};

TEST_F(HqctlLedgerTest, StatusSaysWhatAnOperatorNeeds) {
  const Position last = Append(30);
  ASSERT_EQ(Hqctl({"backup"}).exit_code, 0) << process_.Log();
  const Said said = Hqctl({"status"});
  ASSERT_EQ(said.exit_code, 0) << said.errors;
  const auto row = [&said](const std::string& part) {
    const auto begin = said.out.find("\n" + part + " ");
    if (begin == std::string::npos) return "no row " + part + " in\n" + said.out;
    return said.out.substr(begin + 1, said.out.find('\n', begin + 1) - begin - 1);
  };
  EXPECT_THAT(row("ledger"), HasSubstr(", epoch 1"));
  EXPECT_THAT(row("state"), ::testing::EndsWith(" serving"));
  EXPECT_THAT(row("started"), ContainsRegex(" 20[0-9]{2}-"));
  for (const char* what : {"durable ", "announced ", "indexed ", "in a signed checkpoint "})
    EXPECT_THAT(row("positions"), HasSubstr(what));
  EXPECT_THAT(row("committed"), HasSubstr(" groups; "));
  EXPECT_THAT(row("group size"), HasSubstr(", at most "));
  EXPECT_THAT(row("sync time"), HasSubstr(" ms"));
  EXPECT_THAT(row("subscribers"), HasSubstr("0, the slowest 0 behind"));
  EXPECT_THAT(row("disk"), HasSubstr(" free; reserve 1.0 MiB"));
  EXPECT_THAT(row("scrub"), HasSubstr(" of "));
  EXPECT_THAT(row("backup"), ContainsRegex("up to [1-9][0-9]*, 20[0-9]{2}-"));
  EXPECT_GE(NumberIn("backup", "position"), last);
  EXPECT_GE(NumberIn("positions", "durable"), last);
  ASSERT_EQ(process_.Stop(), 0) << process_.Log();
  EXPECT_EQ(Hqctl({"status", "--timeout", "5"}).exit_code, 6) << "unavailable";
}

TEST_F(HqctlLedgerTest, ABackupPassesItsDrillAndIsRestoredIntoTheNextEpoch) {
  const Position last = Append(30);
  const Said backup = Hqctl({"backup"});
  ASSERT_EQ(backup.exit_code, 0) << backup.errors << process_.Log();
  EXPECT_THAT(backup.out, HasSubstr("is in dir:" + archive_));
  EXPECT_GE(NumberIn("backup", "position"), last);
  EXPECT_FALSE(ledger::DirectoryArchive(archive_).List("segments/")->empty());

  const std::string public_key = process_.data_dir() + "/signing.pub";
  const Said drill = Hqctl({"drill", "--log-key", public_key, "--temporary", directory_.path()});
  EXPECT_EQ(drill.exit_code, 0) << drill.errors;
  EXPECT_THAT(drill.out, HasSubstr("\nconsistent  proven by "));
  const auto before = Records();
  ASSERT_GE(before.size(), 30U);
  ASSERT_EQ(process_.Stop(), 0) << process_.Log();

  const std::string into = directory_ / "restored";
  const std::vector<std::string> restore = {"restore", "--to",   "20",        "--into",  into,
                                            "--why",   "a test", "--log-key", public_key};
  const Said restored = Hqctl(restore);
  ASSERT_EQ(restored.exit_code, 0) << restored.errors;
  EXPECT_THAT(restored.errors, HasSubstr("HQ_DATA_DIR=" + into));
  EXPECT_EQ(Hqctl(restore).exit_code, 2) << "it is there already";

  process_.Set("HQ_DATA_DIR", into);
  process_.Set("HQ_SIGNING_KEY_FILE", key_);
  process_.Start();
  EXPECT_TRUE(Eventually([&] { return Standing().value("is_serving", false); }, kPatience))
      << process_.Log();
  EXPECT_EQ(Standing().value("epoch", ""), "2");
  const auto after = Records();
  ASSERT_GE(after.size(), 21U);
  for (std::size_t i = 0; i < 20; ++i) ASSERT_EQ(after[i].bytes, before[i].bytes);
  EXPECT_EQ(after[20].record.event(), "epoch_started");
  const Position goes_on = Append(1);
  EXPECT_EQ(Hqctl({"backup"}).exit_code, 0) << "the archive goes on with it";
  EXPECT_GE(NumberIn("backup", "position"), goes_on);
  EXPECT_EQ(process_.Stop(), 0) << process_.Log();
}

}  // namespace
}  // namespace hq::testing
