#include "cli/command_line.hpp"

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <sstream>

#include "cli/exit_code.hpp"
#include "cli/suggestion.hpp"

namespace hq::cli {
namespace {

constexpr const char* kDescription =
    "hqctl speaks to HQ OS: configuration, releases and rollouts, the kill switch, usage, the "
    "ledger.\n\n"
    "Examples:\n"
    "  hqctl apply deploy/local/franchise          check all files with their owners, then apply\n"
    "  hqctl release create --ref main             make a release of the HQ repository\n"
    "  hqctl rollout plan r-0123456789ab           what would happen in each cell\n"
    "  hqctl rollout start ROLLOUT && hqctl rollout watch ROLLOUT\n"
    "  hqctl kill-switch on --reason 'odd traffic' stop everything new, everywhere\n"
    "  hqctl ledger tail --last 50 --event deploy_failed --follow\n"
    "  hqctl ledger verify --full                  hash it all again, compare with the signed root";

constexpr const char* kFooter =
    "Data goes to stdout, messages to stderr.\n\n"
    "Environment:\n"
    "  HQ_TOKEN or HQ_TOKEN_FILE                   who you are (there is no flag for it)\n"
    "  HQ_LEDGER HQ_DECISION HQ_SYNC HQ_BILLING HQ_NOTIFY\n"
    "                                              host:port, 127.0.0.1:7301 to 127.0.0.1:7305\n"
    "  NO_COLOR                                    plain tables\n\n"
    "Exit codes:\n"
    "  0 done   1 failed   2 wrong usage or refused input   3 not found   4 denied\n"
    "  5 conflict, refused in the present state, or too much at once\n"
    "  6 a service is unavailable: try again";

// Fills an Invocation while CLI11 walks the command line.
class Grammar {
 public:
  Grammar() : app_(kDescription, "hqctl") {
    app_.footer(kFooter);
    app_.require_subcommand(1);
    app_.fallthrough();
    app_.set_help_all_flag("--help-all", "Help for every command");
    app_.add_flag("--json", invocation_.is_json, "JSON for machines, one document a line");
    app_.add_option("--timeout", timeout_s_,
                    "How long to wait for an answer, seconds (60; kill-switch on 15; watch, import "
                    "and export a day; tail --follow a year)")
        ->check(CLI::Range(0.1, 86'400.0));
    app_.add_option("--command-id", invocation_.command_id,
                    "Makes the command idempotent: the same id again repeats the first answer");
    AddConfiguration();
    AddRollouts();
    AddFleet();
    AddReading();
    AddLedger();
    AddProofs();
  }

  std::variant<Invocation, Usage> Parse(int count, const char* const* arguments) {
    try {
      app_.parse(count, arguments);
    } catch (const CLI::Success& asked_for) {  // --help and --help-all.
      std::ostringstream out, unused;
      app_.exit(asked_for, out, unused);
      return Usage{false, out.str()};
    } catch (const CLI::Error& error) {
      return Usage{true, "hqctl: " + Fault(count, arguments, error.what()) +
                             "\nTry `hqctl --help`, or `hqctl COMMAND --help`.\n"};
    }
    for (CLI::App* app = &app_; !app->get_subcommands().empty();) {
      app = app->get_subcommands().front();
      invocation_.command += (invocation_.command.empty() ? "" : " ") + app->get_name();
    }
    if (timeout_s_ > 0)
      invocation_.timeout = std::chrono::milliseconds(static_cast<std::int64_t>(timeout_s_ * 1e3));
    if (!tokens_.empty()) invocation_.tokens = std::stoll(tokens_);
    return invocation_;
  }

 private:
  CLI::App* Command(CLI::App& parent, const char* name, const char* what) {
    CLI::App* command = parent.add_subcommand(name, what);
    command->fallthrough();
    return command;
  }

  CLI::App* Group(const char* name, const char* what) {
    CLI::App* group = Command(app_, name, what);
    group->require_subcommand(1);
    return group;
  }

  void Reason(CLI::App& command) {
    command.add_option("--reason", invocation_.reason, "Why; it goes on the ledger")->required();
  }

  void Branch(CLI::App& command) {
    command.add_option("--branch", invocation_.branch, "One cell's id, or hq");
  }

  void MinPosition(CLI::App& command) {
    command.add_option("--min-position", invocation_.min_position,
                       "Wait until the answer reflects this ledger position");
  }

  void AddConfiguration() {
    auto& apply =
        *Command(app_, "apply", "Check a franchise's files with their owners, apply them");
    apply.add_option("DIR", invocation_.directory, "The folder that holds registry/, sync/, …")
        ->required();
    apply.add_flag("--dry-run", invocation_.is_dry_run, "Check everything, change nothing");
    auto& release = *Group("release", "Releases of the HQ repository");
    auto& create = *Command(release, "create", "Make a release of a commit");
    create.add_option("--ref", invocation_.ref, "Branch, tag or commit; else the default branch");
  }

  void AddRollouts() {
    auto& rollout = *Group("rollout", "One release on its way to the fleet");
    auto& plan = *Command(rollout, "plan", "Compute and freeze a plan; touches no cell");
    plan.add_option("RELEASE", invocation_.release, "The release's id")->required();
    plan.add_flag("--diff", invocation_.is_diff_wanted, "Show each cell's diff");
    const auto named = [&](const char* name, const char* what) -> CLI::App& {
      auto& command = *Command(rollout, name, what);
      command.add_option("ROLLOUT", invocation_.rollout, "The rollout's id")->required();
      return command;
    };
    named("start", "Start a planned rollout");
    Reason(named("resume", "Let a paused rollout go on"));
    MinPosition(named("get", "Show a rollout as it stands"));
    named("watch", "Show every change until its end; exit 0 only if it completed");
    auto& list = *Command(rollout, "list", "Show the rollouts, newest first");
    list.add_option("--limit", invocation_.limit, "How many; else 20")->check(CLI::Range(1, 1000));
    MinPosition(list);
    auto& rollback = *Command(app_, "rollback", "Take a release back by revert pull requests");
    rollback.add_option("--target", invocation_.target, "A release's id, or a record's (TXN-…)")
        ->required();
    Reason(rollback);
  }

  void AddFleet() {
    auto& kill_switch = *Group("kill-switch", "The full stop");
    for (const char* name : {"on", "off"}) {
      const bool is_on = std::string_view(name) == "on";
      auto& command = *Command(kill_switch, name, is_on ? "Nothing new enters" : "Release it");
      command.add_option("--scope", invocation_.scope, "global, or one cell's id")
          ->capture_default_str();
      Reason(command);
    }
    MinPosition(*Command(kill_switch, "status", "Show the switches that are engaged"));
    for (const char* name : {"lock", "unlock"}) {
      const bool is_lock = std::string_view(name) == "lock";
      auto& command =
          *Command(app_, name, is_lock ? "Let nothing but reverts reach a cell" : "Open a cell");
      command.add_option("CELL", invocation_.branch, "The cell's id")->required();
      Reason(command);
    }
    auto& cells = *Command(app_, "cells", "Show the cells and how they stand");
    Branch(cells);
    MinPosition(cells);
  }

  void AddReading() {
    auto& usage = *Command(app_, "usage", "Show tokens and exact cost per cell and month");
    Branch(usage);
    usage.add_option("--month", invocation_.month, "YYYY-MM, UTC");
    MinPosition(usage);
    auto& deliveries = *Command(app_, "deliveries", "Show who was told of what, newest first");
    Branch(deliveries);
    deliveries.add_option("--txn", invocation_.txn, "About one record, TXN-…");
    deliveries.add_option("--limit", invocation_.limit, "How many; else 100")
        ->check(CLI::Range(1, 1000));
    MinPosition(deliveries);
  }

  void AddFilter(CLI::App& command) {
    Branch(command);
    command.add_option("--event", invocation_.event, "One event's name, e.g. deploy_failed");
    command.add_option("--stream", invocation_.stream, "One stream, e.g. cell-koosy");
    command.add_option("--category", invocation_.category, "One kind of stream, e.g. rollout");
  }

  void AddLedger() {
    auto& ledger = *Group("ledger", "The records themselves, and whether they are to be believed");
    ledger_ = &ledger;
    auto& tail = *Command(ledger, "tail", "Show the last records");
    AddFilter(tail);
    tail.add_option("--last", invocation_.last, "How many")
        ->check(CLI::Range(1, 10'000))
        ->capture_default_str();
    tail.add_flag("-f,--follow", invocation_.is_followed, "And then what comes");
    auto& read = *Command(ledger, "read", "Show records in order");
    AddFilter(read);
    read.add_option("--after", invocation_.after_position, "Start after this position");
    read.add_option("--limit", invocation_.limit, "How many; else all up to the head");
    auto& get = *Command(ledger, "get", "Show one record whole");
    get.add_option("RECORD", invocation_.record, "Its id (TXN-…) or its position")->required();
    Command(ledger, "head", "Show where the ledger ends");
    Command(ledger, "status", "Show how the ledger stands: disk, lags, scrubbing, backups");
    auto& append = *Command(ledger, "append", "Append a plain entry");
    append.add_option("--branch", invocation_.branch, "The cell's id, or hq")->required();
    append.add_option("--event", invocation_.event, "The event's name, e.g. llm_generate")
        ->required();
    append.add_option("--tokens", tokens_, "Tokens used")->check(CLI::Range(INT64_MIN, INT64_MAX));
    append.add_option("--cost", invocation_.cost, "The cost that is claimed, e.g. 0.02736");
    append.add_option("--tier", invocation_.tier, "The billing tier");
    append.add_option("--status", invocation_.status, "e.g. success");
    AddDocuments(ledger);
    AddBackups(ledger);
  }

  void AddDocuments(CLI::App& ledger) {
    auto& importing =
        *Command(ledger, "import", "Append the entries of a JSON Lines file, all or none");
    importing.add_option("FILE", invocation_.file, "e.g. ledger.jsonl; - reads stdin")->required();
    importing.add_flag("--dry-run", invocation_.is_dry_run, "Check every line, append nothing");
    auto& exporting = *Command(ledger, "export", "Write records as JSON Lines");
    AddFilter(exporting);
    exporting.add_option("--after", invocation_.after_position, "Start after this position");
    exporting.add_option("--limit", invocation_.limit, "How many; else all up to the head");
    exporting.add_option("-o,--output", invocation_.file, "Into this file; else to stdout");
  }

  void AddTrust(CLI::App& command) {
    command.add_option("--log-key", invocation_.log_key,
                       "The log's verifier key (name+id+base64); else what was trusted before");
    command.add_option("--state", invocation_.state_file,
                       "Where the trusted key and the last checkpoint are kept "
                       "(~/.config/hqctl/ledger)");
    command.add_option("--witness-keys", invocation_.witness_keys_file,
                       "A file with the witnesses' verifier keys; else those the ledger names");
    command
        .add_option("--cosignatures", invocation_.cosignatures,
                    "Take the largest checkpoint that so many witnesses cosigned")
        ->check(CLI::Range(0, 16));
  }

  void AddProofs() {
    auto& checkpoint = *Command(*ledger_, "checkpoint", "Print the ledger's signed checkpoint");
    checkpoint
        .add_option("--cosignatures", invocation_.cosignatures,
                    "The largest that so many witnesses cosigned")
        ->check(CLI::Range(0, 16));
    auto& prove = *Command(*ledger_, "prove", "Prove that a record is in the ledger");
    prove.add_option("RECORD", invocation_.record, "Its id (TXN-…) or its position")->required();
    prove.add_option("--out", invocation_.out_file, "Write the document to a file");
    AddTrust(prove);
    auto& verify = *Command(*ledger_, "verify", "Check that the ledger has only grown");
    verify.add_flag("--full", invocation_.is_full, "Hash every record again and compare the root");
    AddTrust(verify);
  }

  void AddBackups(CLI::App& ledger) {
    auto& backup = *Command(ledger, "backup", "Ship everything to the archive, now");
    backup.add_flag("--with-image", invocation_.is_image_wanted, "Also today's image");
    // Taken over by cli/ledger_tool before this grammar sees them; here for --help.
    Command(ledger, "repair",
            "Bring back what the ledger lacks, offline: see hq-ledger repair --help");
    Command(ledger, "restore", "Restore from the archive, offline: see hq-ledger restore --help");
    Command(ledger, "drill",
            "Prove that yesterday's backup can be restored: hq-ledger drill --help");
  }

  // The first word that the grammar does not know, and what may have been meant; else CLI11's own
  // message.
  std::string Fault(int count, const char* const* arguments, const std::string& message) {
    CLI::App* app = &app_;
    for (int i = 1; i < count; ++i) {
      const std::string word = arguments[i];
      std::vector<std::string> known;
      if (word.starts_with("--")) {
        for (const CLI::App* from :
             {static_cast<const CLI::App*>(&app_), static_cast<const CLI::App*>(app)})
          for (const auto* option : from->get_options())
            for (const auto& name : option->get_lnames()) known.push_back("--" + name);
        const std::string name = word.substr(0, word.find('='));
        if (std::find(known.begin(), known.end(), name) != known.end()) continue;
        return Unknown(name, known);
      }
      if (word.starts_with("-")) continue;
      CLI::App* next = nullptr;
      for (CLI::App* command : app->get_subcommands([](CLI::App*) { return true; })) {
        known.push_back(command->get_name());
        if (word == command->get_name()) next = command;
      }
      if (next) {
        app = next;
        continue;
      }
      if (!known.empty()) return Unknown(word, known);
    }
    return message;
  }

  static std::string Unknown(const std::string& word, const std::vector<std::string>& known) {
    const std::string nearest = NearestWord(word, known);
    return "there is no `" + word.substr(0, 60) + "` here" +
           (nearest.empty() ? "." : "\nDid you mean `" + nearest + "`?");
  }

  CLI::App app_;
  CLI::App* ledger_ = nullptr;  // The group of that name.
  Invocation invocation_;
  double timeout_s_ = 0;
  std::string tokens_;
};

}  // namespace

std::variant<Invocation, Usage> ParseCommandLine(int count, const char* const* arguments) {
  return Grammar().Parse(count, arguments);
}

}  // namespace hq::cli
