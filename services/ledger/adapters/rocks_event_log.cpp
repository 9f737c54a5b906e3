#include "services/ledger/adapters/rocks_event_log.hpp"

#include <algorithm>
#include <filesystem>

#include "common/base/big_endian.hpp"
#include "common/base/ids.hpp"
#include "common/grpc/rights.hpp"
#include "common/runtime/fault.hpp"
#include "services/ledger/adapters/callers_event_log.hpp"
#include "services/ledger/adapters/chain_check.hpp"
#include "services/ledger/core/append.hpp"
#include "services/ledger/core/authority.hpp"
#include "services/ledger/core/fork_statement.hpp"
#include "services/ledger/core/keys.hpp"
#include "services/ledger/core/limits.hpp"
#include "services/ledger/core/record_frames.hpp"

namespace hq::ledger {
namespace {

constexpr Position kCheckedOnOpen = 10'000;
constexpr std::size_t kStreamChunkRecords = 256;
constexpr std::size_t kStreamChunkBytes = 1024 * 1024;
constexpr std::string_view kAnnouncedKey = "announced";
constexpr std::chrono::seconds kBetweenHints(1);

Status Diverged(const std::string& what) {
  return Refusal(absl::StatusCode::kFailedPrecondition, "not in this ledger's history: " + what,
                 "DIVERGED", "Forget what was read and begin again at position 0.");
}

// What a restore kept of the reader's life it may go on from, with or without a hash. For a life
// that no statement tells of, the hash alone can speak.
Status CheckLife(const std::vector<std::string>& fork_notes, const v1::Cursor& cursor,
                 std::uint64_t epoch) {
  const auto forks = ForksIn(fork_notes);
  const auto in_common = forks.ok() ? InCommon(*forks, cursor.epoch(), epoch) : std::nullopt;
  if (in_common && cursor.position() > *in_common)
    return Diverged("a restore gave up that position of epoch " + std::to_string(cursor.epoch()));
  if (!in_common && cursor.hash().empty())
    return Diverged("no hash, and nothing is known of epoch " + std::to_string(cursor.epoch()));
  return absl::OkStatus();
}

bool IsVisible(const rpc::Caller& caller, std::string_view bytes) {
  v1::Record record;
  return !caller.IsBound() ||
         (record.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) &&
          caller.MaySee(record.branch()));
}

Appender AppenderOf(const rpc::Caller& caller) {
  return {caller.principal, caller.role, caller.cells,
          rpc::RoleMay(caller.role, options::v1::RESOURCE_LEDGER, options::v1::VERB_READ)};
}

// Who has kept a checkpoint had records.
bool IsNew(const std::string& directory) {
  std::error_code error;
  return !std::filesystem::exists(directory + "/checkpoint", error);
}

Status MakeDirectory(const std::string& directory, const Disk& disk) {
  if (disk.env) {
    const auto made = disk.env->CreateDirIfMissing(directory);
    return made.ok() ? absl::OkStatus() : absl::UnavailableError(made.ToString());
  }
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (!error) return absl::OkStatus();
  return absl::UnavailableError("cannot make " + directory + ": " + error.message());
}

// What a repair has brought back so far may end anywhere: a record more on top would be in the way
// of all that is still missing.
Status CheckRepaired(const RocksStore& store) {
  HQ_ASSIGN_OR_RETURN(const auto row, store.TryGet(RocksStore::Table::kMeta, keys::kRepairing));
  if (!row) return absl::OkStatus();
  return Refusal(absl::StatusCode::kFailedPrecondition,
                 "a repair was broken off, which was to bring back the records up to position " +
                     std::to_string(keys::LastNumber(*row).value_or(0)),
                 "REPAIR_UNFINISHED",
                 "See that every source can be read that it had (HQ_ARCHIVE, HQ_NATS_URL), and "
                 "start the ledger again, or run: hq-ledger repair");
}

Status NotYours() {
  return Refusal(absl::StatusCode::kPermissionDenied, "not a stream of the caller's cells",
                 "NOT_YOUR_CELL", "Read a stream of one of your own cells.");
}

}  // namespace

