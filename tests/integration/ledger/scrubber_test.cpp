// Goal: a record that was changed on disk, or a file that rotted, long after it was checked on
// opening, is found by the running ledger, told, and makes it not ready; nothing else ends. Method:
// a real log, spoilt through RocksDB and through its files, under the real process.
#include <gtest/gtest.h>
#include <rocksdb/db.h>

#include <filesystem>
#include <fstream>

#include "common/events/event_name.hpp"
#include "common/grpc/channel.hpp"
#include "common/witness/signing_key.hpp"
#include "grpc/health/v1/health.grpc.pb.h"
#include "hq/ledger/v1/events.pb.h"
#include "hq/ledger/v1/operations_service.grpc.pb.h"
#include "hq/ledger/v1/proof_service.grpc.pb.h"
#include "services/ledger/core/keys.hpp"
#include "services/ledger/core/record_frames.hpp"
#include "tests/integration/ledger/entries.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/free_port.hpp"
#include "tests/support/key_file.hpp"
#include "tests/support/ledger_process.hpp"
#include "tests/support/test_ledger.hpp"

namespace hq::testing {
namespace {

namespace fs = std::filesystem;
namespace health = grpc::health::v1;

constexpr int kRecords = 12'000;  // More than are checked on opening.

class ScrubberTest : public ::testing::Test {
 protected:
  ScrubberTest() {
    process_.Set("HQ_DATA_DIR", data());
    process_.Set("HQ_SCRUB_BYTES_PER_SECOND", "1000000000");
    FakeClock clock;
    runtime::Metrics metrics;
    const auto log = *ledger::RocksEventLog::Open(data(), clock, metrics);
    const auto ann = log->As(CallerNamed("ann"));
    for (int i = 0; i < kRecords / 1'000; ++i) EXPECT_TRUE(ann->Append(Entries(1'000)).ok());
  }
  std::string data() const { return directory_ / "data"; }

  // Changes one byte of a stored record, as one who knows RocksDB would.
  void Forge(Position position) {
    std::vector<rocksdb::ColumnFamilyHandle*> tables;
    rocksdb::DB* opened = nullptr;
    const auto status = rocksdb::DB::Open(
        rocksdb::DBOptions(), data() + "/log",
        {{rocksdb::kDefaultColumnFamilyName, {}}, {"log", {}}, {"blobs", {}}}, &tables, &opened);
    ASSERT_TRUE(status.ok()) << status.ToString();
    const std::unique_ptr<rocksdb::DB> db(opened);
    std::unique_ptr<rocksdb::Iterator> rows(db->NewIterator({}, tables[1]));
    const std::string key = ledger::keys::Number(position);
    rows->SeekForPrev(key);
    ASSERT_TRUE(rows->Valid());
    std::string frames = rows->value().ToString();
    ledger::FrameWalker walker(frames);
    std::size_t end = 0;
    for (Position at = *ledger::keys::LastNumber(rows->key().ToString()); at <= position; ++at) {
      ASSERT_TRUE(walker.Next());
      end = walker.offset();
    }
    frames[end - 1] ^= 1;
    const std::string row = rows->key().ToString();
    rows.reset();
    ASSERT_TRUE(db->Put({}, tables[1], row, frames).ok());
    for (auto* table : tables) ASSERT_TRUE(db->DestroyColumnFamilyHandle(table).ok());
  }

