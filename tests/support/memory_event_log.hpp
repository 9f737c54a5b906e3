// The ledger in a vector: the same rules as the real one (they are its own core), none of its disk.
// For unit tests; tests/contract holds it to the real ledger's behaviour.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/base/ids.hpp"
#include "common/events/event_log.hpp"
#include "common/grpc/identity.hpp"
#include "common/grpc/rights.hpp"
#include "services/ledger/core/append.hpp"
#include "services/ledger/core/authority.hpp"
#include "services/ledger/core/commit_group.hpp"
#include "services/ledger/core/hash_chain.hpp"
#include "services/ledger/core/keys.hpp"
#include "services/ledger/core/limits.hpp"
#include "services/ledger/core/selection.hpp"
#include "tests/support/draft.hpp"

namespace hq::testing {

// What all callers share. Its members are for MemoryEventLog; `mutex` guards the others.
struct MemoryLedger {
  explicit MemoryLedger(Clock& the_clock) : clock(the_clock) { head.log_id = "memory-ledger"; }

  Version VersionOf(const std::string& stream) const {
    const auto it = streams.find(stream);
    return it == streams.end() ? 0 : it->second.size();
  }

  Clock& clock;
  std::mutex mutex;
  ledger::ChainHead head;
  std::vector<Recorded> records;
  std::map<std::string, std::vector<std::size_t>> streams;  // Indexes into records.
  std::map<std::string, ledger::v1::CommandReceipt> receipts;
  std::map<std::string, std::string> blobs;
};

class MemoryEventLog final : public EventLog {
 public:
  // `ledger` outlives it.
  MemoryEventLog(MemoryLedger& ledger, rpc::Caller caller)
      : ledger_(ledger), caller_(std::move(caller)) {}

  void AppendAsync(ledger::v1::AppendRequest request, OnAppended done) override {
    done(Appended(std::move(request)));
  }

  Result<StreamSlice> ReadStream(const ledger::v1::ReadStreamRequest& request) override {
    HQ_RETURN_IF_ERROR(rpc::CheckRight(caller_, request));
    if (!IsStreamName(request.stream())) return absl::InvalidArgumentError("stream");
    std::lock_guard lock(ledger_.mutex);
    const Status not_yours = Refusal(absl::StatusCode::kPermissionDenied,
                                     "not a stream of the caller's cells", "NOT_YOUR_CELL", "");
    StreamSlice slice;
    slice.version = ledger_.VersionOf(request.stream());
    if (slice.version == 0 && !caller_.MaySee(IdOf(request.stream()))) return not_yours;
    for (Version version = 1; version <= slice.version; ++version) {
      const Recorded& recorded = ledger_.records[ledger_.streams[request.stream()][version - 1]];
      if (!caller_.MaySee(recorded.record.branch())) return not_yours;
      if (version >= request.from_version()) slice.records.push_back(recorded);
    }
    const std::string& actor = request.actor().empty() ? caller_.principal : request.actor();
    const auto receipt =
        ledger_.receipts.find(KeyOf({caller_.principal, actor, request.command_id()}));
    if (receipt != ledger_.receipts.end()) slice.command_receipt = receipt->second;
    return slice;
  }

  Result<Page> Read(const ledger::v1::ReadRequest& request) override {
    HQ_RETURN_IF_ERROR(rpc::CheckRight(caller_, request));
    HQ_ASSIGN_OR_RETURN(const auto selection,
                        ledger::SelectionOf(caller_.cells, request.branch(), request.filter()));
    std::lock_guard lock(ledger_.mutex);
    HQ_RETURN_IF_ERROR(CheckHistory(request));
    Page page;
    page.scanned_to = ledger_.head.position;
    for (const Recorded& recorded : ledger_.records)
      if (IsWanted(request, selection, recorded.record)) page.records.push_back(recorded);
    if (request.descending()) {
      std::reverse(page.records.begin(), page.records.end());
      page.scanned_to = request.after_position() + 1;
    }
    const bool is_cut = request.limit() != 0 && page.records.size() >= request.limit();
    if (!is_cut) return page;
    const auto limit = static_cast<std::ptrdiff_t>(request.limit());
    if (request.last()) {
      page.records.erase(page.records.begin(), page.records.end() - limit);
    } else {
      page.records.resize(request.limit());
      page.scanned_to = page.records.back().record.position();
    }
    return page;
  }

