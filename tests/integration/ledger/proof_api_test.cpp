// Goal: what the ledger serves as proof convinces somebody who knows only the RFCs, is given to
// those who may have it, and does not convince when anything was changed. Method: a ledger with its
// gRPC server, the independent verifier as judge.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <random>

#include "tests/integration/ledger/proof_ledger.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/verifier.hpp"

namespace hq::testing {
namespace {

using namespace std::chrono_literals;
namespace v1 = ledger::v1;
using Stub = v1::ProofService::Stub;

class ProofApiTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const Status started = ledger_.Start();
    ASSERT_TRUE(started.ok()) << started;
  }

  v1::GetCheckpointResponse CheckpointOf(std::uint64_t min_size) {
    v1::GetCheckpointRequest request;
    request.set_min_size(min_size);
    v1::GetCheckpointResponse response;
    const Status status = ledger_.Call(&Stub::GetCheckpoint, request, response);
    EXPECT_TRUE(status.ok()) << status;
    return response;
  }

  static nlohmann::json Base64Of(const google::protobuf::RepeatedPtrField<std::string>& hashes) {
    nlohmann::json list = nlohmann::json::array();
    for (const std::string& hash : hashes) list.push_back(ledger::FormatBase64(hash));
    return list;
  }

  // The document of a record, and of an older checkpoint, as the verifier reads it.
  nlohmann::json DocumentOf(Position position, const v1::GetCheckpointResponse& first,
                            const v1::GetCheckpointResponse& second) {
    v1::GetLogKeyResponse key;
    EXPECT_TRUE(ledger_.Call(&Stub::GetLogKey, v1::GetLogKeyRequest(), key).ok());
    v1::ProveInclusionRequest inclusion_request;
    inclusion_request.set_position(position);
    inclusion_request.set_size(second.size());
    v1::ProveInclusionResponse inclusion;
    Status status = ledger_.Call(&Stub::ProveInclusion, inclusion_request, inclusion);
    EXPECT_TRUE(status.ok()) << status;
    v1::ProveConsistencyRequest consistency_request;
    consistency_request.set_first_size(first.size());
    consistency_request.set_second_size(second.size());
    v1::ProveConsistencyResponse consistency;
    status = ledger_.Call(&Stub::ProveConsistency, consistency_request, consistency);
    EXPECT_TRUE(status.ok()) << status;
    v1::GetRequest get;
    get.set_position(position);
    const std::string bytes = ledger_.log().Get(CallerNamed("audrey"), get).value();
    EXPECT_EQ(inclusion.leaf_hash(), LeafHash(bytes));
    return {
        {"log_key", key.verifier_key()},    {"witness_keys", nlohmann::json::array()},
        {"checkpoint", second.note()},      {"record", ledger::FormatBase64(bytes)},
        {"index", inclusion.index()},       {"inclusion_proof", Base64Of(inclusion.hashes())},
        {"first_checkpoint", first.note()}, {"consistency_proof", Base64Of(consistency.hashes())}};
  }

  VerifierOutcome Verify(const std::vector<nlohmann::json>& documents) {
    std::string paths;
    for (std::size_t i = 0; i < documents.size(); ++i) {
      const std::string path = ledger_.directory() / ("document-" + std::to_string(i) + ".json");
      std::ofstream(path, std::ios::binary) << documents[i].dump();
      paths += path + " ";
    }
    return RunVerifier(paths);
  }

  Status Prove(std::uint64_t position, const std::string& principal,
               v1::ProveInclusionResponse& response, std::uint64_t size = 0) {
    v1::ProveInclusionRequest request;
    request.set_position(position);
    request.set_size(size);
    return ledger_.Call(&Stub::ProveInclusion, request, response, principal);
  }

  FakeClock clock_;
  ProofLedger ledger_{clock_};
};