  // Spoils a byte of the log's largest file, near its beginning: the oldest records.
  void Rot() {
    fs::path largest;
    for (const auto& entry : fs::directory_iterator(data() + "/log"))
      if (entry.path().extension() == ".sst" &&
          (largest.empty() || entry.file_size() > fs::file_size(largest)))
        largest = entry.path();
    ASSERT_FALSE(largest.empty());
    std::fstream file(largest, std::ios::binary | std::ios::in | std::ios::out);
    file.seekg(1'000);
    const char byte = static_cast<char>(file.get() ^ 1);
    file.seekp(1'000);
    file.put(byte);
  }

  ledger::v1::LedgerStatus Status() {
    const auto stub = ledger::v1::OperationsService::NewStub(rpc::Connect(process_.address()));
    grpc::ClientContext context;
    rpc::Prepare(context, TokenOf("ann"), std::chrono::seconds(20));
    ledger::v1::GetStatusResponse response;
    const auto asked = stub->GetStatus(&context, ledger::v1::GetStatusRequest(), &response);
    EXPECT_TRUE(asked.ok()) << asked.error_message();
    return response.status();
  }

  // Waits until the running ledger says that it has found damage, and that it is not ready then.
  void ExpectDamageFound() {
    ASSERT_TRUE(Eventually([&] {
      return Status().not_serving_reason().find("SCRUB_MISMATCH") != std::string::npos;
    })) << process_.Log();
    EXPECT_FALSE(Status().is_serving());
    EXPECT_TRUE(Eventually([&] { return Readiness() == health::HealthCheckResponse::NOT_SERVING; }))
        << process_.Log();
  }

  // UNKNOWN, which is a failure, if it does not answer.
  health::HealthCheckResponse::ServingStatus Readiness() {
    const auto stub = health::Health::NewStub(rpc::Connect(process_.address()));
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    health::HealthCheckRequest request;
    request.set_service("readiness");
    health::HealthCheckResponse response;
    const auto asked = stub->Check(&context, request, &response);
    EXPECT_TRUE(asked.ok()) << asked.error_message();
    return response.status();
  }

  // What stands in the ledger about itself; only while the process is stopped.
  std::vector<ledger::v1::LedgerError> Errors() {
    FakeClock clock;
    runtime::Metrics metrics;
    const auto log = *ledger::RocksEventLog::Open(data(), clock, metrics);
    ledger::v1::ReadStreamRequest request;
    request.set_stream("ledger");
    const auto slice = log->As(CallerNamed("ann"))->ReadStream(request);
    EXPECT_TRUE(slice.ok()) << slice.status();
    std::vector<ledger::v1::LedgerError> errors;
    for (const auto& recorded : slice->records) {
      ledger::v1::LedgerEvent event;
      if (UnpackEvent(recorded.record.data(), event).ok()) errors.push_back(event.ledger_error());
    }
    return errors;
  }

  TempDir directory_;
  LedgerProcess process_{HQ_BIN_DIR,
                         PrincipalsJson(),
                         {"nats://127.0.0.1:" + std::to_string(FreePort()), "ledger", "password"}};
};

TEST_F(ScrubberTest, PassesWhatWasWritten) {
  process_.Start();
  ASSERT_TRUE(Eventually([&] { return Status().scrub().passes() > 0; })) << process_.Log();
  const auto status = Status();
  EXPECT_EQ(status.scrub().until(), static_cast<Position>(kRecords));
  EXPECT_EQ(status.scrub().mismatch_position(), 0u);
  EXPECT_TRUE(status.is_serving());
  EXPECT_EQ(Readiness(), health::HealthCheckResponse::SERVING);
  EXPECT_EQ(status.disk().state(), ledger::v1::DISK_STATE_AMPLE);
  EXPECT_EQ(status.positions().durable(), static_cast<Position>(kRecords));
  EXPECT_EQ(process_.Stop(), 0) << process_.Log();
  EXPECT_TRUE(Errors().empty());
}

TEST_F(ScrubberTest, FindsAForgedRecord) {
  ASSERT_NO_FATAL_FAILURE(Forge(1'234));
  process_.Start();
  ASSERT_NO_FATAL_FAILURE(ExpectDamageFound());
  EXPECT_EQ(Status().scrub().mismatch_position(), 1'234u);
  EXPECT_EQ(process_.Stop(), 0) << process_.Log();
  const auto errors = Errors();
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_EQ(errors[0].reason(), "SCRUB_MISMATCH");
  EXPECT_EQ(errors[0].position(), 1'234u);
  process_.Start();
  ASSERT_NO_FATAL_FAILURE(ExpectDamageFound()) << "again after a restart";
  EXPECT_EQ(process_.Stop(), 0) << process_.Log();
  EXPECT_EQ(Errors().size(), 1u) << "and recorded once, for ever";
}

// Until they have, a record more could be one too many: they may know of a longer ledger.
TEST_F(ScrubberTest, WhatIsFoundBeforeTheWitnessesHaveSpokenIsRecordedOnceTheyHave) {
  ASSERT_NO_FATAL_FAILURE(Forge(1'234));
  const auto key = ledger::SigningKey::FromFile(
      KeyFile(directory_, "billing.key", std::string(32, 'b')), "billing");
  ASSERT_TRUE(key.ok()) << key.status();
  std::ofstream(directory_ / "witnesses")
      << key->PublicKey(ledger::KeyType::kCosignatureV1).Format() << "\n";
  process_.Set("HQ_WITNESS_KEYS_FILE", directory_ / "witnesses");
  process_.Set("HQ_WITNESS_PATIENCE_MS", "600000");
  process_.Start();
  ASSERT_NO_FATAL_FAILURE(ExpectDamageFound());
  EXPECT_EQ(process_.Stop(), 0) << process_.Log();
  EXPECT_TRUE(Errors().empty());
  process_.Start();
  ASSERT_NO_FATAL_FAILURE(ExpectDamageFound());
  const auto stub = ledger::v1::ProofService::NewStub(rpc::Connect(process_.address()));
  grpc::ClientContext context;
  rpc::Prepare(context, TokenOf("billing"), std::chrono::seconds(20));
  ledger::v1::PresentCheckpointResponse heard;
  ASSERT_TRUE(
      stub->PresentCheckpoint(&context, ledger::v1::PresentCheckpointRequest(), &heard).ok());
  EXPECT_FALSE(heard.is_serving());
  EXPECT_TRUE(Eventually([&] {
    return Status().positions().durable() == static_cast<Position>(kRecords) + 1;
  })) << process_.Log();
  EXPECT_EQ(process_.Stop(), 0) << process_.Log();
  const auto errors = Errors();
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_EQ(errors[0].reason(), "SCRUB_MISMATCH");
}

TEST_F(ScrubberTest, FindsAFileThatRotted) {
  process_.Start();  // Opening it once more moves the log from RocksDB's own log into a file.
  EXPECT_EQ(process_.Stop(), 0) << process_.Log();
  ASSERT_NO_FATAL_FAILURE(Rot());
  process_.Start();
  ASSERT_NO_FATAL_FAILURE(ExpectDamageFound());
  EXPECT_GT(Status().scrub().mismatch_position(), 0u);
  EXPECT_EQ(process_.Stop(), 0) << "the one who looks for damage lives to tell of it\n"
                                << process_.Log();
  const auto errors = Errors();
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_EQ(errors[0].reason(), "SCRUB_MISMATCH");
}

}  // namespace
}  // namespace hq::testing
