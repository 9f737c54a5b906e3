// Every fuzzer of this repository: a function that is given any bytes, hands them to a parser of
// bytes from outside, and holds that to its promises with HQ_CHECK. It returns whether the parser
// took the bytes. Two programs call them: fuzz_tests with a corpus and seeded mutations of it, and
// hq-fuzz, where libFuzzer looks for new paths.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hq::fuzz {

using Body = bool (*)(std::string_view bytes);

struct Fuzzer {
  std::string name;  // Of its file, and of its corpus: tests/fuzz/corpus/{name}/.
  Body body;
  int mutations;  // That fuzz_tests tries; fewer where one costs more.
};

const std::vector<Fuzzer>& Fuzzers();

// Null if there is none of that name.
const Fuzzer* FindFuzzer(std::string_view name);

// Texts of people and of their tools.
bool StrictJson(std::string_view bytes);
bool EntryLine(std::string_view bytes);
bool EntryExport(std::string_view bytes);
bool BranchesFile(std::string_view bytes);
bool PolicyFile(std::string_view bytes);
bool DecisionEngineFile(std::string_view bytes);
bool CostPolicyFile(std::string_view bytes);
bool ChannelsFile(std::string_view bytes);
bool RulesFile(std::string_view bytes);
bool SyncPlanFile(std::string_view bytes);
bool ConflictPolicyFile(std::string_view bytes);
bool HealthCheckFile(std::string_view bytes);
bool BackupPolicyFile(std::string_view bytes);
bool ManifestFile(std::string_view bytes);
bool PrincipalsFile(std::string_view bytes);
bool Schema(std::string_view bytes);
bool Decimal(std::string_view bytes);
bool Moment(std::string_view bytes);
bool Repository(std::string_view bytes);

// What proves the ledger's history.
bool Proof(std::string_view bytes);
bool SignedNote(std::string_view bytes);
bool Checkpoint(std::string_view bytes);
bool Cosignature(std::string_view bytes);
bool VerifierKey(std::string_view bytes);
bool ForkStatement(std::string_view bytes);
bool KeyRotation(std::string_view bytes);
bool CosignedNotes(std::string_view bytes);
bool PrivateKey(std::string_view bytes);

// Bytes on the wire, on the disk and in the archive.
bool AppendRequest(std::string_view bytes);
bool Selection(std::string_view bytes);
bool Announced(std::string_view bytes);
bool Record(std::string_view bytes);
bool RecordFrames(std::string_view bytes);
bool RecordWire(std::string_view bytes);
bool IndexRows(std::string_view bytes);
bool IndexMark(std::string_view bytes);
bool ReceiptRow(std::string_view bytes);
bool Keys(std::string_view bytes);
bool TxnId(std::string_view bytes);
bool SegmentFile(std::string_view bytes);
bool ImageManifest(std::string_view bytes);
bool ArchiveNames(std::string_view bytes);
bool S3Listing(std::string_view bytes);

// What servers answer, and what is asked of ours over HTTP.
bool GithubJson(std::string_view bytes);
bool ReleaseFile(std::string_view bytes);
bool HttpAnswer(std::string_view bytes);
bool HttpUrl(std::string_view bytes);

}  // namespace hq::fuzz
