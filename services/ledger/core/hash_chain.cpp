#include "services/ledger/core/hash_chain.hpp"

#include <algorithm>

#include "common/base/clock.hpp"

namespace hq::ledger {
namespace {

Status Broken(Position position, const std::string& why) {
  return Refusal(absl::StatusCode::kDataLoss,
                 "the chain is broken at position " + std::to_string(position) + ": " + why,
                 "CHAIN_BROKEN", "Restore the ledger from a backup; do not start it as it is.");
}

void AdvanceTo(ChainHead& head, const v1::Record& record, std::string_view bytes) {
  head.position = record.position();
  head.hash = LeafHash(bytes);
  head.recorded_at_us = record.recorded_at_us();
  head.id = ParseTxnId(record.id()).value_or(TxnId{});
}

}  // namespace

Link Extend(ChainHead& head, v1::Record draft, std::int64_t now_us) {
  Link link{std::move(draft), {}};
  v1::Record& record = link.record;
  const std::int64_t recorded_at_us = std::max(now_us, head.recorded_at_us + 1);
  record.set_log_id(head.log_id);
  record.set_epoch(head.epoch);
  record.set_position(head.position + 1);
  record.set_previous_hash(head.hash);
  record.set_id(FormatTxnId(NextTxnId(head.id, UtcDay(FromMicros(recorded_at_us)))));
  record.set_recorded_at_us(recorded_at_us);
  if (record.occurred_at_us() == 0) record.set_occurred_at_us(recorded_at_us);
  link.bytes = record.SerializeAsString();
  AdvanceTo(head, record, link.bytes);
  return link;
}

v1::Record DraftOf(const v1::AppendRequest& request, const v1::StreamAppend& append,
                   const v1::NewEvent& event, Version version, const std::string& producer) {
  v1::Record draft;
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
  draft.set_schema_version(event.schema_version());
  if (event.has_data()) *draft.mutable_data() = event.data();
  return draft;
}

Status Follow(ChainHead& head, std::string_view bytes) {
  const Position position = head.position + 1;
  v1::Record record;
  if (!record.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
    return Broken(position, "no record");
  if (record.position() != position)
    return Broken(position, "found position " + std::to_string(record.position()));
  if (record.log_id() != head.log_id) return Broken(position, "a record of another ledger");
  if (record.previous_hash() != head.hash) return Broken(position, "the link does not fit");
  if (record.recorded_at_us() <= head.recorded_at_us) return Broken(position, "time went back");
  if (record.epoch() < head.epoch) return Broken(position, "the epoch went back");
  if (!ParseTxnId(record.id())) return Broken(position, "no id");
  head.epoch = record.epoch();
  AdvanceTo(head, record, bytes);
  return absl::OkStatus();
}

Result<ChainHead> HeadAfter(std::string_view bytes) {
  v1::Record record;
  if (!record.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
    return Broken(0, "no record");
  ChainHead head;
  head.log_id = record.log_id();
  head.epoch = record.epoch();
  AdvanceTo(head, record, bytes);
  return head;
}

}  // namespace hq::ledger
