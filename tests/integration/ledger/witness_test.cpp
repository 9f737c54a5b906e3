// Goal: what a witness has vouched for, the ledger cannot take back: neither the witness nor the
// ledger itself lets it. Method: a real ledger and real witnesses; old files are brought back in
// silence, as somebody would who hides what happened since.
#include <gtest/gtest.h>

#include <fstream>

#include "common/base/ids.hpp"
#include "hq/ledger/v1/events.pb.h"
#include "tests/integration/ledger/proof_ledger.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/key_file.hpp"

namespace hq::testing {
namespace {

using namespace std::chrono_literals;
namespace v1 = ledger::v1;
using ledger::Witness;
using Stub = v1::ProofService::Stub;

std::string ReasonOf(const Status& status) { return status.ok() ? "OK" : AdviceOf(status).reason; }

class WitnessTest : public ::testing::Test {
 protected:
  void Start() {
    const Status started = ledger_.Start();
    ASSERT_TRUE(started.ok()) << started;
  }

  std::unique_ptr<Witness> WitnessOf(const std::string& service) {
    auto witness = ledger_.WitnessOf(service, metrics_);
    HQ_CHECK(witness.ok(), witness.status().ToString().c_str());
    return *std::move(witness);
  }

  // Looks until the witness has vouched for so much.
  void ExpectVouches(Witness& witness, Position size) {
    Status last;
    EXPECT_TRUE(Eventually([&] {
      last = witness.Look();
      return metrics_.Text().find("hq_witness_size " + std::to_string(size) + "\n") !=
             std::string::npos;
    })) << last
        << "\n"
        << metrics_.Text();
  }

  // Looks until the witness is past what only time heals, and tells why it refuses, or "OK".
  std::string Verdict(Witness& witness) {
    Status last;
    EXPECT_TRUE(Eventually([&] {
      last = witness.Look();
      return !absl::IsUnavailable(last);
    })) << last;
    return ReasonOf(last);
  }

  // Why the latest checkpoint is not given, or "OK": the first one may be a while in coming.
  std::string WhyNotServed() {
    v1::GetCheckpointResponse response;
    std::string why;
    Eventually([&] {
      why = ReasonOf(ledger_.Call(&Stub::GetCheckpoint, v1::GetCheckpointRequest(), response));
      return why != "NOT_REACHED";
    });
    return why;
  }

