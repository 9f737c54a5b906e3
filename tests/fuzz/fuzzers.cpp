#include "tests/fuzz/fuzzers.hpp"

#include <algorithm>

namespace hq::fuzz {

const std::vector<Fuzzer>& Fuzzers() {
  constexpr int kMany = 4'000;
  constexpr int kSome = 1'500;
  constexpr int kFew = 400;  // Where a signature or a schema is checked each time.
  static const auto* fuzzers = new std::vector<Fuzzer>{
      {"announced", Announced, kMany},
      {"append_request", AppendRequest, kSome},
      {"archive_names", ArchiveNames, kMany},
      {"backup_policy_file", BackupPolicyFile, kSome},
      {"branches_file", BranchesFile, kSome},
      {"channels_file", ChannelsFile, kSome},
      {"checkpoint", Checkpoint, kFew},
      {"conflict_policy_file", ConflictPolicyFile, kSome},
      {"cosignature", Cosignature, kFew},
      {"cosigned_notes", CosignedNotes, kFew},
      {"cost_policy_file", CostPolicyFile, kSome},
      {"decimal", Decimal, kMany},
      {"decision_engine_file", DecisionEngineFile, kSome},
      {"entry_export", EntryExport, kFew},
      {"entry_line", EntryLine, kFew},
      {"fork_statement", ForkStatement, kFew},
      {"github_json", GithubJson, kSome},
      {"health_check_file", HealthCheckFile, kSome},
      {"http_answer", HttpAnswer, kMany},
      {"http_url", HttpUrl, kMany},
      {"image_manifest", ImageManifest, kMany},
      {"index_mark", IndexMark, kMany},
      {"index_rows", IndexRows, kMany},
      {"key_rotation", KeyRotation, kFew},
      {"keys", Keys, kMany},
      {"manifest_file", ManifestFile, kSome},
      {"moment", Moment, kMany},
      {"policy_file", PolicyFile, kSome},
      {"principals_file", PrincipalsFile, kSome},
      {"private_key", PrivateKey, kSome},
      {"proof", Proof, kSome},
      {"receipt_row", ReceiptRow, kMany},
      {"record", Record, kMany},
      {"record_frames", RecordFrames, kMany},
      {"record_wire", RecordWire, kMany},
      {"release_file", ReleaseFile, kSome},
      {"repository", Repository, kMany},
      {"rules_file", RulesFile, kSome},
      {"s3_listing", S3Listing, kSome},
      {"schema", Schema, kFew},
      {"segment_file", SegmentFile, kSome},
      {"selection", Selection, kSome},
      {"signed_note", SignedNote, kMany},
      {"strict_json", StrictJson, kMany},
      {"sync_plan_file", SyncPlanFile, kSome},
      {"txn_id", TxnId, kMany},
      {"verifier_key", VerifierKey, kSome},
  };
  return *fuzzers;
}

const Fuzzer* FindFuzzer(std::string_view name) {
  const auto& all = Fuzzers();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const Fuzzer& one) { return one.name == name; });
  return found == all.end() ? nullptr : &*found;
}

}  // namespace hq::fuzz
