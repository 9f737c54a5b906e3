// Step 5: an LLM worker's token appends what it used; the cost is exact. The same token can do
// nothing else, and an owner sees the own cell only.
#include <algorithm>

#include "common/base/decimal.hpp"
#include "tests/demo/steps.hpp"

namespace hq::demo {
namespace {

constexpr int kDenied = 4;

Headquarters::Arguments Entry(const std::string& cell, const std::string& event,
                              const std::string& tokens) {
  return {"ledger", "append",   "--branch", cell,       "--event",
          event,    "--tokens", tokens,     "--status", "success"};
}

// koosy is a standard cell: 0.000018 a token. 1 520 and 333 tokens are 1 853, at 0.033354.
Status CheckUsage(Stage& stage) {
  std::string position;
  for (const std::string tokens : {"1520", "333"}) {
    HQ_ASSIGN_OR_RETURN(const auto answer,
                        stage.people->Do("llm-koosy", Entry("koosy", "llm_generate", tokens)));
    position = answer["receipt"].value("last_position", "0");
  }
  HQ_ASSIGN_OR_RETURN(
      const auto usage,
      stage.people->Do("accountant", {"usage", "--branch", "koosy", "--min-position", position}));
  Nanos tokens = 0;
  Nanos cost = 0;
  std::string currency;
  for (const auto& month : usage["usage"]) {  // Two, if one has just begun.
    HQ_ASSIGN_OR_RETURN(const Nanos used, ParseNanos(month.value("tokens", "")));
    HQ_ASSIGN_OR_RETURN(const Nanos price, ParseNanos(month.value("cost", "")));
    tokens += used;
    cost += price;
    currency = month.value("currency", "");
  }
  const std::string shown = FormatNanos(tokens) + " tokens, " + FormatNanos(cost) + " " + currency;
  return stage.See(shown == "1853 tokens, 0.033354 " + currency,
                   "the usage table shows koosy's exact cost: " + shown);
}

Status CheckDenied(Stage& stage) {
  HQ_ASSIGN_OR_RETURN(const Position before, stage.LedgerHead());
  for (const auto& entry :
       {Entry("koosy", "kill_switch_released", "1"), Entry("bari", "llm_generate", "1")}) {
    HQ_ASSIGN_OR_RETURN(const auto answer, stage.people->Type("llm-koosy", entry));
    HQ_RETURN_IF_ERROR(
        stage.See(answer.exit_code == kDenied, "the LLM's token is denied: " + answer.reason()));
  }
  HQ_ASSIGN_OR_RETURN(const auto records, stage.RecordsAfter(before));
  const bool is_clean = std::none_of(records.begin(), records.end(), [](const Recorded& one) {
    return one.record.producer() == "llm-koosy";
  });
  return stage.See(is_clean, "the ledger has nothing of it");
}

Status CheckOwnerSeesOwnCell(Stage& stage) {
  HQ_ASSIGN_OR_RETURN(const auto cells, stage.people->Do("hana", {"cells"}));
  const bool sees_own_only =
      cells["cells"].size() == 1 && cells["cells"][0]["entry"].value("id", "") == "koosy";
  HQ_RETURN_IF_ERROR(stage.See(sees_own_only, "koosy's owner sees koosy alone"));
  HQ_ASSIGN_OR_RETURN(const auto usage, stage.people->Do("hana", {"usage"}));
  const bool pays_own_only =
      std::all_of(usage["usage"].begin(), usage["usage"].end(),
                  [](const auto& month) { return month.value("branch", "") == "koosy"; });
  HQ_ASSIGN_OR_RETURN(const auto records,
                      stage.people->LookAtAll("hana", {"ledger", "tail", "--last", "1000"}));
  const bool reads_own_only =
      !records.empty() && std::all_of(records.begin(), records.end(), [](const auto& record) {
        return record.value("branch", "") == "koosy";
      });
  HQ_RETURN_IF_ERROR(stage.See(
      pays_own_only && reads_own_only,
      "of usage and ledger too: " + std::to_string(records.size()) + " records, all koosy's"));
  HQ_ASSIGN_OR_RETURN(const auto other, stage.people->Type("hana", {"usage", "--branch", "bari"}));
  return stage.See(other.exit_code == kDenied && other.lines.empty(),
                   "asked for another's, the answer is no, without data: " + other.reason());
}

}  // namespace

Status Step5(Stage& stage) {
  stage.narrator.Chapter("5. What tokens cost, and what a token may not");
  HQ_RETURN_IF_ERROR(CheckUsage(stage));
  HQ_RETURN_IF_ERROR(CheckDenied(stage));
  return CheckOwnerSeesOwnCell(stage);
}

}  // namespace hq::demo
