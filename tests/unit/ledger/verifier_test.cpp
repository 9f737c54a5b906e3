// Whether our proofs, checkpoints and cosignatures convince somebody who knows only the RFCs:
// tests/verifier/verify.py judges the same documents as our own code, good and mutated.
#include "tests/support/verifier.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "common/transparency/checkpoint.hpp"
#include "common/witness/signing_key.hpp"
#include "tests/support/key_file.hpp"
#include "tests/unit/ledger/grown_tree.hpp"

namespace hq::ledger {
namespace {

using testing::KeyFile;
using testing::TempDir;

constexpr std::size_t kRecords = 300;
constexpr std::int64_t kTimeS = 1'768'557'600;

struct Document {
  std::string log_key;
  std::vector<std::string> witness_keys;
  std::string checkpoint;
  std::string record;
  std::uint64_t index = 0;
  Proof inclusion;
  std::string first_checkpoint;
  Proof consistency;
};

nlohmann::json Base64Of(const Proof& proof) {
  nlohmann::json list = nlohmann::json::array();
  for (const std::string& hash : proof) list.push_back(FormatBase64(hash));
  return list;
}

std::string JsonOf(const Document& document) {
  return nlohmann::json{{"log_key", document.log_key},
                        {"witness_keys", document.witness_keys},
                        {"checkpoint", document.checkpoint},
                        {"record", FormatBase64(document.record)},
                        {"index", document.index},
                        {"inclusion_proof", Base64Of(document.inclusion)},
                        {"first_checkpoint", document.first_checkpoint},
                        {"consistency_proof", Base64Of(document.consistency)}}
      .dump();
}

// Our own judgement.
Status Judge(const Document& document) {
  HQ_ASSIGN_OR_RETURN(const auto log, VerifierKey::Parse(document.log_key));
  std::vector<VerifierKey> witnesses;
  for (const std::string& key : document.witness_keys) {
    HQ_ASSIGN_OR_RETURN(witnesses.emplace_back(), VerifierKey::Parse(key));
  }
  HQ_ASSIGN_OR_RETURN(const auto second, OpenCheckpoint(document.checkpoint, log));
  HQ_ASSIGN_OR_RETURN(const auto cosignatures, CosignaturesOf(second.note, witnesses));
  if (cosignatures.size() != witnesses.size()) return absl::NotFoundError("a witness is missing");
  HQ_RETURN_IF_ERROR(CheckInclusion(LeafHash(document.record), document.index,
                                    second.checkpoint.head, document.inclusion));
  HQ_ASSIGN_OR_RETURN(const auto first, OpenCheckpoint(document.first_checkpoint, log));
  return CheckConsistency(first.checkpoint.head, second.checkpoint.head, document.consistency);
}

class VerifierTest : public ::testing::Test {
 protected:
  SigningKey KeyOf(char seed, const std::string& name) {
    return SigningKey::FromFile(KeyFile(directory_, name, std::string(32, seed)), name).value();
  }

  std::string CheckpointAt(std::uint64_t size) const {
    const std::string text = Checkpoint{"ledger", grown_.HeadAt(size), {}}.Format();
    return FormatSignedNote({text, {log_.Sign(text), witness_.Cosign(text, kTimeS)}});
  }

  Document DocumentOf(std::uint64_t first, std::uint64_t second, std::uint64_t index) {
    return {log_.PublicKey(KeyType::kEd25519).Format(),
            {witness_.PublicKey(KeyType::kCosignatureV1).Format()},
            CheckpointAt(second),
            records_[index],
            index,
            prover_.Inclusion(index, second).value(),
            CheckpointAt(first),
            prover_.Consistency(first, second).value()};
  }