  FakeClock clock_;
  ProofLedger ledger_{clock_};
  runtime::Metrics metrics_;
};

TEST_F(WitnessTest, VouchesForWhatGrowsAndEverybodyCanTell) {
  ledger_.ListenTo({"billing", "sync"}, metrics_);
  ASSERT_NO_FATAL_FAILURE(Start());
  const auto billing = WitnessOf("billing");
  const auto sync = WitnessOf("sync");
  EXPECT_EQ(WhyNotServed(), "WITNESSES_AWAITED");
  EXPECT_TRUE(Eventually([&] { return billing->Look().ok() && sync->Look().ok(); }));
  EXPECT_EQ(WhyNotServed(), "OK");
  ExpectVouches(*billing, ledger_.Append(7));
  ExpectVouches(*sync, ledger_.Append(300));
  ExpectVouches(*billing, 307);
  v1::GetWitnessesResponse witnesses;
  ASSERT_TRUE(ledger_.Call(&Stub::GetWitnesses, v1::GetWitnessesRequest(), witnesses).ok());
  ASSERT_EQ(witnesses.witnesses_size(), 2);
  EXPECT_EQ(witnesses.witnesses(0).verifier_key(), billing->public_key().Format());
  for (const auto& witness : witnesses.witnesses()) {
    EXPECT_EQ(witness.size(), 307u);
    EXPECT_EQ(witness.cosigned_at_s(), ToMicros(clock_.Now()) / 1'000'000);
  }
  v1::LedgerStatus status;
  ledger_.transparency().Fill(status);
  EXPECT_EQ(status.positions().checkpointed(), 307u);
  ASSERT_EQ(status.witnesses_size(), 2);
  EXPECT_EQ(status.witnesses(0).name(), billing->public_key().name);
  EXPECT_EQ(status.witnesses(1).tree_size(), 307u);
  EXPECT_EQ(status.witnesses(1).cosigned_at_us(), ToMicros(clock_.Now()) / 1'000'000 * 1'000'000);
  v1::GetCheckpointRequest request;
  request.set_min_cosignatures(2);
  v1::GetCheckpointResponse response;
  ASSERT_TRUE(ledger_.Call(&Stub::GetCheckpoint, request, response).ok());
  EXPECT_EQ(response.size(), 307u);
  const auto opened =
      ledger::OpenCheckpoint(response.note(), ledger_.transparency().signer().key());
  ASSERT_TRUE(opened.ok()) << opened.status();
  const auto cosignatures =
      ledger::CosignaturesOf(opened->note, {billing->public_key(), sync->public_key()});
  ASSERT_TRUE(cosignatures.ok()) << cosignatures.status();
  EXPECT_EQ(cosignatures->size(), 2u);
}

TEST_F(WitnessTest, RefusesALedgerThatLostItsEnd) {
  ASSERT_NO_FATAL_FAILURE(Start());
  ledger_.Append(5);
  ledger_.Stop();
  ledger_.PutAside("old");
  ASSERT_NO_FATAL_FAILURE(Start());
  const auto witness = WitnessOf("billing");
  ExpectVouches(*witness, ledger_.Append(20));
  ledger_.Stop();
  // This ledger knows of no witness, and its own files went back too: it cannot know.
  ledger_.BringBackAll("old");
  ASSERT_NO_FATAL_FAILURE(Start());
  EXPECT_EQ(WhyNotServed(), "OK");
  EXPECT_EQ(Verdict(*witness), "LEDGER_BEHIND");
  EXPECT_EQ(Verdict(*witness), "LEDGER_BEHIND");
  EXPECT_NE(metrics_.Text().find("hq_witness_refusals_total{reason=\"LEDGER_BEHIND\"}"),
            std::string::npos);
  // Neither time nor new records make it forget, nor a start of its own.
  ledger_.Append(100, "koosy", "page_left");
  EXPECT_TRUE(Eventually([&] { return Verdict(*witness) == "LEDGER_DIVERGED"; }));
  EXPECT_EQ(Verdict(*WitnessOf("billing")), "LEDGER_DIVERGED");
}

TEST_F(WitnessTest, TheLedgerDoesNotServeBelowWhatWasVouchedFor) {
  ledger_.ListenTo({"billing"}, metrics_);
  ASSERT_NO_FATAL_FAILURE(Start());
  const auto witness = WitnessOf("billing");
  ExpectVouches(*witness, ledger_.Append(5));
  ledger_.Stop();
  ledger_.PutAside("old");
  ASSERT_NO_FATAL_FAILURE(Start());
  ExpectVouches(*witness, ledger_.Append(20));
  ledger_.Stop();
  ledger_.PutAside("whole");
  ledger_.BringBackAll("old");
  ASSERT_NO_FATAL_FAILURE(Start());
  EXPECT_EQ(WhyNotServed(), "WITNESSES_AWAITED");
  Status looked;
  EXPECT_TRUE(Eventually([&] { return ReasonOf(looked = witness->Look()) == "WITNESS_AHEAD"; }))
      << looked;
  EXPECT_EQ(WhyNotServed(), "WITNESS_AHEAD");
  EXPECT_EQ(ReasonOf(ledger_.transparency().gate().Check()), "WITNESS_AHEAD");
  v1::ProveConsistencyResponse proof;
  EXPECT_EQ(ReasonOf(ledger_.Call(&Stub::ProveConsistency, v1::ProveConsistencyRequest(), proof)),
            "WITNESS_AHEAD");
  // Nothing was recorded: one record more would make another history of it.
  EXPECT_EQ(ledger_.log().Head().head().position(), 5u);
  EXPECT_NE(ledger_.Metrics().find("hq_ledger_serving 0\n"), std::string::npos);
  ledger_.Stop();
  // Brought back whole, it serves.
  ledger_.BringBackAll("whole");
  ASSERT_NO_FATAL_FAILURE(Start());
  EXPECT_EQ(Verdict(*witness), "OK");
  EXPECT_EQ(WhyNotServed(), "OK");
}

TEST_F(WitnessTest, TheLedgerDoesNotServeAnotherHistory) {
  ledger_.ListenTo({"billing"}, metrics_);
  ASSERT_NO_FATAL_FAILURE(Start());
  const auto witness = WitnessOf("billing");
  ExpectVouches(*witness, ledger_.Append(5));
  ledger_.Stop();
  ledger_.PutAside("old");
  ASSERT_NO_FATAL_FAILURE(Start());
  ExpectVouches(*witness, ledger_.Append(4));
  ledger_.Stop();
  ledger_.BringBackAll("old");
  ledger_.settings().witness_patience = 0ms;  // So that it goes on without having heard anybody.
  ASSERT_NO_FATAL_FAILURE(Start());
  ledger_.Append(9, "koosy", "page_left");
  EXPECT_EQ(WhyNotServed(), "OK");
  // The witness refuses, shows what it has when it looks next, and that closes the gate.
  EXPECT_TRUE(Eventually([&] {
    witness->Look().IgnoreError();
    return WhyNotServed() == "WITNESS_DIVERGED";
  }));
  EXPECT_NE(metrics_.Text().find("hq_witness_refusals_total{reason=\"LEDGER_"), std::string::npos);
}

TEST_F(WitnessTest, AWipedDiskDoesNotBecomeANewLedgerInSilence) {
  ledger_.ListenTo({"billing", "sync"}, metrics_);
  ledger_.settings().signer.public_file = ledger_.settings().data_dir + "/signing.pub";
  ASSERT_NO_FATAL_FAILURE(Start());
  const auto witness = WitnessOf("billing");
  ExpectVouches(*witness, ledger_.Append(5));
  ledger_.Stop();
  ledger_.PutAside("right");
  std::filesystem::remove_all(ledger_.store());
  std::filesystem::remove_all(ledger_.settings().data_dir);
  ledger_.settings().witness_patience = 0ms;  // So that it goes on without having heard anybody.
  ASSERT_NO_FATAL_FAILURE(Start());
  const Position end = ledger_.Append(9);  // Its size is no argument for it.
  EXPECT_EQ(WhyNotServed(), "OK");
  // The witness does not know its key, shows what it has when it looks next, and the gate closes.
  EXPECT_TRUE(Eventually([&] {
    witness->Look().IgnoreError();
    return WhyNotServed() == "WITNESS_DIVERGED";
  }));
  const Status closed = ledger_.transparency().gate().Check();
  EXPECT_NE(closed.message().find("billing has vouched for, hq-os/"), std::string::npos) << closed;
  EXPECT_NE(ledger_.Metrics().find("hq_ledger_serving 0\n"), std::string::npos);
  EXPECT_EQ(ledger_.log().Head().head().position(), end);
  // A witness that has nothing against it opens nothing.
  v1::PresentCheckpointResponse heard;
  ASSERT_TRUE(
      ledger_.Call(&Stub::PresentCheckpoint, v1::PresentCheckpointRequest(), heard, "sync").ok());
  EXPECT_FALSE(heard.is_serving());
  EXPECT_EQ(WhyNotServed(), "WITNESS_DIVERGED");
  // Nor does a start on the same disk, though nobody has spoken and nobody is waited for.
  ledger_.Stop();
  ASSERT_NO_FATAL_FAILURE(Start());
  EXPECT_EQ(WhyNotServed(), "WITNESS_DIVERGED");
  EXPECT_EQ(ledger_.transparency().gate().Check(), closed) << "the same reason and advice";
  ledger_.Stop();
  ledger_.settings().witness_patience = 10min;
  ledger_.BringBackAll("right");
  ASSERT_NO_FATAL_FAILURE(Start());
  EXPECT_EQ(Verdict(*witness), "OK");
  EXPECT_EQ(WhyNotServed(), "OK");
}

TEST_F(WitnessTest, OnlyAKnownWitnessClosesTheGateByAnotherLedgersCheckpoint) {
  ledger_.ListenTo({"billing"}, metrics_);
  ledger_.settings().witness_patience = 0ms;
  ASSERT_NO_FATAL_FAILURE(Start());
  const Position end = ledger_.Append(3);
  const auto billing =
      ledger::SigningKey::FromFile(ledger_.directory() / "witness-billing/key", "billing");
  const auto stranger = ledger::SigningKey::FromFile(
      KeyFile(ledger_.directory(), "stranger.key", std::string(32, 's')), "billing");
  ASSERT_TRUE(billing.ok() && stranger.ok());
  const auto text_of = [](const std::string& origin, std::uint64_t size) {
    return ledger::Checkpoint{origin, {size, Sha256("root")}, {ledger::EpochLine(1)}}.Format();
  };
  const auto present = [&](const std::string& text, const ledger::NoteSignature& signature) {
    v1::PresentCheckpointRequest request;
    request.set_note(ledger::FormatSignedNote({text, {signature}}));
    v1::PresentCheckpointResponse response;
    return ledger_.Call(&Stub::PresentCheckpoint, request, response, "billing");
  };
  const std::string other = text_of("hq-os/another", 307);
  auto of_other_time = billing->Cosign(other, 1);
  of_other_time.signature[7] ^= 1;  // The time is signed too.
  const std::string own = text_of(ledger_.transparency().signer().key().name, end + 9);
  const std::string of_no_ledger = text_of("example.com/log", 307);
  const std::vector<std::pair<std::string, ledger::NoteSignature>> worthless = {
      {other, stranger->Cosign(other, 1)},
      {other, billing->Cosign(text_of("hq-os/another", 308), 1)},
      {other, billing->Sign(other)},
      {other, of_other_time},
      {own, billing->Cosign(own, 1)},  // Of this ledger, whose key did not sign it.
      {of_no_ledger, billing->Cosign(of_no_ledger, 1)},
  };
  for (const auto& [text, signature] : worthless) {
    EXPECT_EQ(present(text, signature).code(), absl::StatusCode::kPermissionDenied) << text;
    EXPECT_EQ(WhyNotServed(), "OK") << text;
  }
  EXPECT_TRUE(present(other, billing->Cosign(other, 1)).ok());
  EXPECT_EQ(WhyNotServed(), "WITNESS_DIVERGED");
}

TEST_F(WitnessTest, TheFilesBesideTheStoreAreAWitnessToo) {
  ASSERT_NO_FATAL_FAILURE(Start());
  ledger_.Append(5);
  ledger_.Stop();
  ledger_.PutAside("old");
  ASSERT_NO_FATAL_FAILURE(Start());
  ledger_.Append(3);
  ledger_.Stop();  // Keeps its last checkpoint.
  ledger_.PutAside("whole");
  ledger_.BringBackStore("old");
  ASSERT_NO_FATAL_FAILURE(Start());
  EXPECT_EQ(WhyNotServed(), "WITNESS_AHEAD");
  ledger_.Stop();
  ledger_.BringBackStore("whole");
  ASSERT_NO_FATAL_FAILURE(Start());
  EXPECT_EQ(WhyNotServed(), "OK");
  ledger_.Stop();
  // What is damaged is no evidence, and nothing to go on with either.
  std::ofstream(ledger_.settings().data_dir + "/checkpoint", std::ios::app) << "x";
  EXPECT_EQ(ReasonOf(ledger_.Start()), "CHECKPOINT_FILE_DAMAGED");
}

TEST_F(WitnessTest, CosignedCheckpointsOutliveARestart) {
  ledger_.ListenTo({"billing"}, metrics_);
  ASSERT_NO_FATAL_FAILURE(Start());
  const auto witness = WitnessOf("billing");
  ExpectVouches(*witness, ledger_.Append(5));
  ledger_.Stop();
  ledger_.settings().witness_patience = 0ms;
  ASSERT_NO_FATAL_FAILURE(Start());
  v1::GetCheckpointRequest request;
  request.set_min_cosignatures(1);
  v1::GetCheckpointResponse response;
  const Status status = ledger_.Call(&Stub::GetCheckpoint, request, response);
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(response.size(), 5u);
  v1::GetWitnessesResponse witnesses;
  ASSERT_TRUE(ledger_.Call(&Stub::GetWitnesses, v1::GetWitnessesRequest(), witnesses).ok());
  EXPECT_EQ(witnesses.witnesses(0).size(), 5u);
}

TEST_F(WitnessTest, FollowsAKeyThatTheOldOneSigned) {
  ASSERT_NO_FATAL_FAILURE(Start());
  const auto witness = WitnessOf("billing");
  ExpectVouches(*witness, ledger_.Append(3));
  const std::string old_key = ledger_.transparency().signer().key().Format();
  ledger_.Stop();
  auto& signer = ledger_.settings().signer;
  signer.old_key_file = signer.key_file;
  signer.key_file = KeyFile(ledger_.directory(), "second.key", std::string(32, '2'));
  ASSERT_NO_FATAL_FAILURE(Start());
  // The rotation is on the ledger before anything is signed with the new key.
  v1::GetCheckpointRequest request;
  request.set_min_size(4);
  v1::GetCheckpointResponse checkpoint;
  ASSERT_TRUE(ledger_.Call(&Stub::GetCheckpoint, request, checkpoint).ok());
  EXPECT_EQ(Verdict(*witness), "OK");
  v1::GetRequest get;
  get.set_position(4);
  v1::Record record;
  ASSERT_TRUE(record.ParseFromString(ledger_.log().Get(CallerNamed("audrey"), get).value()));
  v1::LedgerEvent event;
  ASSERT_TRUE(record.data().UnpackTo(&event));
  EXPECT_EQ(record.event(), "signing_key_rotated");
  EXPECT_EQ(event.signing_key_rotated().old_key(), old_key);
  EXPECT_EQ(event.signing_key_rotated().new_key(), ledger_.transparency().signer().key().Format());
  EXPECT_TRUE(event.signing_key_rotated().is_signed_by_old_key());
  // Once is enough, also over a start; and the files of the old key's time still count.
  ledger_.Stop();
  signer.old_key_file.clear();
  ASSERT_NO_FATAL_FAILURE(Start());
  ExpectVouches(*witness, ledger_.Append(1));
  EXPECT_EQ(ledger_.log().Head().head().position(), 5u);
}

TEST_F(WitnessTest, AnotherKeyDoesNotPassForTheOldOne) {
  ASSERT_NO_FATAL_FAILURE(Start());
  ledger_.Stop();
  auto& signer = ledger_.settings().signer;
  signer.key_file = KeyFile(ledger_.directory(), "second.key", std::string(32, '2'));
  signer.old_key_file = KeyFile(ledger_.directory(), "third.key", std::string(32, '3'));
  EXPECT_EQ(ReasonOf(ledger_.Start()), "KEY_NOT_THE_OLD_ONE");
}

TEST_F(WitnessTest, DoesNotFollowAKeyThatAppearsByItself) {
  ASSERT_NO_FATAL_FAILURE(Start());
  const auto witness = WitnessOf("billing");
  ExpectVouches(*witness, ledger_.Append(3));
  ledger_.Stop();
  ledger_.settings().signer.key_file =
      KeyFile(ledger_.directory(), "second.key", std::string(32, '2'));
  ASSERT_NO_FATAL_FAILURE(Start());
  EXPECT_EQ(Verdict(*witness), "NOT_SIGNED");
  // Told by its operator, it goes on from where it was.
  ledger::WitnessSettings settings;
  settings.name = "billing";
  settings.directory = ledger_.directory() / "witness-billing";
  settings.key_file = settings.directory + "/key";
  settings.log_key_file = ledger_.directory() / "signing.pub";
  auto told = Witness::Open(settings, ledger_.address(), TokenOf("billing"), clock_, metrics_);
  ASSERT_TRUE(told.ok()) << told.status();
  EXPECT_EQ(Verdict(**told), "OK");
}

TEST_F(WitnessTest, AKeyThatIsGoneIsNotReplacedInSilence) {
  ASSERT_NO_FATAL_FAILURE(Start());
  ledger_.Stop();
  std::filesystem::remove(ledger_.settings().signer.key_file);
  EXPECT_EQ(ReasonOf(ledger_.Start()), "SIGNING_KEY_GONE");
}

TEST_F(WitnessTest, RunsUntilItIsStopped) {
  ledger_.ListenTo({"billing"}, metrics_);
  ASSERT_NO_FATAL_FAILURE(Start());
  const auto witness = WitnessOf("billing");
  std::jthread running([&](std::stop_token stop) { witness->Run(stop); });
  const Position last = ledger_.Append(3);
  EXPECT_TRUE(Eventually([&] {
    return metrics_.Text().find("hq_witness_size " + std::to_string(last) + "\n") !=
           std::string::npos;
  })) << metrics_.Text();
}

}  // namespace
}  // namespace hq::testing
