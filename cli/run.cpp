#include "cli/run.hpp"

#include <array>
#include <cstdio>

#include "cli/command_line.hpp"
#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/ledger_tool.hpp"
#include "common/base/ids.hpp"

namespace hq::cli {
namespace {

struct Command {
  std::string_view name;
  Status (*run)(const Context&);
  bool is_change;
};

constexpr std::array kCommands = {
    Command{"apply", Apply, true},
    Command{"release create", ReleaseCreate, true},
    Command{"rollout plan", RolloutPlan, true},
    Command{"rollout start", RolloutStart, true},
    Command{"rollout resume", RolloutResume, true},
    Command{"rollout get", RolloutGet, false},
    Command{"rollout watch", RolloutWatch, false},
    Command{"rollout list", RolloutList, false},
    Command{"rollback", Rollback, true},
    Command{"kill-switch on", KillSwitchOn, true},
    Command{"kill-switch off", KillSwitchOff, true},
    Command{"kill-switch status", KillSwitchStatus, false},
    Command{"lock", Lock, true},
    Command{"unlock", Unlock, true},
    Command{"cells", Cells, false},
    Command{"usage", ShowUsage, false},
    Command{"deliveries", ListDeliveries, false},
    Command{"ledger tail", LedgerTail, false},
    Command{"ledger read", LedgerRead, false},
    Command{"ledger get", LedgerGet, false},
    Command{"ledger head", LedgerHead, false},
    Command{"ledger status", LedgerStatus, false},
    Command{"ledger append", LedgerAppend, true},
    // An import and a backup are repeated as they are, without a command id.
    Command{"ledger import", LedgerImport, false},
    Command{"ledger export", LedgerExport, false},
    Command{"ledger checkpoint", LedgerCheckpoint, false},
    Command{"ledger prove", LedgerProve, false},
    Command{"ledger verify", LedgerVerify, false},
    Command{"ledger backup", LedgerBackup, false},
};

// What to do about an answer that did not say so itself; and how to repeat a change whose outcome
// is unknown, which no service can say: an id that was made here is known here alone.
Status WithNextStep(const Status& status, const Invocation& invocation, bool is_change) {
  if (status.ok()) return status;
  Advice advice = AdviceOf(status);
  const ExitCode code = ExitCodeOf(status);
  const bool is_silent = advice.next_step.empty();
  if (is_silent && code == kUnavailable)
    advice.next_step = "Check that the services run and where they are (hqctl --help).";
  if (is_silent && code == kDenied)
    advice.next_step = "Check which token HQ_TOKEN or HQ_TOKEN_FILE holds.";
  if (code == kUnavailable && is_change)
    advice.next_step +=
        " Whether the command was carried out is not known: repeat it with --command-id " +
        invocation.command_id + ", which is safe.";
  return WithAdvice(status, advice);
}

Status Execute(const Invocation& invocation, const Output& output) {
  HQ_ASSIGN_OR_RETURN(const Services services, Services::FromEnvironment());
  for (const auto& command : kCommands)
    if (command.name == invocation.command)
      return WithNextStep(command.run({invocation, services, output}), invocation,
                          command.is_change);
  return absl::InternalError("no such command: " + invocation.command);
}

}  // namespace

int Run(int count, const char* const* arguments) {
  if (const auto code = HandOverToLedger(count, arguments)) return *code;
  const auto parsed = ParseCommandLine(count, arguments);
  if (const auto* usage = std::get_if<Usage>(&parsed)) {
    std::fputs(usage->text.c_str(), usage->is_error ? stderr : stdout);
    return usage->is_error ? kUsage : kOk;
  }
  Invocation invocation = std::get<Invocation>(parsed);
  if (invocation.command_id.empty()) invocation.command_id = NewId();
  const Output output(invocation.is_json);
  const Status status = Execute(invocation, output);
  if (!status.ok()) output.Error(status);
  return ExitCodeOf(status);
}

}  // namespace hq::cli
