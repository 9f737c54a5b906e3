#include "services/ledger/api/record_sources.hpp"

#include <algorithm>

#include "services/ledger/api/wire.hpp"
#include "services/ledger/core/limits.hpp"

namespace hq::ledger {
namespace {

// What `last` may give back.
constexpr std::size_t kLastBytesMax = 4 * 1024 * 1024;

ChunkSource::Step EndOf(const Status& status) { return {std::nullopt, status}; }

}  // namespace

StreamSource::StreamSource(RocksEventLog& log, rpc::Caller caller, v1::ReadStreamRequest request)
    : log_(log),
      caller_(std::move(caller)),
      request_(std::move(request)),
      after_(std::max<Version>(request_.from_version(), 1) - 1) {}

ChunkSource::Step StreamSource::Next(SteadyTime) {
  if (has_begun_ && after_ >= until_) return EndOf(absl::OkStatus());
  const auto chunk = log_.ReadStream(caller_, request_.stream(), after_, until_);
  if (!chunk.ok()) return EndOf(chunk.status());
  v1::ReadStreamResponse rest;
  if (!has_begun_) {
    until_ = chunk->version;
    const auto receipt = log_.ReceiptOf(caller_, request_.actor(), request_.command_id());
    if (receipt) *rest.mutable_command_receipt() = *receipt;
  }
  has_begun_ = true;
  after_ = std::max(after_, chunk->last);
  rest.set_stream_version(until_);
  return {ToWire(chunk->records, rest), std::nullopt};
}

RangeSource::RangeSource(RocksEventLog& log, const rpc::Caller& caller,
                         const v1::ReadRequest& request)
    : log_(log), left_(request.limit() == 0 ? ~0ULL : request.limit()), is_last_(request.last()) {
  auto range = log.RangeOf(caller, request);
  refused_ = range.status();
  if (range.ok()) range_ = *std::move(range);
}

ChunkSource::Step RangeSource::Next(SteadyTime) {
  if (is_done_ || !refused_.ok()) return EndOf(refused_);
  ChunkLimits limits;
  if (is_last_) limits.bytes = kLastBytesMax;
  limits.records = is_last_ ? left_ : std::min<std::uint64_t>(left_, limits.records);
  const Chunk chunk = is_last_ ? log_.ReadLast(range_, limits) : log_.Read(range_, limits);
  left_ -= chunk.records.size();
  const bool is_at_end = is_last_ || chunk.scanned_to >= range_.until;
  is_done_ = is_at_end || left_ == 0;
  v1::ReadResponse rest;
  rest.set_scanned_to(is_at_end ? std::max(range_.head, range_.after) : chunk.scanned_to);
  range_.after = chunk.scanned_to;
  return {ToWire(chunk.records, rest), std::nullopt};
}

SubscriptionSource::SubscriptionSource(RocksEventLog& log, rpc::Caller caller,
                                       const v1::SubscribeRequest& request,
                                       std::chrono::milliseconds sign_of_life)
    : log_(log),
      caller_(std::move(caller)),
      sign_of_life_(sign_of_life),
      refused_(log.CheckCursor(request.after())) {
  request_.set_branch(request.branch());
  request_.set_after_position(request.after().position());
  *request_.mutable_filter() = request.filter();
}

ChunkSource::Step SubscriptionSource::Next(SteadyTime now) {
  if (!refused_.ok()) return EndOf(refused_);
  const auto range = log_.RangeOf(caller_, request_);
  if (!range.ok()) return EndOf(range.status());
  const Chunk chunk = log_.Read(*range, ChunkLimits());
  const bool is_at_head = chunk.scanned_to >= range->until;
  const bool was_caught_up = is_caught_up_;
  is_caught_up_ = is_caught_up_ || is_at_head;
  request_.set_after_position(is_at_head ? std::max(range->head, request_.after_position())
                                         : chunk.scanned_to);
  const bool is_news = !chunk.records.empty() || !is_at_head || is_caught_up_ != was_caught_up;
  if (!is_news && now - sent_ < sign_of_life_) return {};
  return Send(chunk.records, now);
}

ChunkSource::Step SubscriptionSource::Send(const std::vector<std::string>& records,
                                           SteadyTime now) {
  v1::SubscribeResponse rest;
  rest.set_scanned_to(request_.after_position());
  rest.set_caught_up(is_caught_up_);
  sent_ = now;
  return {ToWire(records, rest), std::nullopt};
}

ChunkSource::Step BlobSource::Next(SteadyTime) {
  if (has_begun_ && sent_ >= content_.size()) return EndOf(absl::OkStatus());
  v1::GetBlobResponse response;
  response.set_chunk(content_.substr(sent_, kBlobChunkBytesMax));
  sent_ += response.chunk().size();
  has_begun_ = true;
  return {ToWire({}, response), std::nullopt};
}

}  // namespace hq::ledger
