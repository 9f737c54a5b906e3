// Goal: no parser of bytes from outside breaks its promises, whatever it is given. Method: each
// fuzzer takes every file of its corpus, then seeded mutations of them, as many as its count says.
// libFuzzer looks further: ./dev fuzz.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sanitizer/common_interface_defs.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include "tests/fuzz/fuzzers.hpp"
#include "tests/fuzz/mutator.hpp"
#include "tests/support/seed.hpp"

namespace hq::fuzz {
namespace {

namespace fs = std::filesystem;

// What a fuzzer is given now, for whoever finds the process dead.
struct Given {
  std::string_view bytes;
  std::string path;  // Where they are written then.
};
Given& GivenNow() {
  static Given given;
  return given;
}

// Called while the process dies: system calls only.
void KeepGiven() {
  const Given& given = GivenNow();
  const int file = open(given.path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return;
  const bool is_kept = write(file, given.bytes.data(), given.bytes.size()) >= 0;
  close(file);
  if (is_kept)
    dprintf(STDERR_FILENO, "The bytes are in %s: put them into tests/fuzz/corpus/ as a test.\n",
            given.path.c_str());
}

void OnAbort(int) {
  KeepGiven();
  std::signal(SIGABRT, SIG_DFL);
  std::raise(SIGABRT);
}

class Fuzz : public ::testing::TestWithParam<Fuzzer> {
 protected:
  void SetUp() override {
    GivenNow() = {{}, std::string(HQ_BIN_DIR) + "/fuzz-" + GetParam().name};
    std::signal(SIGABRT, OnAbort);
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_set_death_callback(KeepGiven);
#endif
    for (const auto& entry : fs::directory_iterator(std::string(HQ_SOURCE_DIR) +
                                                    "/tests/fuzz/corpus/" + GetParam().name)) {
      std::ifstream file(entry.path(), std::ios::binary);
      corpus_[entry.path().filename().string()] = {std::istreambuf_iterator<char>(file), {}};
    }
    ASSERT_FALSE(corpus_.empty());
  }
  void TearDown() override { std::signal(SIGABRT, SIG_DFL); }

  bool Give(const std::string& bytes) {
    // A copy of exactly that size, so that one byte too far is seen.
    const std::vector<char> exactly(bytes.begin(), bytes.end());
    GivenNow().bytes = {exactly.data(), exactly.size()};
    const bool is_taken = GetParam().body(GivenNow().bytes);
    GivenNow().bytes = {};
    return is_taken;
  }

  std::map<std::string, std::string> corpus_;
};

// A file whose name begins with "taken" must be; one that begins with "refused" must not.
TEST_P(Fuzz, KeepsItsPromises) {
  const std::uint64_t seed = testing::Seed();
  std::vector<std::string> corpus;
  bool is_any_taken = false;
  for (const auto& [name, bytes] : corpus_) {
    const bool is_taken = Give(bytes);
    EXPECT_FALSE(name.starts_with("taken") && !is_taken) << name << " was refused";
    EXPECT_FALSE(name.starts_with("refused") && is_taken) << name << " was taken";
    is_any_taken = is_any_taken || is_taken;
    corpus.push_back(bytes);
  }
  EXPECT_TRUE(is_any_taken) << "a corpus without anything that is taken leads nowhere";
  Give("");
  Mutator mutator(seed, corpus);
  for (int i = 0; i < GetParam().mutations; ++i) Give(mutator.Next());
}

INSTANTIATE_TEST_SUITE_P(All, Fuzz, ::testing::ValuesIn(Fuzzers()),
                         [](const auto& row) { return row.param.name; });

// Every corpus has its fuzzer, and every file of fuzzers/ is listed.
TEST(FuzzCorpus, IsWhatTheFuzzersAre) {
  const fs::path folder = fs::path(HQ_SOURCE_DIR) / "tests/fuzz";
  std::size_t corpora = 0;
  for (const auto& entry : fs::directory_iterator(folder / "corpus")) {
    ++corpora;
    EXPECT_NE(FindFuzzer(entry.path().filename().string()), nullptr) << entry.path();
  }
  EXPECT_EQ(corpora, Fuzzers().size());
  for (const auto& entry : fs::directory_iterator(folder / "fuzzers"))
    EXPECT_NE(FindFuzzer(entry.path().stem().string()), nullptr) << entry.path();
}

}  // namespace
}  // namespace hq::fuzz
