// Every metric is well named, as promtool would have it, and stands in the README of each service
// that shows it; and the README names none that is not there.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>
#include <vector>

namespace hq {
namespace {

namespace fs = std::filesystem;

std::string ReadFile(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// What is called on the metrics, and with which name.
struct Use {
  std::string call;  // Add, Set, Observe, or the two that look one up.
  std::string name;

  auto operator<=>(const Use&) const = default;
};

std::set<Use> UsesIn(const std::string& folder) {
  const std::regex use(
      R"re(metrics_?(?:\.|->)(Add|Set|Observe|CounterOf|TimingOf)\(\s*"([^"]*)")re");
  std::set<Use> uses;
  for (const auto& entry : fs::recursive_directory_iterator(fs::path(HQ_SOURCE_DIR) / folder)) {
    if (entry.path().extension() != ".cpp" && entry.path().extension() != ".hpp") continue;
    const std::string source = ReadFile(entry.path());
    for (std::sregex_iterator it(source.begin(), source.end(), use), end; it != end; ++it)
      uses.insert({(*it)[1], (*it)[2]});
  }
  return uses;
}

// Where metrics are counted, and how the names there begin; no beginning, no metrics.
struct Source {
  std::string folder;
  std::vector<std::string> beginnings;
};

const std::vector<Source>& Sources() {
  static const std::vector<Source> sources = {
      {"services/ledger", {"hq_ledger_"}},
      {"services/decision", {}},
      {"services/sync", {"hq_rollout_", "hq_effect_"}},
      {"services/billing", {}},
      {"services/notify", {"hq_notify_"}},
      {"common/grpc", {"grpc_server_"}},
      {"common/projection", {"hq_views_"}},
      {"common/witness", {"hq_witness_"}},
  };
  return sources;
}

void ExpectWellNamed(const Use& use, const std::vector<std::string>& beginnings) {
  const auto& [call, name] = use;
  EXPECT_TRUE(std::regex_match(name, std::regex("[a-z][a-z0-9]*(_[a-z0-9]+)*"))) << name;
  EXPECT_TRUE(std::any_of(beginnings.begin(), beginnings.end(), [&name = name](const auto& begin) {
    return name.starts_with(begin);
  })) << name;
  EXPECT_EQ(name.ends_with("_total"), call == "Add" || call == "CounterOf")
      << name << ": counters, and only they";
  EXPECT_TRUE((call != "Observe" && call != "TimingOf") || name.ends_with("_seconds"))
      << name << ": a unit is needed";
  for (const char* bad :
       {"_ms", "_us", "_millis", "_kib", "_mib", "_mb", "_count", "_sum", "_bucket", "_info"})
    EXPECT_FALSE(name.ends_with(bad)) << name << ": base units, no reserved endings";
}

TEST(Metrics, AreWellNamed) {
  std::set<Use> known;
  for (const auto& [folder, beginnings] : Sources()) {
    const auto uses = UsesIn(folder);
    EXPECT_EQ(uses.empty(), beginnings.empty()) << folder;
    for (const Use& use : uses) ExpectWellNamed(use, beginnings);
    known.insert(uses.begin(), uses.end());
  }
  std::set<Use> all = UsesIn("services");
  all.merge(UsesIn("common"));
  EXPECT_EQ(all, known) << "every folder that counts is one of those above";
}

class MetricsOf : public ::testing::TestWithParam<const char*> {};

// The ledger has no views and witnesses nothing; all services have a door.
TEST_P(MetricsOf, StandInTheReadmeAndNoOthersDo) {
  const std::string service = GetParam();
  std::vector<std::string> folders = {"services/" + service, "common/grpc"};
  if (service != "ledger") folders.insert(folders.end(), {"common/projection", "common/witness"});
  std::set<std::string> used;
  for (const std::string& folder : folders)
    for (const auto& [call, name] : UsesIn(folder)) used.insert(name);
  const std::string readme = ReadFile(fs::path(HQ_SOURCE_DIR) / "services" / service / "README.md");
  // At least three words: `hq_admin` is a role.
  const std::regex metric("`((?:hq|grpc_server)_[a-z0-9]+_[a-z0-9_]+)(\\{[a-z_, ]*\\})?`");
  std::set<std::string> told;
  for (std::sregex_iterator it(readme.begin(), readme.end(), metric), end; it != end; ++it)
    told.insert((*it)[1]);
  EXPECT_EQ(told, used);
}

INSTANTIATE_TEST_SUITE_P(, MetricsOf,
                         ::testing::Values("ledger", "decision", "sync", "billing", "notify"),
                         [](const auto& row) { return std::string(row.param); });

}  // namespace
}  // namespace hq
