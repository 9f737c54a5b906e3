// Goal: a ledger that is behind what somebody knows of it makes that no worse: it records nothing
// of itself either, be its disk low or its key another, and signs and proves nothing. Method: a
// ledger whose last writes are lost, as after a disk that lied; the real process beside a real
// nats-server that has them, and a ledger in this process beside a real witness that vouched for
// them.
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "hq/ledger/v1/operations_service.grpc.pb.h"
#include "services/ledger/adapters/disk_watch.hpp"
#include "services/ledger/adapters/error_recorder.hpp"
#include "tests/integration/ledger/announcer_fixture.hpp"
#include "tests/integration/ledger/entries.hpp"
#include "tests/integration/ledger/proof_ledger.hpp"
#include "tests/support/key_file.hpp"
#include "tests/support/ledger_process.hpp"

namespace hq::testing {
namespace {

namespace v1 = ledger::v1;
namespace fs = std::filesystem;

// So much is to stay free that there is too little, and yet room for system events.
std::uint64_t ReserveThatIsShort(const std::string& directory) {
  return 2 * fs::space(directory).available;
}

// The real process beside a real nats-server.
class ClosedByNatsTest : public ::testing::Test {
 protected:
  ClosedByNatsTest() {
    process_.Set("HQ_DATA_DIR", data());
    process_.Set("HQ_SIGNING_KEY_FILE", first_key_);
  }

  void Append(int count) {
    const auto appended =
        ledger::LedgerClient(process_.address(), TokenOf("ann")).Append(Entries(count));
    ASSERT_TRUE(appended.ok()) << appended.status() << process_.Log();
  }

  // Whether the latest checkpoint is given, else why not.
  Status AskCheckpoint() {
    const auto stub = v1::ProofService::NewStub(rpc::Connect(process_.address()));
    grpc::ClientContext context;
    rpc::Prepare(context, TokenOf("audrey"), std::chrono::seconds(20));
    v1::GetCheckpointResponse response;
    return rpc::FromGrpc(stub->GetCheckpoint(&context, v1::GetCheckpointRequest(), &response));
  }

  v1::LedgerStatus LedgerStatus() {
    const auto stub = v1::OperationsService::NewStub(rpc::Connect(process_.address()));
    grpc::ClientContext context;
    rpc::Prepare(context, TokenOf("ann"), std::chrono::seconds(20));
    v1::GetStatusResponse response;
    const auto asked = stub->GetStatus(&context, v1::GetStatusRequest(), &response);
    EXPECT_TRUE(asked.ok()) << asked.error_message();
    return response.status();
  }