Result<std::unique_ptr<RocksEventLog>> RocksEventLog::Open(const std::string& directory,
                                                           Clock& clock, runtime::Metrics& metrics,
                                                           Machinery machinery) {
  HQ_RETURN_IF_ERROR(MakeDirectory(directory, machinery.disk));
  HQ_ASSIGN_OR_RETURN(auto store,
                      RocksStore::Open(directory + "/log", IsNew(directory), machinery.disk));
  HQ_RETURN_IF_ERROR(CheckRepaired(*store));
  HQ_ASSIGN_OR_RETURN(ChainHead head, store->LoadHead());
  HQ_RETURN_IF_ERROR(CheckTail(*store, head, kCheckedOnOpen));
  HQ_ASSIGN_OR_RETURN(auto index,
                      LogIndex::Open(directory + "/index", *store, head,
                                     {.has_thread = machinery.has_threads}, machinery.disk));
  DurableHead durable{std::move(head), index->tree()};
  return std::unique_ptr<RocksEventLog>(new RocksEventLog(std::move(store), std::move(index),
                                                          std::move(durable), clock, metrics,
                                                          machinery.has_threads));
}

RocksEventLog::RocksEventLog(std::unique_ptr<RocksStore> store, std::unique_ptr<LogIndex> index,
                             DurableHead head, Clock& clock, runtime::Metrics& metrics,
                             bool has_threads)
    : clock_(clock),
      store_(std::move(store)),
      index_(std::move(index)),
      reader_(*store_, *index_),
      steps_(*store_, *index_, std::move(head), clock, metrics) {
  if (has_threads) committer_.emplace(queue_, steps_);
}

std::unique_ptr<EventLog> RocksEventLog::As(rpc::Caller caller) {
  return std::make_unique<CallersEventLog>(*this, std::move(caller));
}

void RocksEventLog::Append(const rpc::Caller& caller, v1::AppendRequest request,
                           EventLog::OnAppended done) {
  Append(caller, HeldRequest(std::move(request)), std::move(done));
}

void RocksEventLog::Append(const rpc::Caller& caller, HeldRequest request,
                           EventLog::OnAppended done) {
  Appender appender = AppenderOf(caller);
  const auto check = [&]() -> Status {
    HQ_RETURN_IF_ERROR(CheckAppend(*request, clock_.Now()));
    HQ_RETURN_IF_ERROR(CheckAuthority(appender, *request));
    HQ_RETURN_IF_ERROR(CompleteAppend(appender, *request));
    if (admission_) HQ_RETURN_IF_ERROR(admission_(*request));
    if (request->log_id().empty() && request->epoch() == 0) return absl::OkStatus();
    const ChainHead head = steps_.Head().chain;
    if (!request->log_id().empty() && request->log_id() != head.log_id)
      return Diverged("another log_id");
    if (request->epoch() != 0 && request->epoch() != head.epoch) return Diverged("another epoch");
    return absl::OkStatus();
  };
  if (const Status status = check(); !status.ok()) return done(status);
  const std::size_t bytes = request->ByteSizeLong();
  Submission submission{std::move(appender), std::move(request), bytes, std::move(done),
                        std::chrono::steady_clock::now()};
  fault::Point("ledger.enqueue.before");
  if (committer_) return committer_->Submit(std::move(submission));
  queue_.Submit(std::move(submission));
}

