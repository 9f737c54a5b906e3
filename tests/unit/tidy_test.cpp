// The architecture, as a test. Every rule below is a sentence of ARCHITECTURE.md or
// CONTRIBUTING.md.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cctype>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <regex>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hq {
namespace {

namespace fs = std::filesystem;

// The two words that mark unfinished work are put together here, so that this file does not hold
// them.
const std::string kLeftovers =
    std::string(R"(\b(TO)") + "DO|FIX" + "ME|XX" + R"(X|HA)" + R"(CK)\b)";

struct Rule {
  std::regex where;   // Files that the rule is about, by their path.
  std::regex banned;  // What no line of them may contain.
  std::string because;
};

const std::vector<Rule>& Rules() {
  static const auto* rules = new std::vector<Rule>{
      {std::regex("^(services/[^/]+/core|common/transparency)/"),
       std::regex(
           R"(#include.*(rocksdb|nats|grpcpp|curl|spdlog|git2|<thread>|<mutex>|adapters/|api/))"),
       "a core is pure: it decides and folds, nothing else"},
      {std::regex("^(services/[^/]+/core|common/transparency)/"),
       std::regex(R"(_clock::now|getenv|std::rand|random_device|\bthrow\b|NewId\()"),
       "a core learns the time, the actor and all ids from its arguments"},
      {std::regex("^common/"), std::regex(R"(#include "services/)"), "common knows no service"},
      {std::regex("^common/base/"), std::regex(R"(#include "common/(?!base/))"),
       "base depends on nothing of ours but base"},
      {std::regex("^(?!common/nats/|services/ledger/adapters/|tests/)"),
       std::regex(R"(#include <nats)"), "only common/nats and the announcer know the NATS client"},
      {std::regex("^(?!services/ledger/adapters/|common/rocks/|tests/)"),
       std::regex(R"(#include <rocksdb)"), "only the ledger and common/rocks know RocksDB"},
      {std::regex("^services/[^/]+/views/"),
       std::regex(R"(#include.*(ports\.hpp|adapters/|reactors/))"),
       "a view has no effects, so it knows no port"},
      {std::regex("."), std::regex(kLeftovers), "unfinished work is an issue, not a comment"},
      {std::regex("."), std::regex(R"(^using namespace (?!std::\w*literals))"),
       "names are said in full"},
  };
  return *rules;
}

std::vector<std::string> Sources() {
  std::vector<std::string> paths;
  for (const char* root : {"common", "services", "cli", "deploy", "tests"})
    for (const auto& entry : fs::recursive_directory_iterator(fs::path(HQ_SOURCE_DIR) / root)) {
      const std::string path = fs::relative(entry.path(), HQ_SOURCE_DIR).string();
      const bool is_ours = path.find("node_modules") == std::string::npos;
      if (is_ours && (path.ends_with(".cpp") || path.ends_with(".hpp"))) paths.push_back(path);
    }
  return paths;
}

std::vector<std::string> LinesOf(const std::string& path) {
  std::ifstream file(fs::path(HQ_SOURCE_DIR) / path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

TEST(Tidy, ArchitectureHolds) {
  for (const std::string& path : Sources()) {
    std::vector<const Rule*> rules;
    for (const Rule& rule : Rules())
      if (std::regex_search(path, rule.where)) rules.push_back(&rule);
    const auto lines = LinesOf(path);
    for (std::size_t i = 0; i < lines.size(); ++i) {
      for (const Rule* rule : rules) {
        EXPECT_FALSE(std::regex_search(lines[i], rule->banned))
            << path << ":" << i + 1 << ": " << rule->because << "\n  " << lines[i];
      }
    }
  }
}

TEST(Tidy, ServicesMeetOnlyThroughEventsAndGrpc) {
  const std::regex include(R"re(#include "services/([^/]+)/)re");
  const std::regex place("^services/([^/]+)/");
  for (const std::string& path : Sources()) {
    std::smatch mine;
    if (!std::regex_search(path, mine, place)) continue;
    for (const std::string& line : LinesOf(path)) {
      std::smatch other;
      if (std::regex_search(line, other, include)) {
        EXPECT_EQ(other[1], mine[1]) << path << ": " << line;
      }
    }
  }
}

TEST(Tidy, FilesFitInAHead) {
  constexpr std::size_t kFileLinesMax = 400;
  for (const std::string& path : Sources())
    EXPECT_LE(LinesOf(path).size(), kFileLinesMax) << path << " is too long to read in one sitting";
}

// The line that opens the body of what begins at line `begin`: the same, or one further in below
// it, where signatures and initialisers are wrapped. Nothing if no body is opened.
std::optional<std::size_t> OpeningLine(const std::vector<std::string>& lines, std::size_t begin) {
  const std::size_t indent = lines[begin].find_first_not_of(' ');
  for (std::size_t i = begin; i < lines.size(); ++i) {
    const std::size_t here = lines[i].find_first_not_of(' ');
    const bool is_continued = here != std::string::npos && (i == begin || here > indent);
    if (!is_continued) return std::nullopt;
    if (lines[i].ends_with("{")) return i;
    if (lines[i].ends_with(";") || lines[i].ends_with("}")) return std::nullopt;
  }
  return std::nullopt;
}

// The functions that are longer than so many lines, as "line: text". A body ends at the closing
// brace under where the function begins: clang-format makes that exact. A function begins at the
// left margin, or with `indent_max` one step in, inside a class.
std::vector<std::string> LongFunctions(const std::vector<std::string>& lines, std::size_t lines_max,
                                       std::size_t indent_max = 0) {
  static const std::regex not_a_function(
      R"(^\s*(namespace|class|struct|enum|union|extern|using|const |constexpr |inline constexpr |static const|TEST|INSTANTIATE|public:|private:|protected:|\}|#|//))");
  std::vector<std::string> found;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::size_t indent = lines[i].find_first_not_of(' ');
    if (indent == std::string::npos || indent > indent_max) continue;
    if (std::regex_search(lines[i], not_a_function)) continue;
    const auto opening = OpeningLine(lines, i);
    if (!opening) continue;
    const std::string end = std::string(indent, ' ') + "}";
    std::size_t last = *opening + 1;
    while (last < lines.size() && lines[last] != end) ++last;
    if (last - *opening - 1 > lines_max) found.push_back(std::to_string(i + 1) + ": " + lines[i]);
  }
  return found;
}

TEST(Tidy, FunctionsFitOnAScreen) {
  constexpr std::size_t kFunctionLinesMax = 50;
  for (const std::string& path : Sources())
    EXPECT_THAT(LongFunctions(LinesOf(path), kFunctionLinesMax, path.ends_with(".hpp") ? 2 : 0),
                ::testing::IsEmpty())
        << path;
}

TEST(Tidy, SeesLongFunctionsHoweverTheirSignaturesAreWrapped) {
  const std::vector<std::string> body = {"  One();", "  Two();", "  Three();", "}"};
  const auto with_body = [&body](std::vector<std::string> lines) {
    lines.insert(lines.end(), body.begin(), body.end());
    return lines;
  };
  for (const auto& signature : std::vector<std::vector<std::string>>{
           {"void Plain() {"},
           {"Result<int> Wrapped(int first,", "                    int second) {"},
           {"Type::Type(int first)", "    : first_(first),", "      second_(0) {"}}) {
    EXPECT_EQ(LongFunctions(with_body(signature), 2).size(), 1u) << signature[0];
    EXPECT_TRUE(LongFunctions(with_body(signature), 3).empty()) << signature[0];
  }
  EXPECT_TRUE(LongFunctions(with_body({"void Declared(int first,", "              int second);",
                                       "namespace hq {"}),
                            2)
                  .empty());
}

TEST(Tidy, EveryHeaderSaysWhatItIs) {
  for (const std::string& path : Sources()) {
    if (!path.ends_with(".hpp")) continue;
    const auto lines = LinesOf(path);
    ASSERT_FALSE(lines.empty()) << path;
    EXPECT_TRUE(lines[0].starts_with("// ")) << path << " opens with one to three sentences";
  }
}

TEST(Tidy, TheServicesLookAlike) {
  for (const char* service : {"ledger", "decision", "sync", "billing", "notify"}) {
    const fs::path folder = fs::path(HQ_SOURCE_DIR) / "services" / service;
    for (const char* part :
         {"main.cpp", "settings.hpp", "settings.cpp", "README.md", "core", "api"})
      EXPECT_TRUE(fs::exists(folder / part)) << service << " has no " << part;
    EXPECT_LE(LinesOf("services/" + std::string(service) + "/main.cpp").size(), 80u)
        << service << "'s main() is a list of parts";
  }
}

// The words in capitals that are given as literals to calls of `function`, which ends with "(".
void CollectReasons(const std::string& text, std::string_view function,
                    std::set<std::string>& reasons) {
  static const std::regex reason("[A-Z][A-Z0-9_]{3,}");
  for (std::size_t at = text.find(function); at != text.npos; at = text.find(function, at + 1)) {
    std::size_t i = at + function.size() - 1;
    int depth = 0;
    do {
      if (text[i] == '(') ++depth;
      if (text[i] == ')') --depth;
      if (text[i] == '"') {
        const std::size_t begin = ++i;
        while (i < text.size() && text[i] != '"') i += text[i] == '\\' ? 2 : 1;
        const std::string literal = text.substr(begin, i - begin);
        if (std::regex_match(literal, reason)) reasons.insert(literal);
      }
      ++i;
    } while (depth > 0 && i < text.size());
  }
}

// Every word of letters, digits and '_'.
void CollectWords(const std::string& text, std::set<std::string>& words) {
  std::string word;
  for (const char c : text) {
    if (std::isalnum(static_cast<unsigned char>(c)) || c == '_') {
      word += c;
    } else if (!word.empty()) {
      words.insert(std::exchange(word, ""));
    }
  }
}

std::string TextOf(const std::string& path) {
  std::string text;
  for (const std::string& line : LinesOf(path)) text += line + "\n";
  return text;
}

// What callers act upon: a reason that no test names may be lost or renamed unseen. The stand-ins
// of tests/support give reasons too; that they do is no test.
TEST(Tidy, EveryReasonIsExpectedByATest) {
  // With why nothing can expect it.
  const std::map<std::string, std::string> exceptions = {
      {"TOO_LATE", "the caller's own end of the call answers DEADLINE_EXCEEDED first"}};
  std::set<std::string> given, expected;
  for (const std::string& path : Sources()) {
    const bool is_test = path.starts_with("tests/");
    if (is_test && !path.starts_with("tests/support/") && path != "tests/unit/tidy_test.cpp")
      CollectWords(TextOf(path), expected);
    if (path.starts_with("services/") || path.starts_with("common/"))
      for (const char* function : {"Refusal(", "Denied(", "WithAdvice("})
        CollectReasons(TextOf(path), function, given);
  }
  EXPECT_GT(given.size(), 100u) << "they are not found any more";
  std::vector<std::string> missing;
  for (const std::string& reason : given)
    if (!expected.contains(reason) && !exceptions.contains(reason)) missing.push_back(reason);
  EXPECT_THAT(missing, ::testing::IsEmpty()) << "no test expects these; see AdviceOf";
  for (const auto& [reason, why] : exceptions)
    EXPECT_TRUE(given.contains(reason) && !expected.contains(reason)) << reason << " is none now";
}

TEST(Tidy, FindsTheReasonsOfCallsOnly) {
  std::set<std::string> reasons;
  CollectReasons(
      "Refusal(kCode, \"a \\\"LOUD\\\" (word\" + Name(\"x\"),\n  \"GONE_AWAY\", \"Wait.\");"
      "Other(\"NO_REASON\");",
      "Refusal(", reasons);
  EXPECT_THAT(reasons, ::testing::ElementsAre("GONE_AWAY"));
}

}  // namespace
}  // namespace hq
