#include "services/ledger/core/recovery_report.hpp"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "common/base/clock.hpp"
#include "common/base/ids.hpp"

namespace hq::ledger {
namespace {

std::string ConditionName(StoreFinding::Condition condition) {
  switch (condition) {
    case StoreFinding::Condition::kSound:
      return "sound";
    case StoreFinding::Condition::kEmptied:
      return "emptied";
    case StoreFinding::Condition::kBroken:
      break;
  }
  return "broken";
}

Position ArchiveEnd(const Findings& findings) {
  for (const SourceFinding& source : findings.sources)
    if (source.name == "archive") return source.end;
  return 0;
}

// Quoted for a shell.
std::string ShellWord(const std::string& word) {
  std::string quoted = "'";
  for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

std::string RestoreCommand(const RecoveryReport& report) {
  const Findings& findings = report.findings;
  std::string command = absl::StrCat("hq-ledger restore --to ", ArchiveEnd(findings), " --into ",
                                     ShellWord(report.data_dir + ".restored"), " --log-key ",
                                     ShellWord(report.data_dir + "/signing.pub"));
  if (findings.store.condition == StoreFinding::Condition::kSound)
    absl::StrAppend(&command, " --abandoned ", ShellWord(report.data_dir));
  absl::StrAppend(&command, " --witnessed ", VouchedTo(findings), " --why ",
                  ShellWord(report.plan.cause));
  return command;
}

nlohmann::json ToJson(const std::vector<VouchedHead>& heads) {
  auto list = nlohmann::json::array();
  for (const VouchedHead& one : heads)
    list.push_back({{"by", one.by},
                    {"epoch", one.epoch},
                    {"size", one.head.size},
                    {"root", Hex(one.head.root)}});
  return list;
}

void AddFindings(const Findings& findings, std::string& text) {
  const StoreFinding& store = findings.store;
  absl::StrAppend(&text, "## What was found\n\n- The store is ", ConditionName(store.condition),
                  "; its records follow on each other up to position ", store.end, ", epoch ",
                  store.epoch, ".");
  if (!store.reason.empty()) absl::StrAppend(&text, " ", store.reason, ": ", store.detail);
  absl::StrAppend(&text, "\n");
  for (const VouchedHead& one : findings.vouched)
    absl::StrAppend(&text, "- Signed: ", one.head.size, " records of epoch ", one.epoch, ", root ",
                    Hex(one.head.root), " (", one.by, ").\n");
  for (const VouchedHead& one : findings.later_life)
    absl::StrAppend(&text, "- Signed, of a LATER life: ", one.head.size, " records of epoch ",
                    one.epoch, " (", one.by, ").\n");
  if (!findings.other_ledger.empty())
    absl::StrAppend(&text, "- Cosigned, of ANOTHER ledger: ", findings.other_ledger,
                    " (witnessed_other).\n");
  for (const FileFault& fault : findings.files)
    absl::StrAppend(&text, "- Of no use: ", fault.path, ": ", fault.why, ".\n");
  for (const SourceFinding& source : findings.sources)
    absl::StrAppend(&text, "- Source: ", source.name, ", ",
                    source.fault.empty() ? absl::StrCat("up to position ", source.end)
                                         : absl::StrCat("not to be had: ", source.fault),
                    ".\n");
}

void AddAttempt(const RecoveryReport& report, std::string& text) {
  absl::StrAppend(&text, "\n## What was tried\n\n");
  if (!report.attempt) absl::StrAppend(&text, "Nothing: no record had to be brought back.\n");
  if (!report.attempt) return;
  for (const Attempt::Stretch& part : report.attempt->stretches)
    absl::StrAppend(&text, "- Positions ", part.first, " to ", part.last, " from the ", part.source,
                    ".\n");
  absl::StrAppend(&text, report.attempt->fits()
                             ? "\nEvery link holds and every signed root comes out.\n"
                             : absl::StrCat("\nIt does not fit: ", report.attempt->why_not, ".\n"));
}

}  // namespace

Position RecoveryReport::KnownGoodTo() const {
  const Position end = attempt ? attempt->end : findings.store.end;
  Position good = 0;
  for (const VouchedHead& one : findings.vouched)
    if (one.head.size <= end) good = std::max(good, one.head.size);
  return good;
}

std::vector<std::string> RecoveryReport::NextSteps() const {
  const std::string start = "Start the ledger: HQ_DATA_DIR=" + ShellWord(data_dir) + " hq-ledger";
  if (!failure.empty() && !is_done)
    return {"Remove the cause (" + failure + "), then run again: hq-ledger repair"};
  if (!findings.other_ledger.empty())
    return {"Mount the disk of " + findings.other_ledger +
                ", and start the ledger on it. If that disk is lost, bring its ledger back into a "
                "new directory: hq-ledger restore",
            "If a new ledger is meant, delete " + ShellWord(data_dir + "/witnessed_other") +
                " and, while they are stopped, `witness/cosigned` in the data directories of the "
                "services that vouched for the old one."};
  switch (plan.rung) {
    case Rung::kOpen:
      return {start};
    case Rung::kRepair:
      if (is_done) return {start, "Look at what was put aside in " + ShellWord(folder) + "."};
      return {"hq-ledger repair --data " + ShellWord(data_dir)};
    case Rung::kRestore:
      return {"If a source could not be reached, bring it back and run again: hq-ledger repair",
              "Else decide whether the records behind position " +
                  std::to_string(ArchiveEnd(findings)) +
                  " may be given up. A restore opens a new epoch and cannot be taken back.",
              RestoreCommand(*this)};
    case Rung::kAudit:
      break;
  }
  return {
      "Keep " + ShellWord(data_dir) + " as it is; copy it before anything else.",
      "Look for what could bring the records back: another copy of the archive (--archive), "
      "the announcement stream (HQ_NATS_URL), an older key (--log-key), a checkpoint that a "
      "witness holds (--checkpoint).",
      "A source that is gone for good is left out (HQ_ARCHIVE= or HQ_NATS_URL=, empty): what it "
      "alone had is then given up.",
      "With each of them run again: hq-ledger repair --data " + ShellWord(data_dir)};
}

std::string RecoveryReport::Markdown() const {
  std::string text = absl::StrCat("# Recovery of ", data_dir, ", ", ToRfc3339(FromMicros(time_us)),
                                  "\n\n**", NameOf(plan.rung), is_done ? ", done" : "", "**");
  if (!plan.cause.empty()) absl::StrAppend(&text, " because of ", plan.cause);
  absl::StrAppend(&text, ": ", plan.why, ".\n\n");
  if (!failure.empty())
    absl::StrAppend(&text,
                    is_done ? "Not all could be put aside: " : "It was not carried out: ", failure,
                    ".\n\n");
  absl::StrAppend(&text, "Proven by a signed head up to position ", KnownGoodTo(), ".\n");
  const Position end = attempt ? attempt->end : findings.store.end;
  if (end > KnownGoodTo())
    absl::StrAppend(&text, "Positions ", KnownGoodTo() + 1, " to ", end,
                    " follow on from there by their links; nobody has signed them yet.\n");
  absl::StrAppend(&text, "\n");
  AddFindings(findings, text);
  AddAttempt(*this, text);
  absl::StrAppend(&text, "\n## What to do\n\n");
  for (const std::string& step : NextSteps()) {
    const bool is_command = step.starts_with("hq-ledger");
    absl::StrAppend(&text, is_command ? "      " : "- ", step, "\n");
  }
  return text;
}

std::string RecoveryReport::Json() const {
  nlohmann::json json = {{"time", ToRfc3339(FromMicros(time_us))},
                         {"data_dir", data_dir},
                         {"folder", folder},
                         {"rung", NameOf(plan.rung)},
                         {"cause", plan.cause},
                         {"why", plan.why},
                         {"is_done", is_done},
                         {"failure", failure},
                         {"known_good_to", KnownGoodTo()},
                         {"vouched", ToJson(findings.vouched)},
                         {"later_life", ToJson(findings.later_life)},
                         {"next_steps", NextSteps()}};
  json["store"] = {{"condition", ConditionName(findings.store.condition)},
                   {"reason", findings.store.reason},
                   {"detail", findings.store.detail},
                   {"epoch", findings.store.epoch},
                   {"end", findings.store.end}};
  for (const char* list : {"files", "sources", "stretches"}) json[list] = nlohmann::json::array();
  for (const FileFault& fault : findings.files)
    json["files"].push_back({{"path", fault.path}, {"why", fault.why}});
  for (const SourceFinding& source : findings.sources)
    json["sources"].push_back(
        {{"name", source.name}, {"end", source.end}, {"fault", source.fault}});
  if (attempt)
    for (const Attempt::Stretch& part : attempt->stretches)
      json["stretches"].push_back(
          {{"source", part.source}, {"first", part.first}, {"last", part.last}});
  return json.dump(1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace hq::ledger
