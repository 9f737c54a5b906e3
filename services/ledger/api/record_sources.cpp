#include "services/ledger/api/record_sources.hpp"

#include <algorithm>
#include <utility>

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
  auto chunk = log_.ReadStream(caller_, request_.stream(), after_, until_);
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
  return {ToWire(std::move(chunk->frames), rest), std::nullopt};
}

bool PreviousPositions::Find(const Range& range, const Chunk& chunk) {
  if (last_ || chunk.positions.empty()) return true;
  if (!look_back_) {
    ChunkLimits one;
    one.records = 1;
    Range before = range;
    before.after = range.floor;
    before.until = chunk.positions.front() - 1;
    look_back_.emplace(log_.reader(), std::move(before), one);
  }
  if (!look_back_->Step()) return false;
  last_ = look_back_->last();
  look_back_.reset();
  return true;
}

void PreviousPositions::Add(const Chunk& chunk,
                            google::protobuf::RepeatedField<std::uint64_t>& previous) {
  for (const Position position : chunk.positions) {
    previous.Add(*last_);
    last_ = position;
  }
}

RangeSource::RangeSource(RocksEventLog& log, const rpc::Caller& caller,
                         const v1::ReadRequest& request)
    : log_(log),
      left_(request.limit() == 0 ? ~0ULL : request.limit()),
      is_last_(request.last()),
      is_descending_(request.descending()),
      previous_(log) {
  auto range = log.RangeOf(caller, request);
  refused_ = range.status();
  if (!range.ok()) return;
  range_ = *std::move(range);
  if (!is_last_) return;
  ChunkLimits limits;
  limits.records = left_;
  limits.bytes = kLastBytesMax;
  look_back_.emplace(log.reader(), range_, limits);
}

ChunkSource::Step RangeSource::Next(SteadyTime) {
  if (is_done_ || !refused_.ok()) return EndOf(refused_);
  if (is_descending_) return NextBack();
  if (!held_) held_ = ReadOn();
  v1::ReadResponse rest;
  if (!held_ || !previous_.Find(range_, *held_)) {
    rest.set_scanned_to(range_.after);
    return {ToWire("", rest), std::nullopt};
  }
  Chunk chunk = *std::exchange(held_, std::nullopt);
  left_ -= chunk.records;
  const bool is_at_end = is_last_ || chunk.scanned_to >= range_.until;
  is_done_ = is_at_end || left_ == 0;
  rest.set_scanned_to(is_at_end ? range_.head : chunk.scanned_to);
  previous_.Add(chunk, *rest.mutable_previous_positions());
  range_.after = chunk.scanned_to;
  return {ToWire(std::move(chunk.frames), rest), std::nullopt};
}

ChunkSource::Step RangeSource::NextBack() {
  ChunkLimits limits;
  limits.records = left_;
  Chunk chunk = log_.reader().ReadBack(range_, limits);
  left_ -= chunk.records;
  v1::ReadResponse rest;
  rest.set_scanned_to(chunk.scanned_to);
  range_.until = chunk.scanned_to - 1;
  is_done_ = range_.until <= range_.after || left_ == 0;
  return {ToWire(std::move(chunk.frames), rest), std::nullopt};
}

std::optional<Chunk> RangeSource::ReadOn() {
  ChunkLimits limits;
  limits.records = left_;
  if (!look_back_) return log_.Read(range_, limits);
  if (!look_back_->Step()) return std::nullopt;
  return look_back_->Take();
}

SubscriptionSource::SubscriptionSource(RocksEventLog& log, rpc::Caller caller,
                                       const v1::SubscribeRequest& request,
                                       std::chrono::milliseconds sign_of_life)
    : log_(log),
      caller_(std::move(caller)),
      sign_of_life_(sign_of_life),
      refused_(log.CheckCursor(request.after())),
      previous_(log) {
  request_.set_branch(request.branch());
  request_.set_after_position(request.after().position());
  *request_.mutable_filter() = request.filter();
}

ChunkSource::Step SubscriptionSource::Next(SteadyTime now) {
  if (!refused_.ok()) return EndOf(refused_);
  if (!held_) {
    auto range = log_.RangeOf(caller_, request_);
    if (!range.ok()) return EndOf(range.status());
    Chunk chunk = log_.Read(*range, ChunkLimits());
    held_ = Held{*std::move(range), std::move(chunk)};
  }
  if (!previous_.Find(held_->range, held_->chunk)) return Send(Chunk(), now);
  auto [range, chunk] = *std::exchange(held_, std::nullopt);
  const bool is_at_head = chunk.scanned_to >= range.until;
  const bool was_caught_up = is_caught_up_;
  is_caught_up_ = is_caught_up_ || is_at_head;
  request_.set_after_position(is_at_head ? range.head : chunk.scanned_to);
  const bool is_news = chunk.records > 0 || !is_at_head || is_caught_up_ != was_caught_up;
  if (!is_news && now - sent_ < sign_of_life_) return {};
  return Send(std::move(chunk), now);
}

ChunkSource::Step SubscriptionSource::Send(Chunk chunk, SteadyTime now) {
  v1::SubscribeResponse rest;
  rest.set_scanned_to(request_.after_position());
  rest.set_caught_up(is_caught_up_);
  previous_.Add(chunk, *rest.mutable_previous_positions());
  sent_ = now;
  return {ToWire(std::move(chunk.frames), rest), std::nullopt};
}

ChunkSource::Step BlobSource::Next(SteadyTime) {
  if (has_begun_ && sent_ >= content_.size()) return EndOf(absl::OkStatus());
  v1::GetBlobResponse response;
  response.set_chunk(content_.substr(sent_, kBlobChunkBytesMax));
  sent_ += response.chunk().size();
  has_begun_ = true;
  return {ToWire("", response), std::nullopt};
}

}  // namespace hq::ledger
