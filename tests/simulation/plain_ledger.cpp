#include "tests/simulation/plain_ledger.hpp"

namespace hq::testing {
namespace {

using absl::StatusCode;

std::string ContentOf(const ledger::v1::AppendRequest& request) {
  ledger::v1::AppendRequest content = request;
  content.clear_command_digest();
  return content.SerializeAsString();
}

}  // namespace

PlainLedger::Verdict PlainLedger::Take(const std::string& principal,
                                       const ledger::v1::AppendRequest& request) {
  const std::string content = ContentOf(request);
  std::string command;
  if (!request.command_id().empty()) {
    command = principal + "/" + request.actor() + "/" + request.command_id();
    if (const auto earlier = EarlierVerdict(command, content)) return *earlier;
  }
  for (const auto& append : request.appends())
    if (append.has_expected_version() && append.expected_version() != VersionOf(append.stream()))
      return Refused(StatusCode::kAborted, "WRONG_EXPECTED_VERSION");
  for (const auto& condition : request.conditions())
    if (condition.version() != VersionOf(condition.stream()))
      return Refused(StatusCode::kAborted, "CONDITION_MOVED");
  for (const auto& no_match : request.no_matches())
    if (HasMatch(no_match)) return Refused(StatusCode::kAborted, "MATCH_FOUND");
  Verdict verdict;
  verdict.first = entries_.size() + 1;
  for (const auto& append : request.appends())
    for (const auto& event : append.events())
      entries_.push_back({append.stream(), VersionOf(append.stream()) + 1, event.branch(),
                          event.event(), request.command_id(), command, content, false});
  verdict.last = entries_.size();
  entries_.back().is_last = true;
  return verdict;
}

std::optional<PlainLedger::Verdict> PlainLedger::EarlierVerdict(const std::string& command,
                                                                const std::string& content) const {
  Verdict earlier;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (entries_[i].command != command) continue;
    if (entries_[i].content != content)
      return Refused(StatusCode::kAlreadyExists, "COMMAND_ID_REUSED");
    if (earlier.first == 0) earlier.first = i + 1;
    earlier.last = i + 1;
    earlier.is_repeated = true;
  }
  if (!earlier.is_repeated) return std::nullopt;
  return earlier;
}

Version PlainLedger::VersionOf(const std::string& stream) const {
  Version version = 0;
  for (const Entry& entry : entries_)
    if (entry.stream == stream) version = entry.version;
  return version;
}

// Without a bound: a run has far fewer records than QUERY_TOO_WIDE needs. Which of them count there
// depends on what one group had staged, so tests/contract holds it, one append after the other.
bool PlainLedger::HasMatch(const ledger::v1::NoMatch& no_match) const {
  const auto& filter = no_match.filter();
  for (std::size_t i = no_match.after_position(); i < entries_.size(); ++i) {
    const bool matches = (filter.stream().empty() || filter.stream() == entries_[i].stream) &&
                         (filter.event().empty() || filter.event() == entries_[i].event);
    if (matches) return true;
  }
  return false;
}

}  // namespace hq::testing
