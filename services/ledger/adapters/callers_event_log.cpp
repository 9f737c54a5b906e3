#include "services/ledger/adapters/callers_event_log.hpp"

#include <algorithm>

#include "common/grpc/rights.hpp"
#include "services/ledger/adapters/look_back.hpp"
#include "services/ledger/core/record_frames.hpp"

namespace hq::ledger {
namespace {

constexpr std::size_t kPageBytesMax = 4 * 1024 * 1024;

Status ParseInto(std::string_view frames, std::vector<Recorded>& records) {
  FrameWalker walker(frames);
  while (const auto bytes = walker.Next()) {
    HQ_ASSIGN_OR_RETURN(auto recorded, ParseRecord(std::string(*bytes)));
    records.push_back(std::move(recorded));
  }
  return absl::OkStatus();
}

Chunk LastOf(const RecordReader& reader, const Range& range, const ChunkLimits& limits) {
  LookBack look_back(reader, range, limits);
  while (!look_back.Step()) continue;
  return look_back.Take();
}

}  // namespace

void CallersEventLog::AppendAsync(v1::AppendRequest request, OnAppended done) {
  if (const Status right = rpc::CheckRight(caller_, request); !right.ok()) return done(right);
  log_.Append(caller_, std::move(request), std::move(done));
}

Result<StreamSlice> CallersEventLog::ReadStream(const v1::ReadStreamRequest& request) {
  HQ_RETURN_IF_ERROR(rpc::CheckRight(caller_, request));
  StreamSlice slice;
  Version after = std::max<Version>(request.from_version(), 1) - 1;
  Version until = 0;
  do {
    HQ_ASSIGN_OR_RETURN(auto chunk, log_.ReadStream(caller_, request.stream(), after, until));
    if (until == 0) slice.version = until = chunk.version;
    HQ_RETURN_IF_ERROR(ParseInto(chunk.frames, slice.records));
    after = chunk.last;
  } while (after < until);
  slice.command_receipt = log_.ReceiptOf(caller_, request.actor(), request.command_id());
  return slice;
}

Result<Page> CallersEventLog::Read(const v1::ReadRequest& request) {
  HQ_RETURN_IF_ERROR(rpc::CheckRight(caller_, request));
  HQ_ASSIGN_OR_RETURN(Range range, log_.RangeOf(caller_, request));
  ChunkLimits limits;
  limits.records = request.limit() == 0 ? SIZE_MAX : request.limit();
  limits.bytes = kPageBytesMax;
  Page page;
  std::size_t bytes = 0;
  bool is_at_end = false;
  while (!is_at_end && limits.records > 0 && bytes < kPageBytesMax) {
    const RecordReader& reader = log_.reader();
    const Chunk chunk = request.last()         ? LastOf(reader, range, limits)
                        : request.descending() ? reader.ReadBack(range, limits)
                                               : reader.Read(range, limits);
    bytes += chunk.frames.size();
    limits.records -= chunk.records;
    limits.bytes = kPageBytesMax - std::min(bytes, kPageBytesMax);
    HQ_RETURN_IF_ERROR(ParseInto(chunk.frames, page.records));
    page.scanned_to = chunk.scanned_to;
    if (request.descending()) {
      is_at_end = chunk.scanned_to <= range.after + 1;
      range.until = chunk.scanned_to - 1;
    } else {
      is_at_end = request.last() || chunk.scanned_to >= range.until;
      range.after = chunk.scanned_to;
    }
  }
  if (is_at_end && !request.descending()) page.scanned_to = range.head;
  return page;
}

Result<v1::HeadResponse> CallersEventLog::Head() {
  HQ_RETURN_IF_ERROR(rpc::CheckRight(caller_, v1::HeadRequest()));
  return log_.Head();
}

Result<Recorded> CallersEventLog::Get(const v1::GetRequest& request) {
  HQ_RETURN_IF_ERROR(rpc::CheckRight(caller_, request));
  HQ_ASSIGN_OR_RETURN(std::string bytes, log_.Get(caller_, request));
  return ParseRecord(std::move(bytes));
}

Result<std::string> CallersEventLog::PutBlob(std::string_view content) {
  HQ_RETURN_IF_ERROR(rpc::CheckRight(caller_, v1::PutBlobRequest()));
  return log_.PutBlob(caller_, content);
}

Result<std::string> CallersEventLog::GetBlob(std::string_view sha256) {
  HQ_RETURN_IF_ERROR(rpc::CheckRight(caller_, v1::GetBlobRequest()));
  return log_.GetBlob(sha256);
}

}  // namespace hq::ledger
