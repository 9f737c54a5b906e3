// ledger checkpoint, prove, verify: what makes the records believable.
#include <fstream>
#include <nlohmann/json.hpp>

#include "cli/ledger_check.hpp"
#include "common/transparency/frontier.hpp"

namespace hq::cli {
namespace {

namespace v1 = hq::ledger::v1;
using ProofStub = v1::ProofService::Stub;

std::string NamesOf(const std::vector<ledger::VerifierKey>& keys) {
  std::string names;
  for (const auto& key : keys) names += (names.empty() ? "" : ", ") + key.name;
  return names.empty() ? "nobody" : names;
}

// The document that an independent verifier reads: all that is needed to check the record.
nlohmann::ordered_json DocumentOf(const CheckedCheckpoint& checked, const Recorded& recorded,
                                  const v1::ProveInclusionResponse& proof) {
  auto hashes = nlohmann::ordered_json::array();
  for (const auto& hash : proof.hashes()) hashes.push_back(ledger::FormatBase64(hash));
  auto witnesses = nlohmann::ordered_json::array();
  for (const auto& key : checked.witnesses) witnesses.push_back(key.Format());
  return {{"log_key", checked.shown.log_key.Format()},
          {"witness_keys", witnesses},
          {"checkpoint", checked.note},
          {"record", ledger::FormatBase64(recorded.bytes)},
          {"index", proof.index()},
          {"inclusion_proof", hashes}};
}

Status Write(const Context& context, const std::string& document) {
  const std::string& path = context.invocation.out_file;
  if (path.empty()) {
    context.output.Data(document);
    return absl::OkStatus();
  }
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << document << "\n";
  file.close();
  if (!file) return absl::UnavailableError("cannot write " + path);
  context.output.Note("written to " + path);
  return absl::OkStatus();
}

// Hashes all records that the checkpoint covers, as they come.
Result<ledger::TreeHead> HashAll(const Context& context, std::uint64_t size) {
  const auto log = context.services.LedgerLog();
  ledger::Frontier frontier;
  std::vector<ledger::TileHash> unused;
  v1::ReadRequest request;
  while (frontier.size() < size) {
    request.set_after_position(frontier.size());
    HQ_ASSIGN_OR_RETURN(const Page page, log->Read(request));
    for (const Recorded& recorded : page.records) {
      if (frontier.size() == size) break;
      if (recorded.record.position() != frontier.size() + 1)
        return Refusal(absl::StatusCode::kPermissionDenied,
                       "not every record may be read with this token", "NOT_ALL_RECORDS",
                       "Use the token of somebody who is not bound to cells, or leave out --full.");
      frontier.Append(LeafHash(recorded.bytes), unused);
      unused.clear();
    }
    if (page.records.empty())
      return absl::DataLossError("the ledger ends at " + std::to_string(frontier.size()) +
                                 " records, and its checkpoint covers " + std::to_string(size));
  }
  return ledger::TreeHead{frontier.size(), frontier.Root()};
}

}  // namespace

Status LedgerCheckpoint(const Context& context) {
  v1::GetCheckpointRequest request;
  request.set_min_cosignatures(context.invocation.cosignatures);
  v1::GetCheckpointResponse response;
  HQ_RETURN_IF_ERROR(
      Call(context, context.services.proofs(), &ProofStub::GetCheckpoint, request, response));
  if (context.output.is_json()) return context.output.Json(response);
  std::string note = response.note();
  if (note.ends_with('\n')) note.pop_back();
  context.output.Data(note);
  return absl::OkStatus();
}

Status LedgerProve(const Context& context) {
  HQ_ASSIGN_OR_RETURN(const Recorded recorded,
                      context.services.LedgerLog()->Get(RecordNamed(context.invocation.record)));
  HQ_ASSIGN_OR_RETURN(const CheckedCheckpoint checked,
                      CheckLedger(context, recorded.record.position()));
  const ledger::TreeHead& head = checked.shown.checkpoint.checkpoint.head;
  v1::ProveInclusionRequest request;
  request.set_position(recorded.record.position());
  request.set_size(head.size);
  v1::ProveInclusionResponse proof;
  HQ_RETURN_IF_ERROR(
      Call(context, context.services.proofs(), &ProofStub::ProveInclusion, request, proof));
  // Believed only after it was checked here; the document lets anybody else do the same.
  HQ_RETURN_IF_ERROR(ledger::CheckInclusion(LeafHash(recorded.bytes),
                                            recorded.record.position() - 1, head,
                                            {proof.hashes().begin(), proof.hashes().end()}));
  HQ_RETURN_IF_ERROR(Write(context, DocumentOf(checked, recorded, proof).dump(2)));
  context.output.Note(recorded.record.id() + " is record " +
                      std::to_string(recorded.record.position()) + " of " +
                      std::to_string(head.size) + "; cosigned by " + NamesOf(checked.witnesses));
  return absl::OkStatus();
}

Status LedgerVerify(const Context& context) {
  HQ_ASSIGN_OR_RETURN(const CheckedCheckpoint checked, CheckLedger(context, 0));
  const ledger::TreeHead& head = checked.shown.checkpoint.checkpoint.head;
  if (context.invocation.is_full) {
    HQ_ASSIGN_OR_RETURN(const ledger::TreeHead hashed, HashAll(context, head.size));
    if (hashed.root != head.root)
      return Refusal(absl::StatusCode::kDataLoss,
                     "the records that the ledger serves do not lead to the root that it signed",
                     "ROOT_MISMATCH",
                     "Keep the records and the checkpoint as evidence, and tell an HQ admin.");
  }
  if (context.output.is_json()) {
    nlohmann::ordered_json line = {{"size", head.size},
                                   {"root", ledger::FormatBase64(head.root)},
                                   {"log_key", checked.shown.log_key.Format()},
                                   {"cosigned_by", nlohmann::ordered_json::array()},
                                   {"is_full", context.invocation.is_full}};
    for (const auto& key : checked.witnesses) line["cosigned_by"].push_back(key.name);
    context.output.Data(line.dump());
    return absl::OkStatus();
  }
  context.output.Data("verified: " + std::to_string(head.size) + " records, root " +
                      ledger::FormatBase64(head.root) + ", cosigned by " +
                      NamesOf(checked.witnesses) +
                      (context.invocation.is_full ? ", every record hashed again" : ""));
  return absl::OkStatus();
}

}  // namespace hq::cli
