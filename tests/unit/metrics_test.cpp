// Every metric of the services is well named, as promtool would have it, and stands in the README
// of its service; and the README names none that is not there.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>

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

class MetricsOf : public ::testing::TestWithParam<const char*> {};

TEST_P(MetricsOf, AreWellNamed) {
  const std::string prefix = "hq_" + std::string(GetParam()) + "_";
  const auto uses = UsesIn("services/" + std::string(GetParam()));
  EXPECT_FALSE(uses.empty());
  for (const auto& [call, name] : uses) {
    EXPECT_TRUE(std::regex_match(name, std::regex("[a-z][a-z0-9]*(_[a-z0-9]+)*"))) << name;
    EXPECT_TRUE(name.starts_with(prefix)) << name;
    EXPECT_EQ(name.ends_with("_total"), call == "Add" || call == "CounterOf")
        << name << ": counters, and only they";
    EXPECT_TRUE((call != "Observe" && call != "TimingOf") || name.ends_with("_seconds"))
        << name << ": a unit is needed";
    for (const char* bad :
         {"_ms", "_us", "_millis", "_kib", "_mib", "_mb", "_count", "_sum", "_bucket", "_info"})
      EXPECT_FALSE(name.ends_with(bad)) << name << ": base units, no reserved endings";
  }
}

TEST_P(MetricsOf, StandInTheReadmeAndNoOthersDo) {
  const std::string service = GetParam();
  std::set<std::string> used;
  for (const auto& [call, name] : UsesIn("services/" + service)) used.insert(name);
  const std::string readme = ReadFile(fs::path(HQ_SOURCE_DIR) / "services" / service / "README.md");
  const std::regex metric("`(hq_[a-z0-9_]+)(\\{[a-z_, ]*\\})?`");
  std::set<std::string> told;
  for (std::sregex_iterator it(readme.begin(), readme.end(), metric), end; it != end; ++it)
    told.insert((*it)[1]);
  EXPECT_EQ(told, used);
}

INSTANTIATE_TEST_SUITE_P(, MetricsOf, ::testing::Values("ledger", "notify"),
                         [](const auto& row) { return std::string(row.param); });

}  // namespace
}  // namespace hq
