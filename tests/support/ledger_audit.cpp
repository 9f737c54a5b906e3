#include "tests/support/ledger_audit.hpp"

#include <chrono>
#include <unordered_map>
#include <unordered_set>

#include "common/base/ids.hpp"
#include "common/grpc/channel.hpp"
#include "common/grpc/door.hpp"
#include "common/ledger_client/ledger_client.hpp"
#include "common/transparency/checkpoint.hpp"
#include "common/transparency/frontier.hpp"
#include "hq/ledger/v1/proof_service.grpc.pb.h"

namespace hq::testing {
namespace {

namespace v1 = ledger::v1;

constexpr std::chrono::seconds kCallTimeout(10);

// Follows the log from its first record on.
class Walk {
 public:
  explicit Walk(const std::vector<Acknowledged>& acknowledged)
      : acknowledged_(acknowledged.size()) {
    for (const Acknowledged& one : acknowledged)
      if (!told_.try_emplace(one.position, &one).second)
        twice_ = "position " + std::to_string(one.position) + " was given out twice";
  }

  Status Take(const Recorded& recorded) {
    const v1::Record& record = recorded.record;
    where_ = "at position " + std::to_string(record.position()) + ": ";
    if (record.position() != position_ + 1) return Wrong("it follows " + std::to_string(position_));
    if (record.previous_hash() != hash_) return Wrong("its previous_hash is another");
    Stream& stream = streams_[record.stream()];
    if (record.version() != stream.version + 1)
      return Wrong("version " + std::to_string(record.version()) + " of its stream follows " +
                   std::to_string(stream.version));
    const bool is_link = record.event() == kLinkEvent;
    if (is_link && record.status() != Hex(stream.hash))
      return Wrong("the link does not name the one before it");
    HQ_RETURN_IF_ERROR(CheckCommand(record, is_link));
    ++position_;
    hash_ = LeafHash(recorded.bytes);
    stream = {record.version(), hash_};
    tree_.Append(hash_, ignored_tiles_);
    ignored_tiles_.clear();
    return CheckTold(record);
  }

  // When all was taken.
  Status CheckEnd() const {
    if (!twice_.empty()) return absl::DataLossError(twice_);
    if (found_ == acknowledged_) return absl::OkStatus();
    return absl::DataLossError(
        std::to_string(acknowledged_ - found_) + " of " + std::to_string(acknowledged_) +
        " acknowledged commands are not in the log, which ends at " + std::to_string(position_));
  }

  Position position() const { return position_; }
  std::string Root() const { return tree_.Root(); }

 private:
  struct Stream {
    Version version = 0;
    std::string hash = ZeroHash();
  };

  Status Wrong(const std::string& what) const { return absl::DataLossError(where_ + what); }

  Status CheckCommand(const v1::Record& record, bool is_link) {
    if (record.command_id().empty()) return absl::OkStatus();
    const std::string command =
        record.producer() + "\n" + record.actor() + "\n" + record.command_id();
    const bool is_the_last_one = command == command_;
    command_ = command;
    if (is_the_last_one && !is_link) return absl::OkStatus();
    if (!commands_.insert(command).second) return Wrong("its command was taken before");
    return absl::OkStatus();
  }

  Status CheckTold(const v1::Record& record) {
    const auto told = told_.find(position_);
    if (told == told_.end()) return absl::OkStatus();
    const Acknowledged& one = *told->second;
    ++found_;
    if (record.command_id() != one.command_id || record.id() != one.id)
      return Wrong(one.command_id + " was acknowledged, and it is " + record.command_id());
    if (!one.hash.empty() && one.hash != hash_) return Wrong("it was read as another before");
    return absl::OkStatus();
  }

  const std::size_t acknowledged_;
  std::unordered_map<Position, const Acknowledged*> told_;
  std::string twice_;
  std::size_t found_ = 0;
  std::string where_;
  Position position_ = 0;
  std::string hash_ = ZeroHash();
  std::unordered_map<std::string, Stream> streams_;
  std::unordered_set<std::string> commands_;
  std::string command_;
  ledger::Frontier tree_;
  std::vector<ledger::TileHash> ignored_tiles_;
};

// The root that the ledger signs for a tree of at least `size` records; the newest such head.
Result<ledger::TreeHead> SignedHead(v1::ProofService::Stub& proofs, const std::string& token,
                                    std::uint64_t size) {
  v1::GetLogKeyResponse key;
  v1::GetCheckpointResponse checkpoint;
  v1::GetCheckpointRequest request;
  request.set_min_size(size);
  grpc::ClientContext key_call;
  rpc::Prepare(key_call, token, kCallTimeout);
  HQ_RETURN_IF_ERROR(rpc::FromGrpc(proofs.GetLogKey(&key_call, v1::GetLogKeyRequest(), &key)));
  HQ_ASSIGN_OR_RETURN(const auto verifier, ledger::VerifierKey::Parse(key.verifier_key()));
  grpc::ClientContext checkpoint_call;
  rpc::Prepare(checkpoint_call, token, kCallTimeout);
  HQ_RETURN_IF_ERROR(rpc::FromGrpc(proofs.GetCheckpoint(&checkpoint_call, request, &checkpoint)));
  HQ_ASSIGN_OR_RETURN(const auto opened, ledger::OpenCheckpoint(checkpoint.note(), verifier));
  return opened.checkpoint.head;
}

Status ReadUntil(EventLog& log, Walk& walk, Position until) {
  while (walk.position() < until) {
    v1::ReadRequest request;
    request.set_after_position(walk.position());
    request.set_before_position(until + 1);
    HQ_ASSIGN_OR_RETURN(const Page page, log.Read(request));
    if (page.records.empty())
      return absl::DataLossError("there is no record behind " + std::to_string(walk.position()));
    for (const Recorded& recorded : page.records) HQ_RETURN_IF_ERROR(walk.Take(recorded));
  }
  return absl::OkStatus();
}

}  // namespace

Status AppendTold(EventLog& log, v1::AppendRequest request,
                  std::vector<Acknowledged>& acknowledged) {
  if (request.command_id().empty())
    request.set_command_id("told-" + std::to_string(acknowledged.size()));
  HQ_ASSIGN_OR_RETURN(const auto response, log.Append(request));
  if (response.repeated_command()) return absl::OkStatus();
  Position position = response.receipt().first_position();
  for (const std::string& id : response.receipt().ids())
    acknowledged.push_back({request.command_id(), position++, id, ""});
  return absl::OkStatus();
}

Result<Position> AuditLedger(const std::string& address, const std::string& token,
                             const std::vector<Acknowledged>& acknowledged) {
  ledger::LedgerClient log(address, token);
  const auto proofs = v1::ProofService::NewStub(rpc::Connect(address));
  HQ_ASSIGN_OR_RETURN(const auto head, log.Head());
  // The ledger may record something of its own meanwhile: the walk goes as far as what is signed.
  HQ_ASSIGN_OR_RETURN(const auto signed_head, SignedHead(*proofs, token, head.head().position()));
  return AuditLog(log, signed_head, acknowledged);
}

Result<Position> AuditLog(EventLog& log, const ledger::TreeHead& head,
                          const std::vector<Acknowledged>& acknowledged) {
  Walk walk(acknowledged);
  HQ_RETURN_IF_ERROR(ReadUntil(log, walk, head.size));
  if (walk.Root() != head.root)
    return absl::DataLossError("the tree's root is not that of the records");
  HQ_RETURN_IF_ERROR(walk.CheckEnd());
  return walk.position();
}

}  // namespace hq::testing