  Result<ledger::v1::HeadResponse> Head() override {
    HQ_RETURN_IF_ERROR(rpc::CheckRight(caller_, ledger::v1::HeadRequest()));
    std::lock_guard lock(ledger_.mutex);
    ledger::v1::HeadResponse response;
    response.mutable_head()->set_log_id(ledger_.head.log_id);
    response.mutable_head()->set_epoch(ledger_.head.epoch);
    response.mutable_head()->set_position(ledger_.head.position);
    response.mutable_head()->set_hash(ledger_.head.hash);
    response.set_recorded_at_us(ledger_.head.recorded_at_us);
    return response;
  }

  Result<Recorded> Get(const ledger::v1::GetRequest& request) override {
    HQ_RETURN_IF_ERROR(rpc::CheckRight(caller_, request));
    if (request.key_case() == ledger::v1::GetRequest::KEY_NOT_SET)
      return absl::InvalidArgumentError("key");
    std::lock_guard lock(ledger_.mutex);
    const bool is_by_id = request.key_case() == ledger::v1::GetRequest::kId;
    for (const Recorded& recorded : ledger_.records) {
      const bool is_it = is_by_id ? recorded.record.id() == request.id()
                                  : recorded.record.position() == request.position();
      if (is_it && caller_.MaySee(recorded.record.branch())) return recorded;
    }
    return Refusal(absl::StatusCode::kNotFound, "no such record", "NO_SUCH_RECORD", "");
  }

  Result<std::string> PutBlob(std::string_view content) override {
    HQ_RETURN_IF_ERROR(rpc::CheckRight(caller_, ledger::v1::PutBlobRequest()));
    HQ_RETURN_IF_ERROR(ledger::CheckBlobAuthority(Self()));
    if (content.size() > ledger::kBlobBytesMax) return absl::InvalidArgumentError("too large");
    std::lock_guard lock(ledger_.mutex);
    const std::string sha256 = Sha256(content);
    ledger_.blobs[sha256] = content;
    return sha256;
  }

  Result<std::string> GetBlob(std::string_view sha256) override {
    HQ_RETURN_IF_ERROR(rpc::CheckRight(caller_, ledger::v1::GetBlobRequest()));
    std::lock_guard lock(ledger_.mutex);
    const auto it = ledger_.blobs.find(std::string(sha256));
    if (it == ledger_.blobs.end())
      return Refusal(absl::StatusCode::kNotFound, "no such content", "NO_SUCH_BLOB", "");
    return it->second;
  }

 private:
  ledger::Appender Self() const {
    return {caller_.principal, caller_.role, caller_.cells,
            rpc::RoleMay(caller_.role, options::v1::RESOURCE_LEDGER, options::v1::VERB_READ)};
  }

  // The mutex is held.
  Status CheckHistory(const ledger::v1::ReadRequest& request) const {
    const Position after = request.after_position();
    const bool is_hash_known = after > 0 && !request.after_hash().empty();
    const bool is_here =
        after <= ledger_.records.size() &&
        (!is_hash_known || LeafHash(ledger_.records[after - 1].bytes) == request.after_hash());
    if (is_here) return absl::OkStatus();
    return Refusal(absl::StatusCode::kFailedPrecondition, "another history", "DIVERGED", "");
  }

  static bool IsWanted(const ledger::v1::ReadRequest& request, const ledger::Selection& selection,
                       const ledger::v1::Record& record) {
    const auto& filter = request.filter();
    return record.position() > request.after_position() &&
           (request.before_position() == 0 || record.position() < request.before_position()) &&
           selection.Matches(ledger::FieldsOf(record)) &&
           record.recorded_at_us() >= filter.recorded_from_us() &&
           (filter.recorded_until_us() == 0 ||
            record.recorded_at_us() < filter.recorded_until_us());
  }

  Result<ledger::v1::AppendResponse> Appended(ledger::v1::AppendRequest request) {
    HQ_RETURN_IF_ERROR(rpc::CheckRight(caller_, request));
    HQ_RETURN_IF_ERROR(ledger::CheckAppend(request, ledger_.clock.Now()));
    HQ_RETURN_IF_ERROR(ledger::CheckAuthority(Self(), request));
    HQ_RETURN_IF_ERROR(ledger::CompleteAppend(Self(), request));
    std::lock_guard lock(ledger_.mutex);
    const bool is_other_log =
        (!request.log_id().empty() && request.log_id() != ledger_.head.log_id) ||
        (request.epoch() != 0 && request.epoch() != ledger_.head.epoch);
    if (is_other_log)
      return Refusal(absl::StatusCode::kFailedPrecondition, "another ledger", "DIVERGED", "");
    const std::string key =
        KeyOf({caller_.principal, ledger::OwnerOfCommand(request), request.command_id()});
    if (const auto it = ledger_.receipts.find(key); it != ledger_.receipts.end())
      return Repeated(it->second, request);
    HQ_RETURN_IF_ERROR(CheckVersions(request));
    ledger::v1::AppendResponse response;
    *response.mutable_receipt() = Write(request);
    if (!request.command_id().empty()) {
      auto& receipt = ledger_.receipts[key];
      *receipt.mutable_receipt() = response.receipt();
      receipt.set_command_digest(request.command_digest());
    }
    return response;
  }

