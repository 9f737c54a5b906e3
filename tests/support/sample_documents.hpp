// The whitepaper's own ledger entries (sections 7 and 9, appendix B), and generated ones.
#pragma once

#include <cstddef>
#include <random>
#include <string>

namespace hq::testing {

// Section 7, without its comment line.
inline constexpr const char* kSectionSeven =
    R"({"id":"TXN-20260116-001","branch":"papafly","event":"deploy","status":"success","tokens":1450,"cost":0.031,"actor":"llm","timestamp":"2026-01-16T10:12:00Z"}
{"id":"TXN-20260116-002","branch":"koosy","event":"pr_opened","status":"pending","actor":"worker","timestamp":"2026-01-16T10:14:00Z"}
)";

inline constexpr const char* kSectionSevenComment = "// hq/ledger/ledger.jsonl (sample)\n";

// Section 9, on one line.
inline constexpr const char* kSectionNine =
    R"({ "id": "TXN-20260118-014", "branch": "koosy", "event": "llm_generate", "tokens": 1520, "cost": 0.02736, "tier": "standard", "actor": "llm", "timestamp": "2026-01-18T02:11:44Z" }
)";

inline constexpr const char* kAppendixB =
    R"({"id":"TXN-20260118-001","branch":"papafly","event":"deploy_test","actor":"hq","timestamp":"2026-01-18T01:02:03Z"}
{"id":"TXN-20260118-002","branch":"koosy","event":"llm_generate","tokens":1840,"cost":0.033,"actor":"llm","timestamp":"2026-01-18T01:04:10Z"}
{"id":"TXN-20260118-003","branch":"koosy","event":"deploy_failed","actor":"ci","timestamp":"2026-01-18T01:05:44Z"}
)";

// Good lines of many cells, in no order of cells, each written in a way of its own.
inline std::string GeneratedDocument(std::size_t lines, std::mt19937_64& random) {
  static constexpr const char* kCells[] = {"koosy", "papafly", "haneul", "bari", "dalmoi", "hq"};
  static constexpr const char* kEvents[] = {"llm_generate", "deploy", "deploy_failed", "pr_opened"};
  static constexpr const char* kSpaces[] = {"", " ", "  ", "\t"};
  std::string document;
  std::size_t cell = 0;
  for (std::size_t i = 1; i <= lines; ++i) {
    if (random() % 4 == 0) cell = random() % std::size(kCells);
    const std::string space = kSpaces[random() % std::size(kSpaces)];
    document += "{" + space + "\"id\":" + space + "\"TXN-2026-" + std::to_string(i) + "\",";
    document += "\"branch\":\"" + std::string(kCells[cell]) + "\"," + space;
    document += "\"event\":\"" + std::string(kEvents[random() % std::size(kEvents)]) + "\"";
    if (random() % 2 == 0) document += ",\"tokens\":" + std::to_string(random() % 100'000);
    if (random() % 2 == 0) document += ",\"cost\":0." + std::to_string(random() % 1'000'000) + "0";
    if (random() % 3 == 0) document += R"(,"note":"한글 \u0041 \" }{","more":[1,{"a":null}])";
    document +=
        ",\"timestamp\":\"2026-01-18T0" + std::to_string(random() % 10) + ":00:00.5+09:00\"";
    document += space + "}" + (random() % 5 == 0 ? "\r\n" : "\n");
  }
  return document;
}

}  // namespace hq::testing