Result<StreamChunk> RocksEventLog::ReadStream(const rpc::Caller& caller, const std::string& stream,
                                              Version after, Version until) const {
  if (!IsStreamName(stream))
    return Refusal(absl::StatusCode::kInvalidArgument, "stream: no stream's name", "INVALID_FIELD",
                   "Correct the named field.");
  StreamChunk chunk;
  chunk.version = index_->VersionAt(stream, steps_.Head().chain.position);
  if (chunk.version == 0 && !caller.MaySee(IdOf(stream))) return NotYours();
  const Version last = until == 0 ? chunk.version : std::min(until, chunk.version);
  chunk.last = std::min(after, last);
  if (after == 0 || chunk.last == last) HQ_RETURN_IF_ERROR(CheckFirst(caller, stream, chunk));
  if (chunk.last == last) return chunk;
  const std::size_t wanted = std::min<Version>(last - chunk.last, kStreamChunkRecords);
  for (const Position position : index_->Versions(stream, chunk.last + 1, wanted)) {
    if (chunk.frames.size() >= kStreamChunkBytes) break;
    const std::string record = store_->RecordAt(position);
    if (!IsVisible(caller, record)) return NotYours();
    AddFrame(chunk.frames, record);
    ++chunk.last;
  }
  return chunk;
}

// Whose a stream is shows in its first record, also where nothing of it is asked for.
Status RocksEventLog::CheckFirst(const rpc::Caller& caller, const std::string& stream,
                                 const StreamChunk& chunk) const {
  if (!caller.IsBound() || chunk.version == 0) return absl::OkStatus();
  const auto first = index_->Versions(stream, 1, 1);
  if (first.empty() || !IsVisible(caller, store_->RecordAt(first.front()))) return NotYours();
  return absl::OkStatus();
}

std::optional<v1::CommandReceipt> RocksEventLog::ReceiptOf(const rpc::Caller& caller,
                                                           const std::string& actor,
                                                           const std::string& command_id) const {
  if (command_id.empty()) return std::nullopt;
  return index_->ReceiptAt(
      keys::OfCommand(caller.principal, actor.empty() ? caller.principal : actor, command_id),
      steps_.Head().chain.position);
}

Result<Range> RocksEventLog::RangeOf(const rpc::Caller& caller,
                                     const v1::ReadRequest& request) const {
  HQ_ASSIGN_OR_RETURN(Selection selection,
                      SelectionOf(caller.cells, request.branch(), request.filter()));
  if (request.last() && request.descending())
    return Refusal(absl::StatusCode::kInvalidArgument, "descending: not together with last",
                   "INVALID_FIELD", "Ask for one of the two.");
  v1::Cursor cursor;
  cursor.set_position(request.after_position());
  cursor.set_hash(request.after_hash());
  HQ_RETURN_IF_ERROR(CheckCursor(cursor));
  const Position head = steps_.Head().chain.position;
  Range range{std::move(selection), request.after_position(), head, head};
  if (request.before_position() > 0)
    range.until = std::min(range.until, request.before_position() - 1);
  const v1::Filter& filter = request.filter();
  range.has_times = filter.recorded_from_us() > 0 || filter.recorded_until_us() > 0;
  if (filter.recorded_from_us() > 0)
    range.floor = reader_.FirstAt(filter.recorded_from_us(), range.until) - 1;
  range.after = std::max(range.after, range.floor);
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
  const Position head = steps_.Head().chain.position;
  const bool is_by_id = request.key_case() == v1::GetRequest::kId;
  const Position position =
      is_by_id ? reader_.PositionOf(request.id(), head).value_or(0) : request.position();
  if (position == 0 || position > head) return none;
  std::string bytes = store_->RecordAt(position);
  if (!IsVisible(caller, bytes)) return none;
  return bytes;
}

Frames RocksEventLog::ReadFrames(Position after, Position until, std::size_t bytes_max) const {
  return store_->ReadFrames(after, std::min(until, steps_.Head().chain.position), bytes_max);
}

Result<Frames> RocksEventLog::TryReadFrames(Position after, Position until,
                                            std::size_t bytes_max) const {
  return store_->TryReadFrames(after, std::min(until, steps_.Head().chain.position), bytes_max);
}

std::vector<Position> RocksEventLog::EffectsOf(const std::string& id, std::size_t max) const {
  return index_->Forward(keys::OfCause(id), 0, steps_.Head().chain.position, max);
}

