#include "services/ledger/core/commit_group.hpp"

#include <algorithm>

#include "common/base/ids.hpp"
#include "services/ledger/core/append.hpp"
#include "services/ledger/core/authority.hpp"
#include "services/ledger/core/keys.hpp"

namespace hq::ledger {
namespace {

// A caller who may not read the ledger is not told how far a stream has come.
Status Moved(const Appender& appender, const std::string& stream, Version expected, Version actual,
             std::string_view reason) {
  std::string message = stream + " has not version " + std::to_string(expected);
  if (appender.may_read)
    message =
        stream + " has version " + std::to_string(actual) + ", not " + std::to_string(expected);
  return Refusal(absl::StatusCode::kAborted, message, reason,
                 "Read the stream again and decide anew.");
}

Status TooWide(int index) {
  return Refusal(absl::StatusCode::kFailedPrecondition,
                 "no_matches[" + std::to_string(index) + "]: more than " +
                     std::to_string(CommitGroup::kCandidatesMax) +
                     " records would have to be looked at for this append",
                 "QUERY_TOO_WIDE",
                 "Read on and name a later after_position, or name a stream or a correlation_id.");
}

constexpr std::string_view kCellCategory = "cell";
constexpr std::string_view kHeadquarters = "hq";

bool IsImported(const v1::StreamAppend& append) {
  return append.events_size() > 0 && !append.events(0).source_line().empty();
}

bool Follows(const TxnId& before, const TxnId& id) {
  return before.day == id.day && before.counter + 1 == id.counter;
}

}  // namespace

CommitGroup::CommitGroup(const History& history, ChainHead head, std::int64_t now_us)
    : history_(history), head_(std::move(head)), now_us_(now_us) {}

// A receipt goes before everything else: a repeated command is answered as it was the first time,
// whatever has moved since.
Result<v1::AppendResponse> CommitGroup::Take(const Proposal& proposal) {
  const v1::AppendRequest& request = proposal.request;
  const bool is_idempotent = !request.command_id().empty();
  std::string key;
  v1::AppendResponse response;
  if (is_idempotent) {
    key =
        keys::OfCommand(proposal.appender.principal, OwnerOfCommand(request), request.command_id());
    if (auto earlier = EarlierReceipt(key)) {
      if (earlier->command_digest() != request.command_digest())
        return Refusal(absl::StatusCode::kAlreadyExists,
                       "the command_id was used for another command", "COMMAND_ID_REUSED",
                       "Give every command an id of its own.");
      *response.mutable_receipt() = std::move(*earlier->mutable_receipt());
      response.set_repeated_command(true);
      return response;
    }
  }
  HQ_RETURN_IF_ERROR(CheckCells(proposal));
  HQ_RETURN_IF_ERROR(CheckState(proposal));
  HQ_RETURN_IF_ERROR(CheckNoMatches(proposal));
  *response.mutable_receipt() = Stage(proposal);
  if (is_idempotent) {
    v1::CommandReceipt receipt;
    *receipt.mutable_receipt() = response.receipt();
    receipt.set_command_digest(request.command_digest());
    receipts_.emplace(std::move(key), std::move(receipt));
  }
  return response;
}

std::optional<v1::CommandReceipt> CommitGroup::EarlierReceipt(const std::string& key) const {
  const auto staged = receipts_.find(key);
  return staged == receipts_.end() ? history_.ReceiptOf(key) : staged->second;
}

Version CommitGroup::VersionOf(const std::string& stream) const {
  const auto staged = versions_.find(stream);
  return staged == versions_.end() ? history_.VersionOf(stream) : staged->second;
}

// What was imported may be older than the registry, and of cells that are no more.
Status CommitGroup::CheckCells(const Proposal& proposal) const {
  for (const auto& append : proposal.request.appends()) {
    if (CategoryOf(append.stream()) != kEntryCategory || IsImported(append)) continue;
    const std::string_view cell = IdOf(append.stream());
    if (cell == kHeadquarters) continue;
    if (VersionOf(std::string(kCellCategory) + "-" + std::string(cell)) == 0 && HasRegistry())
      return Refusal(absl::StatusCode::kNotFound, "no such cell: " + std::string(cell),
                     "UNKNOWN_CELL", "Name a cell of branches.json, or register it there first.");
  }
  return absl::OkStatus();
}

bool CommitGroup::HasRegistry() const {
  if (!has_registry_) {
    Selection cells;
    cells.category = kCellCategory;
    std::size_t one = 1;  // Whatever is of the category is a match.
    has_registry_ = history_.FirstMatch(cells, 0, one) != Position{0};
  }
  return *has_registry_;
}

Status CommitGroup::CheckState(const Proposal& proposal) const {
  for (const auto& append : proposal.request.appends()) {
    if (!append.has_expected_version()) continue;
    const Version actual = VersionOf(append.stream());
    if (actual != append.expected_version())
      return Moved(proposal.appender, append.stream(), append.expected_version(), actual,
                   "WRONG_EXPECTED_VERSION");
  }
  for (const auto& condition : proposal.request.conditions()) {
    const Version actual = VersionOf(condition.stream());
    if (actual != condition.version())
      return Moved(proposal.appender, condition.stream(), condition.version(), actual,
                   "CONDITION_MOVED");
  }
  return absl::OkStatus();
}

Status CommitGroup::CheckNoMatches(const Proposal& proposal) const {
  std::size_t candidates_left = kCandidatesMax;
  for (int i = 0; i < proposal.request.no_matches_size(); ++i) {
    const auto& no_match = proposal.request.no_matches(i);
    HQ_ASSIGN_OR_RETURN(const Selection selection, SelectionOf(proposal.appender.cells, no_match));
    const auto stored = history_.FirstMatch(selection, no_match.after_position(), candidates_left);
    if (!stored) return TooWide(i);
    Position found = *stored;
    const auto staged =
        std::find_if(fields_.begin(), fields_.end(), [&](const IndexFields& fields) {
          return fields.position > no_match.after_position() && selection.Matches(fields);
        });
    if (found == 0 && staged != fields_.end()) found = staged->position;
    if (found != 0)
      return Refusal(absl::StatusCode::kAborted,
                     "position " + std::to_string(found) + " matches what must not have happened",
                     "MATCH_FOUND", "Read on from your position and decide anew.");
  }
  return absl::OkStatus();
}

v1::Receipt CommitGroup::Stage(const Proposal& proposal) {
  const v1::AppendRequest& request = proposal.request;
  v1::Receipt receipt;
  receipt.set_first_position(head_.position + 1);
  for (const auto& append : request.appends()) {
    Version version = VersionOf(append.stream());
    for (const auto& event : append.events()) {
      StageEvent(request, append, event, ++version, proposal.appender.principal);
      receipt.add_ids(record_.id());
    }
    versions_[append.stream()] = version;
    auto* stream = receipt.add_streams();
    stream->set_stream(append.stream());
    stream->set_version(version);
  }
  receipt.set_last_position(head_.position);
  return receipt;
}

void CommitGroup::StageEvent(const v1::AppendRequest& request, const v1::StreamAppend& append,
                             const v1::NewEvent& event, Version version,
                             const std::string& producer) {
  DraftInto(record_, request, append, event, version, producer);
  if (rows_.empty() || rows_.back().frames.size() >= kRowBytes)
    rows_.push_back({head_.position + 1, {}});
  std::string& frames = rows_.back().frames;
  const std::size_t before = frames.size();
  const TxnId id_before = head_.id;
  leaf_hashes_ += ExtendInto(head_, record_, now_us_, hasher_, frames);
  bytes_ += frames.size() - before;
  if (head_.position == 1 || !Follows(id_before, head_.id))
    id_runs_.emplace_back(head_.id, head_.position);
  fields_.push_back({head_.position, version, append.stream(), event.branch(), event.event(),
                     request.actor(), request.correlation_id(), event.causation_id()});
}

}  // namespace hq::ledger
