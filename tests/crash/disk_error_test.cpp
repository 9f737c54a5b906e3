// Goal: a disk that fails at any call, once or from then on, in writing or in reading, makes the
// ledger neither acknowledge what it does not have nor damage what it has, nor show what it could
// not read: it ends, or goes on by design; without the fault it opens again, has all that it
// acknowledged, and unknown outcomes are resolved by their command ids.
//
// Method: the real process under strace, which lets the n-th call of one kind fail, or each from
// the n-th on, in every thread of the process, as the kernel counts for strace. Only calls on the
// files of the two databases and on the checkpoint's files fail: not sockets, not libraries, not
// the output, and not RocksDB's own diary (LOG), whose failures mean nothing. In soak n goes over
// the first 200 calls, or as many as any thread makes.
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

#include "tests/crash/crash_trial.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/seed.hpp"
#include "tests/support/soak.hpp"

namespace hq::testing {
namespace {

namespace fs = std::filesystem;

// The system call, its error, and the calls that fail: the n-th alone, or with all behind it.
using Failure = std::tuple<const char*, const char*, const char*>;

constexpr const char* kOnce = "";
constexpr const char* kFromThenOn = "+";  // As strace writes it.

// The number in a name of RocksDB's, "000012.log" or "MANIFEST-000012"; 0 if there is none.
unsigned long NumberIn(const std::string& name) {
  const std::size_t digit = name.find_first_of("123456789");
  return digit == std::string::npos ? 0 : std::strtoul(name.c_str() + digit, nullptr, 10);
}

// What a database has in that directory, and what it may make next.
void AddDatabaseFiles(const fs::path& directory, std::vector<std::string>& paths) {
  constexpr unsigned long kFilesAhead = 60;
  unsigned long last = 0;
  paths.push_back(directory);
  std::error_code none_yet;
  for (const auto& entry : fs::directory_iterator(directory, none_yet)) {
    const std::string name = entry.path().filename();
    last = std::max(last, NumberIn(name));
    if (!name.starts_with("LOG")) paths.push_back(entry.path());
  }
  for (const char* name : {"CURRENT", "IDENTITY", "LOCK"}) paths.push_back(directory / name);
  for (unsigned long number = last + 1; number <= last + kFilesAhead; ++number) {
    std::string digits = std::to_string(number);
    digits.insert(0, 6 - std::min<std::size_t>(6, digits.size()), '0');
    for (const char* suffix : {".log", ".sst", ".dbtmp"})
      paths.push_back(directory / (digits + suffix));
    for (const char* prefix : {"MANIFEST-", "OPTIONS-"})
      paths.push_back(directory / (prefix + digits));
  }
}

class DiskErrorSoak : public ::testing::TestWithParam<Failure> {
 protected:
  // strace makes way for the program: the process is the ledger, and the tracer its grandchild.
  std::vector<std::string> Tracer(int call) {
    const auto [name, error, extent] = GetParam();
    std::vector<std::string> words = {"strace",
                                      "-D",
                                      "-f",
                                      "--seccomp-bpf",
                                      "-qq",
                                      "-o",
                                      trace_,
                                      "-e",
                                      "signal=none",
                                      "-e",
                                      std::string("trace=") + name,
                                      "-e",
                                      std::string("inject=") + name + ":error=" + error +
                                          ":when=" + std::to_string(call) + extent};
    const fs::path data = trial_.ledger().data_dir();
    std::vector<std::string> paths = {data,
                                      data / "checkpoint",
                                      data / "checkpoint.new",
                                      data / "signing.key",
                                      data / "signing.key.new",
                                      data / "signing.pub",
                                      data / "signing.pub.new"};
    AddDatabaseFiles(data / "log", paths);
    AddDatabaseFiles(data / "index", paths);
    for (const std::string& path : paths) words.insert(words.end(), {"-P", path});
    return words;
  }