  static Result<ledger::v1::AppendResponse> Repeated(const ledger::v1::CommandReceipt& receipt,
                                                     const ledger::v1::AppendRequest& request) {
    if (receipt.command_digest() != request.command_digest())
      return Refusal(absl::StatusCode::kAlreadyExists, "another command", "COMMAND_ID_REUSED", "");
    ledger::v1::AppendResponse response;
    *response.mutable_receipt() = receipt.receipt();
    response.set_repeated_command(true);
    return response;
  }

  Status CheckVersions(const ledger::v1::AppendRequest& request) const {
    for (const auto& append : request.appends())
      if (append.has_expected_version() &&
          append.expected_version() != ledger_.VersionOf(append.stream()))
        return Refusal(absl::StatusCode::kAborted, append.stream(), "WRONG_EXPECTED_VERSION", "");
    for (const auto& condition : request.conditions())
      if (condition.version() != ledger_.VersionOf(condition.stream()))
        return Refusal(absl::StatusCode::kAborted, condition.stream(), "CONDITION_MOVED", "");
    std::size_t candidates_left = ledger::CommitGroup::kCandidatesMax;
    for (const auto& no_match : request.no_matches())
      HQ_RETURN_IF_ERROR(CheckNoMatch(no_match, candidates_left));
    return absl::OkStatus();
  }

  Status CheckNoMatch(const ledger::v1::NoMatch& no_match, std::size_t& candidates_left) const {
    HQ_ASSIGN_OR_RETURN(const auto selection, ledger::SelectionOf(caller_.cells, no_match));
    const auto narrowest = ledger::NarrowestKey(selection);
    for (std::size_t i = no_match.after_position(); i < ledger_.records.size(); ++i) {
      const ledger::v1::Record& record = ledger_.records[i].record;
      const ledger::IndexFields fields = ledger::FieldsOf(record);
      if (narrowest && !IsOn(*narrowest, fields)) continue;
      if (candidates_left == 0)
        return Refusal(absl::StatusCode::kFailedPrecondition, "too wide", "QUERY_TOO_WIDE", "");
      --candidates_left;
      if (selection.Matches(fields))
        return Refusal(absl::StatusCode::kAborted, record.id(), "MATCH_FOUND", "");
    }
    return absl::OkStatus();
  }

  // Whether a record is on the posting list that the real ledger would go by.
  static bool IsOn(const std::string& key, const ledger::IndexFields& fields) {
    namespace keys = ledger::keys;
    return key == keys::OfStream(fields.stream) || key == keys::OfEvent(fields.event) ||
           key == keys::OfCorrelation(fields.correlation_id) ||
           key == keys::OfActor(fields.actor) || key == keys::OfBranch(fields.branch) ||
           key == keys::OfCategory(CategoryOf(fields.stream));
  }

  ledger::v1::Receipt Write(const ledger::v1::AppendRequest& request) {
    ledger::v1::Receipt receipt;
    receipt.set_first_position(ledger_.head.position + 1);
    const std::int64_t now_us = ToMicros(ledger_.clock.Now());
    for (const auto& append : request.appends()) {
      auto& stream = ledger_.streams[append.stream()];
      for (const auto& event : append.events()) {
        auto link = ledger::Extend(
            ledger_.head, DraftOf(request, append, event, stream.size() + 1, caller_.principal),
            now_us);
        receipt.add_ids(link.record.id());
        stream.push_back(ledger_.records.size());
        ledger_.records.push_back({std::move(link.record), std::move(link.bytes)});
      }
      auto* moved = receipt.add_streams();
      moved->set_stream(append.stream());
      moved->set_version(stream.size());
    }
    receipt.set_last_position(ledger_.head.position);
    return receipt;
  }

  MemoryLedger& ledger_;
  const rpc::Caller caller_;
};

}  // namespace hq::testing
