#include "services/ledger/adapters/commit_group.hpp"

#include "common/base/check.hpp"
#include "common/base/ids.hpp"
#include "services/ledger/core/keys.hpp"

namespace hq::ledger {
namespace {

using Table = RocksStore::Table;

Status Moved(const std::string& stream, Version expected, Version actual, std::string_view reason) {
  return Refusal(
      absl::StatusCode::kAborted,
      stream + " has version " + std::to_string(actual) + ", not " + std::to_string(expected),
      reason, "Read the stream again and decide anew.");
}

}  // namespace

CommitGroup::CommitGroup(RocksStore& store, ChainHead& head, StreamHeads& heads,
                         std::int64_t now_us)
    : store_(store), head_(head), heads_(heads), now_us_(now_us) {}

void CommitGroup::Take(Submission submission) {
  auto result = Decide(submission);
  answers_.push_back({std::move(submission), std::move(result)});
}

// A receipt goes before everything else: a repeated command is answered as it was the first time,
// whatever has moved since.
Result<v1::AppendResponse> CommitGroup::Decide(const Submission& submission) {
  const v1::AppendRequest& request = submission.request;
  const bool is_idempotent = !request.command_id().empty();
  const std::string key =
      keys::OfCommand(submission.producer, request.actor(), request.command_id());
  v1::AppendResponse response;
  if (is_idempotent) {
    if (const auto earlier = EarlierReceipt(key)) {
      if (earlier->command_digest() != request.command_digest())
        return Refusal(absl::StatusCode::kAlreadyExists,
                       "the command_id was used for another command", "COMMAND_ID_REUSED",
                       "Give every command an id of its own.");
      *response.mutable_receipt() = earlier->receipt();
      response.set_repeated_command(true);
      return response;
    }
  }
  HQ_RETURN_IF_ERROR(CheckState(request));
  *response.mutable_receipt() = Stage(submission.producer, request);
  if (is_idempotent) {
    v1::CommandReceipt receipt;
    *receipt.mutable_receipt() = response.receipt();
    receipt.set_command_digest(request.command_digest());
    store_.Put(batch_, Table::kReceipts, key, receipt.SerializeAsString());
    receipts_.emplace(key, std::move(receipt));
  }
  return response;
}

std::optional<v1::CommandReceipt> CommitGroup::EarlierReceipt(const std::string& key) const {
  if (const auto it = receipts_.find(key); it != receipts_.end()) return it->second;
  const auto bytes = store_.Get(Table::kReceipts, key);
  if (!bytes) return std::nullopt;
  v1::CommandReceipt receipt;
  HQ_CHECK(receipt.ParseFromString(*bytes), "a stored receipt can be read");
  return receipt;
}

Status CommitGroup::CheckState(const v1::AppendRequest& request) {
  for (const auto& append : request.appends()) {
    if (!append.has_expected_version()) continue;
    const Version actual = heads_.Of(append.stream());
    if (actual != append.expected_version())
      return Moved(append.stream(), append.expected_version(), actual, "WRONG_EXPECTED_VERSION");
  }
  for (const auto& condition : request.conditions()) {
    const Version actual = heads_.Of(condition.stream());
    if (actual != condition.version())
      return Moved(condition.stream(), condition.version(), actual, "CONDITION_MOVED");
  }
  return absl::OkStatus();
}

v1::Receipt CommitGroup::Stage(const std::string& producer, const v1::AppendRequest& request) {
  v1::Receipt receipt;
  receipt.set_first_position(head_.position + 1);
  for (const auto& append : request.appends()) {
    Version version = heads_.Of(append.stream());
    for (const auto& event : append.events()) {
      const Link link =
          Extend(head_, DraftOf(request, append, event, ++version, producer), now_us_);
      Index(link);
      receipt.add_ids(link.record.id());
    }
    heads_.Set(append.stream(), version);
    auto* stream = receipt.add_streams();
    stream->set_stream(append.stream());
    stream->set_version(version);
  }
  receipt.set_last_position(head_.position);
  return receipt;
}

void CommitGroup::Index(const Link& link) {
  const v1::Record& record = link.record;
  const std::string position = keys::Number(record.position());
  store_.Put(batch_, Table::kLog, position, link.bytes);
  store_.Put(batch_, Table::kIndex,
             keys::OfStream(record.stream()) + keys::Number(record.version()), position);
  store_.Put(batch_, Table::kIndex, keys::OfId(record.id()), position);
  store_.Put(batch_, Table::kIndex, keys::OfBranch(record.branch()) + position, "");
  store_.Put(batch_, Table::kIndex, keys::OfEvent(record.event()) + position, "");
  store_.Put(batch_, Table::kIndex, keys::OfCategory(CategoryOf(record.stream())) + position, "");
  ++records_;
  bytes_ += link.bytes.size();
}

void CommitGroup::Write() {
  if (records_ > 0) store_.Write(batch_);
}

}  // namespace hq::ledger