  // With the n-th call failing, until it has ended or has taken enough commands for that call to
  // have come; then without.
  void Fail(int call) {
    LedgerProcess& ledger = trial_.ledger();
    ledger.SetTracer(Tracer(call));
    ledger.Set("ASAN_OPTIONS", "detect_leaks=0");  // It looks for leaks by tracing too.
    ledger.Launch();
    const bool goes_on = trial_.AwaitMore(static_cast<std::size_t>(call) + 5);
    const bool has_ended = ledger.HasEnded();
    ASSERT_TRUE(goes_on || has_ended) << "it neither goes on nor ends\n" << ledger.Log();
    if (!has_ended) kill(ledger.process(), SIGTERM);
    ASSERT_TRUE(Eventually([&] { return ledger.HasEnded(); }, std::chrono::seconds(60)))
        << "it hangs\n"
        << ledger.Log();
    ledger.Kill();
    unreached_ = WasInjected() ? 0 : unreached_ + 1;
    if (unreached_ == 0) ++failures_;
    if (has_ended) ++ends_;
    ledger.SetTracer({});
    ledger.Start();
    ASSERT_TRUE(trial_.AwaitMore(3)) << ledger.Log();
    trial_.ExpectNothingIsLost(false);
    ASSERT_FALSE(HasFailure()) << "call " << call;
    ASSERT_EQ(ledger.Stop(), 0) << ledger.Log();
  }

  static bool Reads() {
    return std::string(std::get<0>(GetParam())).find("read") != std::string::npos;
  }

  // What it writes now is read, and moved into a table file, when it opens next. Its scrubber would
  // stay up and refuse every call where it cannot read: another test's.
  void MakeSomethingToRead() {
    trial_.ledger().Set("HQ_SCRUB_BYTES_PER_SECOND", "0");
    trial_.ledger().Start();
    ASSERT_TRUE(trial_.AwaitMore(20)) << trial_.ledger().Log();
    ASSERT_EQ(trial_.ledger().Stop(), 0) << trial_.ledger().Log();
  }

  bool WasInjected() const {
    std::ifstream file(trace_);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    return text.find("(INJECTED)") != std::string::npos;
  }

  std::mt19937_64 random_{Seed()};
  TempDir directory_;
  const std::string trace_ = directory_ / "trace";
  CrashTrial trial_;
  int failures_ = 0;   // Rounds in which a call failed.
  int ends_ = 0;       // Rounds in which the process ended by itself.
  int unreached_ = 0;  // Rounds in a row in which no thread made so many calls.
};

TEST_P(DiskErrorSoak, NoFalseAcknowledgementAndAllThereAfterwards) {
  constexpr int kCallsInTest = 24;
  constexpr int kUnreachedMax = 10;
  trial_.Begin(2);
  if (Reads()) {
    ASSERT_NO_FATAL_FAILURE(MakeSomethingToRead());
  }
  const int rounds = Rounds(2, 200);
  for (int round = 1; round <= rounds && unreached_ < kUnreachedMax; ++round) {
    // The first call of all is surely made; a later one perhaps.
    const bool is_drawn = !IsSoak() && round > 1;
    const int call =
        is_drawn ? std::uniform_int_distribution<int>(2, kCallsInTest)(random_) : round;
    ASSERT_NO_FATAL_FAILURE(Fail(call));
  }
  trial_.ledger().Start();
  ASSERT_TRUE(trial_.AwaitMore(1)) << trial_.ledger().Log();
  trial_.ExpectNothingIsLost();
  EXPECT_EQ(trial_.ledger().Stop(), 0) << trial_.ledger().Log();
  RecordProperty("failures", failures_);
  RecordProperty("ends", ends_);
  EXPECT_GT(failures_, 0) << "no call was ever reached";
}

std::string NameOfFailure(const ::testing::TestParamInfo<Failure>& failure) {
  return std::string(std::get<0>(failure.param)) + "_" + std::get<1>(failure.param);
}

INSTANTIATE_TEST_SUITE_P(Writes, DiskErrorSoak,
                         ::testing::Combine(::testing::Values("openat", "write", "fdatasync",
                                                              "fsync", "rename", "fallocate"),
                                            ::testing::Values("EIO", "ENOSPC"),
                                            ::testing::Values(kOnce)),
                         NameOfFailure);

// RocksDB reads table files by pread64, and its log of writes, MANIFEST and CURRENT by read.
INSTANTIATE_TEST_SUITE_P(Reads, DiskErrorSoak,
                         ::testing::Combine(::testing::Values("pread64", "read"),
                                            ::testing::Values("EIO"), ::testing::Values(kOnce)),
                         NameOfFailure);

INSTANTIATE_TEST_SUITE_P(Lasting, DiskErrorSoak,
                         ::testing::Values(Failure("write", "ENOSPC", kFromThenOn),
                                           Failure("fdatasync", "EIO", kFromThenOn),
                                           Failure("pread64", "EIO", kFromThenOn)),
                         NameOfFailure);

}  // namespace
}  // namespace hq::testing