TEST_F(ProofApiTest, WhatIsServedConvincesTheIndependentVerifier) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  std::vector<v1::GetCheckpointResponse> checkpoints = {CheckpointOf(0)};
  for (int group = 0; group < 6; ++group)
    checkpoints.push_back(CheckpointOf(ledger_.Append(1 + static_cast<int>(random() % 90))));
  std::vector<nlohmann::json> documents;
  for (std::size_t i = 0; i + 1 < checkpoints.size(); ++i)
    documents.push_back(
        DocumentOf(1 + random() % checkpoints.back().size(), checkpoints[i], checkpoints.back()));
  documents.push_back(DocumentOf(1, checkpoints[1], checkpoints[1]));
  const auto good = Verify(documents);
  EXPECT_EQ(good.exit_code, 0);
  EXPECT_EQ(good.lines, std::vector<std::string>(documents.size(), "valid"));

  // A record with one byte changed, a proof that is too long or too short: all are found out.
  const nlohmann::json whole = documents[2];
  std::vector<nlohmann::json> changed(4, whole);
  std::string record = ledger::ParseBase64(whole["record"].get<std::string>()).value();
  record[random() % record.size()] ^= 1;
  changed[0]["record"] = ledger::FormatBase64(record);
  changed[1]["inclusion_proof"].push_back(ledger::FormatBase64(std::string(32, 'x')));
  changed[2]["inclusion_proof"].erase(0);
  changed[3]["consistency_proof"].push_back(ledger::FormatBase64(std::string(32, 'x')));
  const auto bad = Verify(changed);
  EXPECT_EQ(bad.exit_code, 1);
  for (const std::string& line : bad.lines) EXPECT_TRUE(line.starts_with("refused: ")) << line;
}

TEST_F(ProofApiTest, ACheckpointIsWaitedForAndNotForEver) {
  v1::GetCheckpointResponse response;
  v1::GetCheckpointRequest request;
  request.set_min_size(5);
  Status waited;
  std::jthread waiting([&] { waited = ledger_.Call(&Stub::GetCheckpoint, request, response); });
  ledger_.Append(5);
  waiting.join();
  EXPECT_TRUE(waited.ok()) << waited;
  EXPECT_EQ(response.size(), 5u);
  request.set_min_size(6);
  const Status late = ledger_.Call(&Stub::GetCheckpoint, request, response);
  EXPECT_TRUE(absl::IsUnavailable(late)) << late;
  EXPECT_EQ(AdviceOf(late).reason, "NOT_REACHED");
  request.set_min_cosignatures(1);
  EXPECT_EQ(AdviceOf(ledger_.Call(&Stub::GetCheckpoint, request, response)).reason,
            "NOT_COSIGNED_YET");
  request.set_for_cosigning(true);
  EXPECT_TRUE(absl::IsInvalidArgument(ledger_.Call(&Stub::GetCheckpoint, request, response)));
}

TEST_F(ProofApiTest, AProofIsOfATreeThatWasSigned) {
  ledger_.Append(3);
  CheckpointOf(3);
  v1::ProveInclusionResponse response;
  EXPECT_EQ(AdviceOf(Prove(3, "audrey", response, 2)).reason, "NO_SUCH_PROOF");
  EXPECT_EQ(AdviceOf(Prove(3, "audrey", response, 4)).reason, "NO_SUCH_PROOF");
  EXPECT_TRUE(absl::IsNotFound(Prove(4, "audrey", response)));
  EXPECT_TRUE(absl::IsNotFound(Prove(0, "audrey", response)));
  v1::ProveInclusionRequest nothing;
  EXPECT_TRUE(absl::IsInvalidArgument(ledger_.Call(&Stub::ProveInclusion, nothing, response)));
  v1::ProveConsistencyRequest backwards;
  backwards.set_first_size(3);
  backwards.set_second_size(2);
  v1::ProveConsistencyResponse consistency;
  EXPECT_EQ(AdviceOf(ledger_.Call(&Stub::ProveConsistency, backwards, consistency)).reason,
            "NO_SUCH_PROOF");
  backwards.set_second_size(9);
  EXPECT_EQ(AdviceOf(ledger_.Call(&Stub::ProveConsistency, backwards, consistency)).reason,
            "NO_SUCH_PROOF");
}

TEST_F(ProofApiTest, ProofsAreForThoseWhoMayReadTheRecord) {
  ledger_.Append(1, "koosy");
  ledger_.Append(1, "papafly");
  CheckpointOf(2);
  v1::ProveInclusionResponse response;
  EXPECT_TRUE(Prove(1, "owner-koosy", response).ok());
  EXPECT_EQ(response.index(), 0u);
  EXPECT_TRUE(absl::IsNotFound(Prove(2, "owner-koosy", response)));
  EXPECT_TRUE(Prove(2, "owner-both", response).ok());
  EXPECT_TRUE(absl::IsPermissionDenied(Prove(1, "llm-koosy", response)));
  v1::GetCheckpointResponse checkpoint;
  EXPECT_TRUE(
      ledger_.Call(&Stub::GetCheckpoint, v1::GetCheckpointRequest(), checkpoint, "owner-koosy")
          .ok());
  EXPECT_TRUE(absl::IsPermissionDenied(
      ledger_.Call(&Stub::GetCheckpoint, v1::GetCheckpointRequest(), checkpoint, "worker-koosy")));
  EXPECT_TRUE(absl::IsUnauthenticated(
      ledger_.Call(&Stub::GetCheckpoint, v1::GetCheckpointRequest(), checkpoint, "nobody")));
}

