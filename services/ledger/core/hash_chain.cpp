#include "services/ledger/core/hash_chain.hpp"

#include <algorithm>
#include <tuple>

#include "common/base/clock.hpp"
#include "services/ledger/core/record_frames.hpp"

namespace hq::ledger {
namespace {

Status Broken(Position position, const std::string& why) {
  return Refusal(absl::StatusCode::kDataLoss,
                 "the chain is broken at position " + std::to_string(position) + ": " + why,
                 "CHAIN_BROKEN", "Do not start the ledger as it is; run: hq-ledger repair");
}

void AdvanceTo(ChainHead& head, const v1::Record& record, std::string hash) {
  head.position = record.position();
  head.hash = std::move(hash);
  head.recorded_at_us = record.recorded_at_us();
}

// The day is worked out once a day, not once a record.
void IssueId(ChainHead& head, std::int64_t recorded_at_us) {
  constexpr std::int64_t kDayUs = 24LL * 3600 * 1'000'000;
  if (recorded_at_us < head.day_ends_us) {
    ++head.id.counter;
    return;
  }
  head.id = NextTxnId(head.id, UtcDay(FromMicros(recorded_at_us)));
  head.day_ends_us = (recorded_at_us / kDayUs + 1) * kDayUs;
  // Only the first id of a process can lie below the floor.
  if (std::tie(head.id.day, head.id.counter) < std::tie(head.id_floor.day, head.id_floor.counter))
    head.id = head.id_floor;
}

void Complete(ChainHead& head, v1::Record& record, std::int64_t now_us) {
  const std::int64_t recorded_at_us = std::max(now_us, head.recorded_at_us + 1);
  IssueId(head, recorded_at_us);
  record.set_log_id(head.log_id);
  record.set_epoch(head.epoch);
  record.set_position(head.position + 1);
  record.set_previous_hash(head.hash);
  record.set_id(FormatTxnId(head.id));
  record.set_recorded_at_us(recorded_at_us);
  if (record.occurred_at_us() == 0) record.set_occurred_at_us(recorded_at_us);
}

}  // namespace

Link Extend(ChainHead& head, v1::Record draft, std::int64_t now_us) {
  Link link{std::move(draft), {}};
  Complete(head, link.record, now_us);
  link.bytes = link.record.SerializeAsString();
  AdvanceTo(head, link.record, LeafHash(link.bytes));
  return link;
}

const std::string& ExtendInto(ChainHead& head, v1::Record& record, std::int64_t now_us,
                              TreeHasher& hasher, std::string& frames) {
  Complete(head, record, now_us);
  const std::size_t size = record.ByteSizeLong();
  AddFrameHead(frames, size);
  const std::size_t at = frames.size();
  frames.resize(at + size);
  record.SerializeWithCachedSizesToArray(reinterpret_cast<std::uint8_t*>(&frames[at]));
  AdvanceTo(head, record, hasher.Leaf({&frames[at], size}));
  return head.hash;
}

void DraftInto(v1::Record& draft, const v1::AppendRequest& request, const v1::StreamAppend& append,
               const v1::NewEvent& event, Version version, const std::string& producer) {
  draft.Clear();
  draft.set_stream(append.stream());
  draft.set_version(version);
  draft.set_branch(event.branch());
  draft.set_event(event.event());
  draft.set_status(event.status());
  if (event.has_tokens()) draft.set_tokens(event.tokens());
  draft.set_claimed_cost(event.claimed_cost());
  draft.set_tier(event.tier());
  draft.set_producer(producer);
  draft.set_actor(request.actor());
  draft.set_role(request.role());
  draft.set_occurred_at_us(event.occurred_at_us());
  draft.set_command_id(request.command_id());
  draft.set_command_digest(request.command_digest());
  draft.set_correlation_id(request.correlation_id());
  draft.set_causation_id(event.causation_id());
  draft.set_traceparent(request.traceparent());
  draft.set_source_id(event.source_id());
  draft.set_source_line(event.source_line());
  draft.set_schema_version(event.schema_version());
  if (event.has_data()) *draft.mutable_data() = event.data();
}

Status Follow(ChainHead& head, std::string_view bytes) {
  v1::Record record;
  if (!record.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
    return Broken(head.position + 1, "no record");
  return Follow(head, record, bytes);
}

Status Follow(ChainHead& head, const v1::Record& record, std::string_view bytes) {
  const Position position = head.position + 1;
  if (record.position() != position)
    return Broken(position, "found position " + std::to_string(record.position()));
  if (record.log_id() != head.log_id) return Broken(position, "a record of another ledger");
  if (record.previous_hash() != head.hash) return Broken(position, "the link does not fit");
  if (record.recorded_at_us() <= head.recorded_at_us) return Broken(position, "time went back");
  if (record.epoch() < head.epoch) return Broken(position, "the epoch went back");
  const auto id = ParseTxnId(record.id());
  if (!id) return Broken(position, "no id");
  head.epoch = record.epoch();
  head.id = *id;
  head.day_ends_us = 0;
  AdvanceTo(head, record, LeafHash(bytes));
  return absl::OkStatus();
}

Result<ChainHead> HeadAfter(std::string_view bytes) {
  v1::Record record;
  if (!record.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
    return Broken(0, "no record");
  ChainHead head;
  head.log_id = record.log_id();
  head.epoch = record.epoch();
  head.id = ParseTxnId(record.id()).value_or(TxnId{});
  AdvanceTo(head, record, LeafHash(bytes));
  return head;
}

}  // namespace hq::ledger
