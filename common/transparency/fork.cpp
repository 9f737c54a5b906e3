#include "common/transparency/fork.hpp"

#include <absl/strings/numbers.h>
#include <absl/strings/str_split.h>

#include <algorithm>
#include <limits>

#include "common/transparency/signed_note.hpp"

// The lines that a watcher needs of the text that a restore signs; others follow.
//
//   "hq.ledger.v1 fork" LF
//   "log " log_id LF
//   "epoch " from_epoch " " epoch LF
//   "restored " restored_to " " base64(restored_hash) LF
//
// The name of the log's key is "hq-os/" log_id.

namespace hq::ledger {
namespace {

Status ForkRefused(absl::StatusCode code, std::string_view why) {
  return Refusal(code, "no fork statement of this log: " + std::string(why), "FORK_REFUSED",
                 "Ask the ledger's operator how the new life came about.");
}

bool IsSignedBy(const SignedNote& note, const VerifierKey& key) {
  return key.type == KeyType::kEd25519 &&
         std::any_of(note.signatures.begin(), note.signatures.end(), [&](const auto& signature) {
           return key.IsSignerOf(signature) &&
                  VerifiesEd25519(key.public_key, note.text, signature.signature);
         });
}

// The words of a line; empty if the first is another or if there are not so many.
std::vector<std::string> WordsOf(const std::string& line, std::string_view first,
                                 std::size_t count) {
  std::vector<std::string> words = absl::StrSplit(line, ' ');
  const bool fits = words.size() == count && words.front() == first;
  return fits ? words : std::vector<std::string>();
}

}  // namespace

Result<Fork> OpenFork(std::string_view note, const VerifierKey& log) {
  constexpr auto kMalformed = absl::StatusCode::kInvalidArgument;
  HQ_ASSIGN_OR_RETURN(const SignedNote parsed, ParseSignedNote(note));
  const std::vector<std::string> lines = absl::StrSplit(parsed.text, '\n');
  if (lines.size() < 5 || lines[0] != "hq.ledger.v1 fork")
    return ForkRefused(kMalformed, "other lines are needed");
  const auto log_id = WordsOf(lines[1], "log", 2);
  const auto epochs = WordsOf(lines[2], "epoch", 3);
  const auto restored = WordsOf(lines[3], "restored", 3);
  Fork fork;
  const bool is_readable = !log_id.empty() && !epochs.empty() && !restored.empty() &&
                           absl::SimpleAtoi(epochs[1], &fork.from_epoch) &&
                           absl::SimpleAtoi(epochs[2], &fork.epoch) &&
                           absl::SimpleAtoi(restored[1], &fork.restored_to);
  if (!is_readable || fork.from_epoch >= fork.epoch)
    return ForkRefused(kMalformed, "a line is malformed");
  constexpr auto kDenied = absl::StatusCode::kPermissionDenied;
  if (log.name != "hq-os/" + log_id[1]) return ForkRefused(kDenied, "it is of another log");
  if (!IsSignedBy(parsed, log)) return ForkRefused(kDenied, "the log's key did not sign it");
  return fork;
}

std::vector<Fork> OpenForks(const std::vector<std::string>& notes,
                            const std::vector<VerifierKey>& keys) {
  std::vector<Fork> forks;
  for (const std::string& note : notes)
    for (const VerifierKey& key : keys)
      if (const auto fork = OpenFork(note, key); fork.ok()) {
        forks.push_back(*fork);
        break;
      }
  return forks;
}

// From either life back to the one that it began in, the younger first, until they meet.
std::optional<std::uint64_t> InCommon(const std::vector<Fork>& forks, std::uint64_t one,
                                      std::uint64_t other) {
  std::uint64_t in_common = std::numeric_limits<std::uint64_t>::max();
  while (one != other) {
    std::uint64_t& younger = one > other ? one : other;
    const auto fork = std::find_if(forks.begin(), forks.end(),
                                   [&](const Fork& each) { return each.epoch == younger; });
    if (fork == forks.end()) return std::nullopt;
    in_common = std::min(in_common, fork->restored_to);
    younger = fork->from_epoch;
  }
  return in_common;
}

}  // namespace hq::ledger