  // Writes the documents and has them judged on both sides; they must agree on each.
  std::vector<bool> JudgeAll(const std::vector<Document>& documents) {
    std::string paths;
    for (std::size_t i = 0; i < documents.size(); ++i) {
      const std::string path = directory_ / ("document-" + std::to_string(i) + ".json");
      std::ofstream(path, std::ios::binary) << JsonOf(documents[i]);
      paths += path + " ";
    }
    const testing::VerifierOutcome outcome = testing::RunVerifier(paths);
    EXPECT_EQ(outcome.lines.size(), documents.size());
    std::vector<bool> verdicts;
    for (std::size_t i = 0; i < std::min(documents.size(), outcome.lines.size()); ++i) {
      const Status ours = Judge(documents[i]);
      verdicts.push_back(outcome.lines[i] == "valid");
      EXPECT_EQ(verdicts.back(), ours.ok()) << outcome.lines[i] << "; we say: " << ours << "\n"
                                            << JsonOf(documents[i]);
    }
    const bool all_valid = std::find(verdicts.begin(), verdicts.end(), false) == verdicts.end();
    EXPECT_EQ(outcome.exit_code, all_valid ? 0 : 1);
    return verdicts;
  }

  const std::uint64_t seed_ = std::random_device{}();
  const ::testing::ScopedTrace trace_{__FILE__, __LINE__, "seed " + std::to_string(seed_)};
  std::mt19937_64 random_{seed_};
  const TempDir directory_;
  const SigningKey log_ = KeyOf('l', "ledger");
  const SigningKey witness_ = KeyOf('w', "billing");
  const std::vector<std::string> records_ = RandomRecords(kRecords, random_);
  const GrownTree grown_{records_};
  Prover prover_{grown_.Tiles()};
};

void FlipBit(std::string& bytes, std::mt19937_64& random) {
  if (bytes.empty()) return;
  const std::size_t bit = random() % (bytes.size() * 8);
  bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << bit % 8));
}

// In a text, so that the document stays JSON: one character becomes another one.
void ChangeCharacter(std::string& text, std::mt19937_64& random) {
  const std::size_t at = random() % text.size();
  if (static_cast<unsigned char>(text[at]) >= 0x80) return;  // Of the dash.
  text[at] = "0aA+ \n"[random() % 6];
}

// One change, anywhere. It may happen to change nothing.
void Mutate(Document& document, std::mt19937_64& random) {
  Proof& proof = random() % 2 == 0 ? document.inclusion : document.consistency;
  switch (random() % 10) {
    case 0:
      FlipBit(document.record, random);
      break;
    case 1:
      document.index = random() % (2 * kRecords);
      break;
    case 2:
      proof.emplace_back(kHashBytes, '\0');
      break;
    case 3:
      std::swap(document.checkpoint, document.first_checkpoint);
      break;
    case 4:
      std::swap(document.inclusion, document.consistency);
      break;
    case 5:
      ChangeCharacter(document.checkpoint, random);
      break;
    case 6:
      ChangeCharacter(document.first_checkpoint, random);
      break;
    case 7:
      ChangeCharacter(document.log_key, random);
      break;
    case 8:
      ChangeCharacter(document.witness_keys[0], random);
      break;
    default:  // A hash is changed or missing.
      if (proof.empty()) break;
      if (random() % 2 == 0)
        proof.pop_back();
      else
        FlipBit(proof[random() % proof.size()], random);
  }
}

TEST_F(VerifierTest, KnowsTheVectorsOfTheRfcs) {
  const testing::VerifierOutcome outcome = testing::RunVerifier("--self-test");
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.lines, std::vector<std::string>({"valid"}));
}

TEST_F(VerifierTest, FindsValidWhatWeMade) {
  std::vector<Document> documents;
  for (int i = 0; i < 40; ++i) {
    const std::uint64_t second = 1 + random_() % kRecords;
    documents.push_back(DocumentOf(random_() % (second + 1), second, random_() % second));
  }
  documents.push_back(DocumentOf(0, 1, 0));
  documents.push_back(DocumentOf(256, 256, 255));
  documents.push_back(DocumentOf(256, 300, 256));
  EXPECT_EQ(JudgeAll(documents), std::vector<bool>(documents.size(), true));
}

TEST_F(VerifierTest, AgreesAboutEveryMutation) {
  std::vector<Document> documents;
  for (int i = 0; i < 120; ++i) {
    const std::uint64_t second = 1 + random_() % kRecords;
    documents.push_back(DocumentOf(random_() % (second + 1), second, random_() % second));
    Mutate(documents.back(), random_);
  }
  const auto verdicts = JudgeAll(documents);
  EXPECT_GT(std::count(verdicts.begin(), verdicts.end(), false), 60);
}

}  // namespace
}  // namespace hq::ledger