  // Only while the process is stopped.
  Position Head() {
    FakeClock clock;
    runtime::Metrics metrics;
    return (*ledger::RocksEventLog::Open(data(), clock, metrics))->Head().head().position();
  }
  std::string Checkpoint() const {
    std::ifstream file(data() + "/checkpoint", std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  void PutInPlace(const std::string& from, const std::string& to) const {
    fs::remove_all(to);
    fs::copy(from, to, fs::copy_options::recursive);
  }
  std::string data() const { return directory_ / "data"; }

  NatsServer nats_;
  TempDir directory_;
  const std::string first_key_ = KeyFile(directory_, "first.key", std::string(32, '1'));
  LedgerProcess process_{HQ_BIN_DIR, PrincipalsJson(), nats_.LedgerLogin()};
};

TEST_F(ClosedByNatsTest, WhatLostItsAnnouncedRecordsSignsAndRecordsNothing) {
  process_.Start();
  ASSERT_NO_FATAL_FAILURE(Append(1));
  EXPECT_EQ(process_.Stop(), 0) << process_.Log();
  PutInPlace(data(), directory_ / "old");
  const std::string checkpoint = Checkpoint();
  EXPECT_FALSE(checkpoint.empty());
  process_.Start();
  ASSERT_NO_FATAL_FAILURE(Append(5));
  ASSERT_TRUE(Eventually([&] { return Outsider(nats_.LedgerLogin()).LastSequence() == 6; }));
  EXPECT_EQ(process_.Stop(), 0) << process_.Log();
  PutInPlace(data(), directory_ / "whole");
  PutInPlace(directory_ / "old", data());

  // There would be a rotation of the key to record, and that the disk is low.
  process_.Set("HQ_OLD_SIGNING_KEY_FILE", first_key_);
  process_.Set("HQ_SIGNING_KEY_FILE", KeyFile(directory_, "second.key", std::string(32, '2')));
  process_.Set("HQ_DISK_RESERVE_BYTES", std::to_string(ReserveThatIsShort(data())));
  process_.Start();
  const Status asked = AskCheckpoint();
  EXPECT_EQ(AdviceOf(asked).reason, "NOT_SERVING") << asked;
  EXPECT_NE(asked.message().find("ANNOUNCEMENTS_AHEAD"), std::string::npos) << asked;
  EXPECT_EQ(LedgerStatus().disk().state(), v1::DISK_STATE_RESERVE);
  EXPECT_EQ(process_.Stop(), 0) << process_.Log();
  EXPECT_EQ(Head(), 1u) << process_.Log();
  EXPECT_EQ(Checkpoint(), checkpoint);

  // With its records back, it records both.
  PutInPlace(directory_ / "whole", data());
  process_.Start();
  EXPECT_TRUE(Eventually([&] { return LedgerStatus().positions().durable() == 8; }))
      << process_.Log();
  EXPECT_EQ(AskCheckpoint(), absl::OkStatus());
  EXPECT_EQ(process_.Stop(), 0) << process_.Log();
}

TEST(ClosedLedger, WhatAWitnessKnowsMoreOfDoesNotRecordThatItsDiskIsLow) {
  FakeClock clock;
  runtime::Metrics metrics;
  ProofLedger ledger(clock);
  ledger.ListenTo({"billing"}, metrics);
  ASSERT_TRUE(ledger.Start().ok());
  const auto witness = *ledger.WitnessOf("billing", metrics);
  const auto vouches = [&](Position size) {
    return Eventually([&] {
      witness->Look().IgnoreError();
      return metrics.Text().find("hq_witness_size " + std::to_string(size) + "\n") !=
             std::string::npos;
    });
  };
  ASSERT_TRUE(vouches(ledger.Append(5)));
  ledger.Stop();
  ledger.PutAside("old");
  ASSERT_TRUE(ledger.Start().ok());
  ASSERT_TRUE(vouches(ledger.Append(20)));
  ledger.Stop();
  ledger.BringBackAll("old");
  ASSERT_TRUE(ledger.Start().ok());

  ledger::ErrorRecorder errors(ledger.log(),
                               [&] { return ledger.transparency().CheckRecording(); });
  const auto disk =
      *ledger::DiskWatch::Open(ledger.store(), {ReserveThatIsShort(ledger.store()), 0}, metrics);
  std::atomic<int> tries = 0;
  disk->SetReport([&, record = errors.For("disk")](const v1::LedgerError& error) {
    EXPECT_EQ(error.reason(), "DISK_LOW");
    const bool is_recorded = record(error);
    ++tries;
    return is_recorded;
  });
  std::jthread watching([&](std::stop_token stop) { disk->Run(stop); });
  EXPECT_TRUE(Eventually([&] { return tries > 0; }));
  EXPECT_EQ(ledger.log().Head().head().position(), 5u) << "the witness has not spoken yet";
  EXPECT_TRUE(Eventually([&] { return AdviceOf(witness->Look()).reason == "WITNESS_AHEAD"; }));
  const int before = tries;
  EXPECT_TRUE(Eventually([&] { return tries > before + 1; })) << "it goes on trying";
  EXPECT_EQ(ledger.log().Head().head().position(), 5u);
  EXPECT_EQ(AdviceOf(ledger.transparency().CheckRecording()).reason, "WITNESS_AHEAD");
}

}  // namespace
}  // namespace hq::testing
