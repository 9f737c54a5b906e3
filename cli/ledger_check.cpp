#include "cli/ledger_check.hpp"

#include <cstdlib>
#include <filesystem>

#include "common/witness/log_memory.hpp"
#include "common/witness/verifier_key_file.hpp"

namespace hq::cli {
namespace {

namespace v1 = hq::ledger::v1;
using ProofStub = v1::ProofService::Stub;

Result<std::string> StateFileOf(const Invocation& invocation) {
  if (!invocation.state_file.empty()) return invocation.state_file;
  const char* configuration = std::getenv("XDG_CONFIG_HOME");
  if (configuration && *configuration) return std::string(configuration) + "/hqctl/ledger";
  const char* home = std::getenv("HOME");
  if (home && *home) return std::string(home) + "/.config/hqctl/ledger";
  return Refusal(absl::StatusCode::kInvalidArgument, "there is no place to keep what was seen",
                 "NO_STATE_FILE", "Name a file with --state.");
}

Result<ledger::NamedKey> AskKey(const Context& context) {
  v1::GetLogKeyResponse named;
  HQ_RETURN_IF_ERROR(Call(context, context.services.proofs(), &ProofStub::GetLogKey,
                          v1::GetLogKeyRequest(), named));
  return ledger::NamedKey{named.verifier_key(),
                          {named.rotations().begin(), named.rotations().end()},
                          {named.forks().begin(), named.forks().end()}};
}

Result<ledger::TrustedCheckpoint> Open(const Context& context, const std::string& note,
                                       const std::vector<ledger::VerifierKey>& trusted) {
  HQ_ASSIGN_OR_RETURN(auto opened,
                      ledger::OpenTrusted(note, trusted, [&] { return AskKey(context); }));
  const std::string key = opened.shown.log_key.Format();
  if (opened.trust == ledger::Trust::kFirstUse)
    context.output.Note(
        "this key was never seen before and is trusted from now on; compare it "
        "with what the ledger's operator says: " +
        key);
  if (opened.trust == ledger::Trust::kFollowed)
    context.output.Note("the trusted key gave way to " + key);
  return std::move(opened.shown);
}

Status CheckContinues(const Context& context, const ledger::TrustedCheckpoint& seen,
                      const ledger::TrustedCheckpoint& shown) {
  const ledger::GrowthQuestions ask{
      [&](std::uint64_t first, std::uint64_t second) -> Result<ledger::Proof> {
        v1::ProveConsistencyRequest request;
        request.set_first_size(first);
        request.set_second_size(second);
        v1::ProveConsistencyResponse response;
        HQ_RETURN_IF_ERROR(Call(context, context.services.proofs(), &ProofStub::ProveConsistency,
                                request, response));
        return ledger::Proof(response.hashes().begin(), response.hashes().end());
      },
      [&]() -> Result<std::vector<ledger::Fork>> {
        HQ_ASSIGN_OR_RETURN(const auto named, AskKey(context));
        return ledger::OpenForks(named.forks, {shown.log_key, seen.log_key});
      }};
  const auto& before = seen.checkpoint.checkpoint;
  const auto& now = shown.checkpoint.checkpoint;
  HQ_RETURN_IF_ERROR(ledger::CheckGrowth(before, now, ask));
  if (before.epoch() != now.epoch())
    context.output.Note("the ledger was restored: epoch " + std::to_string(before.epoch()) +
                        " gave way to epoch " + std::to_string(now.epoch()) +
                        ", by a statement that the log's key signed");
  return absl::OkStatus();
}

Result<std::vector<ledger::VerifierKey>> WitnessKeys(const Context& context) {
  if (!context.invocation.witness_keys_file.empty())
    return ledger::ReadVerifierKeys(context.invocation.witness_keys_file,
                                    ledger::KeyType::kCosignatureV1);
  v1::GetWitnessesResponse response;
  HQ_RETURN_IF_ERROR(Call(context, context.services.proofs(), &ProofStub::GetWitnesses,
                          v1::GetWitnessesRequest(), response));
  std::vector<ledger::VerifierKey> keys;
  for (const auto& witness : response.witnesses()) {
    HQ_ASSIGN_OR_RETURN(keys.emplace_back(), ledger::VerifierKey::Parse(witness.verifier_key()));
  }
  return keys;
}

}  // namespace

Result<CheckedCheckpoint> CheckLedger(const Context& context, std::uint64_t min_size) {
  HQ_ASSIGN_OR_RETURN(const std::string state_file, StateFileOf(context.invocation));
  HQ_ASSIGN_OR_RETURN(const auto kept, ledger::LoadMemory(state_file));
  std::vector<ledger::VerifierKey> trusted;
  if (!context.invocation.log_key.empty()) {
    HQ_ASSIGN_OR_RETURN(trusted.emplace_back(),
                        ledger::VerifierKey::Parse(context.invocation.log_key));
  } else if (kept) {
    trusted.push_back(kept->log_key);
  }
  v1::GetCheckpointRequest request;
  request.set_min_size(min_size);
  request.set_min_cosignatures(context.invocation.cosignatures);
  v1::GetCheckpointResponse response;
  HQ_RETURN_IF_ERROR(
      Call(context, context.services.proofs(), &ProofStub::GetCheckpoint, request, response));
  CheckedCheckpoint checked;
  checked.note = response.note();
  HQ_ASSIGN_OR_RETURN(checked.shown, Open(context, response.note(), trusted));
  // A cosigned checkpoint may be older than the one that was kept; then that continues this one.
  const auto& shown = checked.shown.checkpoint.checkpoint;
  const bool is_older = kept && request.min_cosignatures() > 0 &&
                        shown.head.size < kept->checkpoint.checkpoint.head.size &&
                        shown.epoch() == kept->checkpoint.checkpoint.epoch();
  if (is_older)
    HQ_RETURN_IF_ERROR(CheckContinues(context, checked.shown, *kept));
  else if (kept)
    HQ_RETURN_IF_ERROR(CheckContinues(context, *kept, checked.shown));
  HQ_ASSIGN_OR_RETURN(const auto witnesses, WitnessKeys(context));
  HQ_ASSIGN_OR_RETURN(const auto cosignatures,
                      ledger::CosignaturesOf(checked.shown.checkpoint.note, witnesses));
  for (const auto& key : witnesses)
    for (const auto& cosignature : cosignatures)
      if (cosignature.witness == key.name) checked.witnesses.push_back(key);
  if (checked.witnesses.size() < request.min_cosignatures())
    return Refusal(absl::StatusCode::kPermissionDenied, "fewer trusted witnesses cosigned it",
                   "NOT_COSIGNED", "Check the keys in the file of --witness-keys.");
  if (!is_older) HQ_RETURN_IF_ERROR(ledger::StoreMemory(state_file, checked.shown));
  return checked;
}

}  // namespace hq::cli
