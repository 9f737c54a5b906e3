// What was asked for on the command line, checked for its shape only. Tokens never stand here: they
// come from the environment or a file.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace hq::cli {

struct Invocation {
  std::string command;  // e.g. "rollout plan".

  // Options of every command.
  bool is_json = false;
  std::optional<std::chrono::milliseconds> timeout;  // Absent: each command's own.
  std::string command_id;                            // Empty: a new one.

  // Arguments; each command uses its own, the rest stay empty.
  std::string directory;
  bool is_dry_run = false;
  std::string file;  // "-" is stdin or stdout.
  std::string ref;
  std::string release;
  std::string rollout;
  std::string target;
  std::string reason;
  std::string scope = "global";
  std::string branch;
  std::string month;
  std::string txn;
  bool is_diff_wanted = false;

  // Reading the ledger.
  std::string event;
  std::string category;
  std::string stream;
  std::string record;  // A position or TXN-….
  std::uint64_t after_position = 0;
  std::uint64_t limit = 0;
  std::uint64_t last = 20;
  bool is_followed = false;

  // Checking the ledger.
  std::string log_key;            // A verifier key; empty: what was trusted before, or first use.
  std::string state_file;         // Empty: hqctl's own, under the user's configuration.
  std::string witness_keys_file;  // Empty: the witnesses that the ledger names.
  std::string out_file;           // Empty: stdout.
  std::uint32_t cosignatures = 0;
  bool is_full = false;
  bool is_image_wanted = false;  // With a backup.

  // Appending a plain entry.
  std::optional<std::int64_t> tokens;
  std::string cost;
  std::string tier;
  std::string status;

  std::uint64_t min_position = 0;
};

}  // namespace hq::cli