v1::HeadResponse RocksEventLog::Head() const {
  const ChainHead head = steps_.Head().chain;
  v1::HeadResponse response;
  response.mutable_head()->set_log_id(head.log_id);
  response.mutable_head()->set_epoch(head.epoch);
  response.mutable_head()->set_position(head.position);
  response.mutable_head()->set_hash(head.hash);
  response.set_recorded_at_us(head.recorded_at_us);
  return response;
}

Status RocksEventLog::CheckCursor(const v1::Cursor& cursor) const {
  const ChainHead head = steps_.Head().chain;
  if (!cursor.log_id().empty() && cursor.log_id() != head.log_id) return Diverged("another log_id");
  if (cursor.epoch() > head.epoch) return Diverged("a later epoch");
  if (cursor.position() > head.position) return Diverged("a position that is not reached yet");
  if (cursor.position() == 0) return absl::OkStatus();
  const bool is_of_older_life = cursor.epoch() != 0 && cursor.epoch() < head.epoch;
  if (is_of_older_life) HQ_RETURN_IF_ERROR(CheckLife(ForkNotes(), cursor, head.epoch));
  if (cursor.hash().empty()) return absl::OkStatus();
  if (LeafHash(store_->RecordAt(cursor.position())) != cursor.hash())
    return Diverged("another record at that position");
  return absl::OkStatus();
}

Result<std::string> RocksEventLog::PutBlob(const rpc::Caller& caller, std::string_view content) {
  HQ_RETURN_IF_ERROR(CheckBlobAuthority({caller.principal, caller.role, caller.cells}));
  if (content.size() > kBlobBytesMax)
    return Refusal(absl::StatusCode::kInvalidArgument, "content: larger than 64 MiB",
                   "INVALID_FIELD", "Store it in parts.");
  if (admission_) HQ_RETURN_IF_ERROR(admission_(v1::AppendRequest()));
  const std::string sha256 = Sha256(content);
  fault::Point("ledger.blob.put.before");
  const auto stored = store_->TryGet(RocksStore::Table::kBlobs, sha256);
  if (!stored.ok() || *stored != content)  // What rotted is mended by putting it again.
    store_->PutSynced(RocksStore::Table::kBlobs, sha256, content);
  fault::Point("ledger.blob.put.after");
  return sha256;
}

Result<std::string> RocksEventLog::GetBlob(std::string_view sha256) const {
  auto content = store_->TryGet(RocksStore::Table::kBlobs, sha256);
  if (content.ok() && !*content)
    return Refusal(absl::StatusCode::kNotFound, "no such content", "NO_SUCH_BLOB",
                   "Check the digest.");
  if (!content.ok() || Sha256(**content) != sha256)
    return Refusal(absl::StatusCode::kDataLoss, "what is stored is not the content any more",
                   "BLOB_DAMAGED", "Put the content again; the archive has it under blobs/.");
  return **std::move(content);
}

std::optional<AnnouncedHint> RocksEventLog::announced() const {
  const auto value = store_->Get(RocksStore::Table::kMeta, kAnnouncedKey);
  if (!value || value->size() != 2 * kBigEndianBytes) return std::nullopt;
  const std::string_view view = *value;
  return AnnouncedHint{keys::LastNumber(view.substr(0, kBigEndianBytes)).value_or(0),
                       keys::LastNumber(view).value_or(0)};
}

// Once a second: the hint is for a stream that has lost everything, and each write stands in the
// way of a group's.
void RocksEventLog::SetAnnounced(const AnnouncedHint& hint) {
  const auto now = std::chrono::steady_clock::now();
  if (hinted_at_ && now - *hinted_at_ < kBetweenHints) return;
  hinted_at_ = now;
  PutAnnounced(hint);
}

void RocksEventLog::CorrectAnnounced(const AnnouncedHint& hint) {
  const auto kept = announced();
  const bool is_same = kept && kept->sequence == hint.sequence && kept->position == hint.position;
  if (!is_same) PutAnnounced(hint);
}

void RocksEventLog::PutAnnounced(const AnnouncedHint& hint) {
  store_->PutHint(kAnnouncedKey, keys::Number(hint.sequence) + keys::Number(hint.position));
}

}  // namespace hq::ledger