// Nor is what was signed before given away, as long as nobody knows what is true.
TEST_F(ProofApiTest, ALedgerInWhichDamageWasFoundSignsAndProvesNothing) {
  CheckpointOf(ledger_.Append(3));
  ledger_.readiness().Fail("SCRUB_MISMATCH: a test");
  v1::GetCheckpointResponse checkpoint;
  v1::GetCheckpointRequest request;
  EXPECT_EQ(AdviceOf(ledger_.Call(&Stub::GetCheckpoint, request, checkpoint)).reason,
            "NOT_SERVING");
  request.set_for_cosigning(true);
  EXPECT_EQ(AdviceOf(ledger_.Call(&Stub::GetCheckpoint, request, checkpoint)).reason,
            "NOT_SERVING");
  v1::ProveInclusionResponse inclusion;
  EXPECT_EQ(AdviceOf(Prove(1, "audrey", inclusion)).reason, "NOT_SERVING");
  v1::ProveConsistencyResponse consistency;
  EXPECT_EQ(
      AdviceOf(ledger_.Call(&Stub::ProveConsistency, v1::ProveConsistencyRequest(), consistency))
          .reason,
      "NOT_SERVING");
  v1::GetLogKeyResponse key;
  EXPECT_TRUE(ledger_.Call(&Stub::GetLogKey, v1::GetLogKeyRequest(), key).ok());
  ledger_.Append(2);  // Past the door, so that there would be news to sign.
  ledger_.Stop();
  const auto kept = ledger::CheckpointFiles(ledger_.settings().data_dir).LoadCheckpoint();
  ASSERT_TRUE(kept.ok() && *kept) << kept.status();
  EXPECT_EQ(ledger::Checkpoint::Parse(ledger::ParseSignedNote(**kept)->text)->head.size, 3u);
  const Status started = ledger_.Start();
  ASSERT_TRUE(started.ok()) << started;
  EXPECT_EQ(CheckpointOf(5).size(), 5u);
}

TEST_F(ProofApiTest, AWitnessIsHeardByALedgerThatDoesNotServeAndIsToldSo) {
  ledger_.Stop();
  runtime::Metrics metrics;
  ledger_.ListenTo({"billing"}, metrics);
  const Status started = ledger_.Start();
  ASSERT_TRUE(started.ok()) << started;
  ledger::Transparency& transparency = ledger_.transparency();
  ledger_.readiness().Fail("SCRUB_MISMATCH: a test");
  EXPECT_EQ(AdviceOf(transparency.CheckRecording()).reason, "WITNESSES_AWAITED");
  v1::PresentCheckpointResponse response;
  ASSERT_TRUE(
      ledger_.Call(&Stub::PresentCheckpoint, v1::PresentCheckpointRequest(), response, "billing")
          .ok());
  EXPECT_FALSE(response.is_serving());
  EXPECT_EQ(AdviceOf(transparency.CheckServing()).reason, "NOT_SERVING");
  EXPECT_EQ(transparency.CheckRecording(), absl::OkStatus()) << "the damage may be recorded now";
}

TEST_F(ProofApiTest, OnlyServicesVouchAndOnlyForWhatThisLedgerSigned) {
  const auto cosign = [this](const std::string& note, const std::string& principal) {
    v1::CosignRequest request;
    request.set_note(note);
    v1::CosignResponse response;
    return ledger_.Call(&Stub::Cosign, request, response, principal);
  };
  const std::string note = CheckpointOf(0).note();
  for (const char* principal : {"ann", "audrey", "owner-koosy", "llm-koosy", "ci"})
    EXPECT_TRUE(absl::IsPermissionDenied(cosign(note, principal))) << principal;
  EXPECT_TRUE(absl::IsInvalidArgument(cosign("", "sync")));
  EXPECT_EQ(AdviceOf(cosign(note, "sync")).reason, "NOT_COSIGNED");
  std::string forged = note;
  forged[forged.find('\n') + 1] = '9';
  EXPECT_TRUE(absl::IsPermissionDenied(cosign(forged, "sync")));
  v1::PresentCheckpointResponse response;
  EXPECT_TRUE(absl::IsPermissionDenied(
      ledger_.Call(&Stub::PresentCheckpoint, v1::PresentCheckpointRequest(), response, "sync")));
  EXPECT_TRUE(absl::IsPermissionDenied(
      ledger_.Call(&Stub::PresentCheckpoint, v1::PresentCheckpointRequest(), response, "ann")));
}

}  // namespace
}  // namespace hq::testing
