#include "services/ledger/adapters/rocks_event_log.hpp"

#include <algorithm>

#include "common/base/ids.hpp"
#include "services/ledger/adapters/callers_event_log.hpp"
#include "services/ledger/adapters/chain_check.hpp"
#include "services/ledger/core/append.hpp"
#include "services/ledger/core/authority.hpp"
#include "services/ledger/core/keys.hpp"
#include "services/ledger/core/limits.hpp"

namespace hq::ledger {
namespace {

constexpr Position kCheckedOnOpen = 10'000;
constexpr ChunkLimits kStreamChunk;
constexpr std::string_view kAnnouncedKey = "announced";

Status Diverged(const std::string& what) {
  return Refusal(absl::StatusCode::kFailedPrecondition, "not in this ledger's history: " + what,
                 "DIVERGED", "Forget what was read and begin again at position 0.");
}

bool IsVisible(const rpc::Caller& caller, const std::string& bytes) {
  v1::Record record;
  return !caller.IsBound() || (record.ParseFromString(bytes) && caller.MaySee(record.branch()));
}

Status NotYours() {
  return Refusal(absl::StatusCode::kPermissionDenied, "not a stream of the caller's cells",
                 "NOT_YOUR_CELL", "Read a stream of one of your own cells.");
}

}  // namespace

Result<std::unique_ptr<RocksEventLog>> RocksEventLog::Open(const std::string& directory,
                                                           Clock& clock,
                                                           runtime::Metrics& metrics) {
  HQ_ASSIGN_OR_RETURN(auto store, RocksStore::Open(directory));
  HQ_ASSIGN_OR_RETURN(ChainHead head, store->LoadHead());
  HQ_RETURN_IF_ERROR(CheckTail(*store, head, kCheckedOnOpen));
  return std::unique_ptr<RocksEventLog>(
      new RocksEventLog(std::move(store), std::move(head), clock, metrics));
}

RocksEventLog::RocksEventLog(std::unique_ptr<RocksStore> store, ChainHead head, Clock& clock,
                             runtime::Metrics& metrics)
    : clock_(clock),
      store_(std::move(store)),
      reader_(*store_),
      committer_(*store_, std::move(head), clock, metrics) {}

std::unique_ptr<EventLog> RocksEventLog::As(rpc::Caller caller) {
  return std::make_unique<CallersEventLog>(*this, std::move(caller));
}

void RocksEventLog::Append(const rpc::Caller& caller, v1::AppendRequest request,
                           EventLog::OnAppended done) {
  const Appender appender{caller.principal, caller.role, caller.cells};
  const auto check = [&]() -> Status {
    HQ_RETURN_IF_ERROR(CheckAppend(request, clock_.Now()));
    HQ_RETURN_IF_ERROR(CheckAuthority(appender, request));
    HQ_RETURN_IF_ERROR(CompleteAppend(appender, request));
    const ChainHead head = committer_.Head();
    if (!request.log_id().empty() && request.log_id() != head.log_id)
      return Diverged("another log_id");
    if (request.epoch() != 0 && request.epoch() != head.epoch) return Diverged("another epoch");
    return absl::OkStatus();
  };
  if (const Status status = check(); !status.ok()) return done(status);
  committer_.Submit(
      {caller.principal, std::move(request), std::move(done), std::chrono::steady_clock::now()});
}

Result<StreamChunk> RocksEventLog::ReadStream(const rpc::Caller& caller, const std::string& stream,
                                              Version after, Version until) const {
  if (!IsStreamName(stream))
    return Refusal(absl::StatusCode::kInvalidArgument, "stream: no stream's name", "INVALID_FIELD",
                   "Correct the named field.");
  StreamChunk chunk;
  chunk.version = store_->VersionOf(stream);
  if (chunk.version == 0 && !caller.MaySee(IdOf(stream))) return NotYours();
  const std::string prefix = keys::OfStream(stream);
  const auto record_at = [&](Version version) {
    const auto row = store_->Get(RocksStore::Table::kIndex, prefix + keys::Number(version));
    return store_->RecordAt(row ? keys::LastNumber(*row).value_or(0) : 0);
  };
  if (chunk.version > 0 && !IsVisible(caller, record_at(1))) return NotYours();
  const Version last = until == 0 ? chunk.version : std::min(until, chunk.version);
  std::size_t bytes = 0;
  chunk.last = std::min(after, last);
  while (chunk.last < last && chunk.records.size() < kStreamChunk.records &&
         bytes < kStreamChunk.bytes) {
    std::string record = record_at(chunk.last + 1);
    if (!IsVisible(caller, record)) return NotYours();
    bytes += record.size();
    chunk.records.push_back(std::move(record));
    ++chunk.last;
  }
  return chunk;
}

std::optional<v1::CommandReceipt> RocksEventLog::ReceiptOf(const rpc::Caller& caller,
                                                           const std::string& actor,
                                                           const std::string& command_id) const {
  if (command_id.empty()) return std::nullopt;
  return reader_.ReceiptOf(caller.principal, actor.empty() ? caller.principal : actor, command_id);
}

Result<Range> RocksEventLog::RangeOf(const rpc::Caller& caller,
                                     const v1::ReadRequest& request) const {
  HQ_ASSIGN_OR_RETURN(Selection selection,
                      SelectionOf(caller.cells, request.branch(), request.filter()));
  const Position head = committer_.Head().position;
  Range range{std::move(selection), request.after_position(), head, head};
  const v1::Filter& filter = request.filter();
  if (filter.recorded_from_us() > 0)
    range.after =
        std::max(range.after, reader_.FirstAt(filter.recorded_from_us(), range.until) - 1);
  if (filter.recorded_until_us() > 0)
    range.until = reader_.FirstAt(filter.recorded_until_us(), range.until) - 1;
  return range;
}

Result<std::string> RocksEventLog::Get(const rpc::Caller& caller,
                                       const v1::GetRequest& request) const {
  const Status none = Refusal(absl::StatusCode::kNotFound, "no such record", "NO_SUCH_RECORD",
                              "Check the position or id.");
  if (request.key_case() == v1::GetRequest::KEY_NOT_SET)
    return Refusal(absl::StatusCode::kInvalidArgument, "key: neither position nor id",
                   "INVALID_FIELD", "Name the record.");
  const bool is_by_id = request.key_case() == v1::GetRequest::kId;
  const Position position =
      is_by_id ? reader_.PositionOf(request.id()).value_or(0) : request.position();
  if (position == 0 || position > committer_.Head().position) return none;
  std::string bytes = store_->RecordAt(position);
  if (!IsVisible(caller, bytes)) return none;
  return bytes;
}

v1::HeadResponse RocksEventLog::Head() const {
  const ChainHead head = committer_.Head();
  v1::HeadResponse response;
  response.mutable_head()->set_log_id(head.log_id);
  response.mutable_head()->set_epoch(head.epoch);
  response.mutable_head()->set_position(head.position);
  response.mutable_head()->set_hash(head.hash);
  response.set_recorded_at_us(head.recorded_at_us);
  return response;
}

Status RocksEventLog::CheckCursor(const v1::Cursor& cursor) const {
  const ChainHead head = committer_.Head();
  if (!cursor.log_id().empty() && cursor.log_id() != head.log_id) return Diverged("another log_id");
  if (cursor.epoch() > head.epoch) return Diverged("a later epoch");
  if (cursor.position() > head.position) return Diverged("a position that is not reached yet");
  if (cursor.position() == 0 || cursor.hash().empty()) return absl::OkStatus();
  if (LeafHash(store_->RecordAt(cursor.position())) != cursor.hash())
    return Diverged("another record at that position");
  return absl::OkStatus();
}

Result<std::string> RocksEventLog::PutBlob(const rpc::Caller& caller, std::string_view content) {
  HQ_RETURN_IF_ERROR(CheckBlobAuthority({caller.principal, caller.role, caller.cells}));
  if (content.size() > kBlobBytesMax)
    return Refusal(absl::StatusCode::kInvalidArgument, "content: larger than 64 MiB",
                   "INVALID_FIELD", "Store it in parts.");
  const std::string sha256 = Sha256(content);
  if (!store_->Get(RocksStore::Table::kBlobs, sha256))
    store_->PutSynced(RocksStore::Table::kBlobs, sha256, content);
  return sha256;
}

Result<std::string> RocksEventLog::GetBlob(std::string_view sha256) const {
  auto content = store_->Get(RocksStore::Table::kBlobs, sha256);
  if (!content)
    return Refusal(absl::StatusCode::kNotFound, "no such content", "NO_SUCH_BLOB",
                   "Check the digest.");
  return *std::move(content);
}

std::optional<AnnouncedHint> RocksEventLog::announced() const {
  const auto value = store_->Get(RocksStore::Table::kMeta, kAnnouncedKey);
  if (!value || value->size() != 16) return std::nullopt;
  const std::string_view view = *value;
  return AnnouncedHint{keys::LastNumber(view.substr(0, 8)).value_or(0),
                       keys::LastNumber(view).value_or(0)};
}

void RocksEventLog::SetAnnounced(const AnnouncedHint& hint) {
  store_->PutHint(kAnnouncedKey, keys::Number(hint.sequence) + keys::Number(hint.position));
}

}  // namespace hq::ledger
