// Goal: the three drills of a ledger that was harmed: its write log deleted under the real process,
// an old backup put back silently, a record forged by one who knows RocksDB. Each is caught, and
// repaired from what lies elsewhere, so that all that was acknowledged is there again.
// Method: the real process, real witnesses, a real archive, a real nats-server.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rocksdb/db.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <optional>

#include "common/base/ids.hpp"
#include "common/events/event_name.hpp"
#include "hq/ledger/v1/events.pb.h"
#include "hq/ledger/v1/operations_service.grpc.pb.h"
#include "services/ledger/adapters/archive/directory_archive.hpp"
#include "services/ledger/adapters/backup/log_backup_source.hpp"
#include "services/ledger/adapters/backup/segment_shipper.hpp"
#include "services/ledger/adapters/nats_announcement_stream.hpp"
#include "services/ledger/adapters/recovery/recovery.hpp"
#include "services/ledger/adapters/restore/offline.hpp"
#include "services/ledger/core/keys.hpp"
#include "services/ledger/core/record_frames.hpp"
#include "tests/integration/ledger/entries.hpp"
#include "tests/integration/ledger/proof_ledger.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/free_port.hpp"
#include "tests/support/ledger_audit.hpp"
#include "tests/support/ledger_follower.hpp"
#include "tests/support/ledger_process.hpp"
#include "tests/support/nats_server.hpp"

namespace hq::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

// What the ledger has recorded of its own repair; nothing if it has not.
std::optional<ledger::v1::LedgerRepaired> RepairIn(EventLog& log) {
  ledger::v1::ReadStreamRequest request;
  request.set_stream("ledger");
  const auto slice = log.ReadStream(request);
  if (!slice.ok()) return std::nullopt;
  for (const auto& recorded : slice->records) {
    ledger::v1::LedgerEvent event;
    if (UnpackEvent(recorded.record.data(), event).ok() && event.has_ledger_repaired())
      return event.ledger_repaired();
  }
  return std::nullopt;
}

void DeleteWal(const std::string& data_dir) {
  for (const auto& entry : fs::directory_iterator(data_dir + "/log"))
    if (entry.path().extension() == ".log") fs::remove(entry.path());
}

TEST(RecoveryDrill, AKilledLedgerWhoseWriteLogIsGoneComesBackFromWhatWasAnnounced) {
  NatsServer nats;
  LedgerProcess process(HQ_BIN_DIR, PrincipalsJson(), nats.LedgerLogin());
  process.Start();
  auto client = std::make_unique<ledger::LedgerClient>(process.address(), TokenOf("ann"));
  LedgerFollower follower(process.address(), TokenOf("ann"));
  follower.Follow();
  std::vector<Acknowledged> told;
  for (int i = 0; i < 20; ++i) ASSERT_EQ(AppendTold(*client, Entries(1), told), absl::OkStatus());
  const auto before = client->Read(ledger::v1::ReadRequest());
  ASSERT_TRUE(before.ok() && before->records.size() >= 20);
  // All of it is announced, and its head is signed, within a moment.
  const auto announced = [&] {
    const auto stub = ledger::v1::OperationsService::NewStub(rpc::Connect(process.address()));
    grpc::ClientContext context;
    rpc::Prepare(context, TokenOf("ann"), std::chrono::seconds(20));
    ledger::v1::GetStatusResponse response;
    return stub->GetStatus(&context, {}, &response).ok() &&
           response.status().positions().announced() >= before->records.size() &&
           fs::exists(process.data_dir() + "/checkpoint");
  };
  ASSERT_TRUE(Eventually(announced)) << process.Log();
  process.Kill();
  DeleteWal(process.data_dir());

  process.Start();
  client = std::make_unique<ledger::LedgerClient>(process.address(), TokenOf("ann"));
  std::optional<ledger::v1::LedgerRepaired> repaired;
  ASSERT_TRUE(Eventually([&] { return (repaired = RepairIn(*client)).has_value(); }))
      << process.Log();
  EXPECT_EQ(repaired->cause(), "STORE_EMPTIED");
  EXPECT_TRUE(repaired->unattended());
  EXPECT_THAT(process.Log(), HasSubstr("ledger_repaired"));
  const auto after = client->Read(ledger::v1::ReadRequest());
  ASSERT_TRUE(after.ok()) << after.status();
  ASSERT_GT(after->records.size(), before->records.size());
  for (std::size_t i = 0; i < before->records.size(); ++i)
    ASSERT_EQ(after->records[i].bytes, before->records[i].bytes);
  ASSERT_EQ(AppendTold(*client, Entries(1), told), absl::OkStatus()) << "and it goes on";
  EXPECT_EQ(AuditLedger(process.address(), TokenOf("ann"), told).status(), absl::OkStatus());
  EXPECT_EQ(CompareWithNew(follower, process.address(), TokenOf("ann")), absl::OkStatus());
  EXPECT_EQ(process.Stop(), 0) << process.Log();
}

// Its checkpoint of nothing must not make it look like a store that was emptied.
TEST(RecoveryDrill, ALedgerWithNothingInItYetStartsAgain) {
  NatsServer nats;
  LedgerProcess process(HQ_BIN_DIR, PrincipalsJson(), nats.LedgerLogin());
  process.Start();
  EXPECT_EQ(process.Stop(), 0) << process.Log();
  EXPECT_FALSE(fs::exists(process.data_dir() + "/checkpoint"));
  process.Start();
  ledger::LedgerClient client(process.address(), TokenOf("ann"));
  std::vector<Acknowledged> told;
  ASSERT_EQ(AppendTold(client, Entries(1), told), absl::OkStatus()) << process.Log();
  EXPECT_EQ(AuditLedger(process.address(), TokenOf("ann"), told).status(), absl::OkStatus());
  EXPECT_EQ(process.Stop(), 0) << process.Log();
}

// All that is on this machine is old and fits together; only NATS has seen more.
TEST(RecoveryDrill, AnOldBackupPutBackTakesNothingOnTopOfWhatWasAnnounced) {
  NatsServer nats;
  LedgerProcess process(HQ_BIN_DIR, PrincipalsJson(), nats.LedgerLogin());
  const auto append = [&](int count) {
    return ledger::LedgerClient(process.address(), TokenOf("ann")).Append(Entries(count)).status();
  };
  TempDir old;
  process.Start();
  ASSERT_EQ(append(3), absl::OkStatus()) << process.Log();
  ASSERT_EQ(process.Stop(), 0) << process.Log();
  fs::copy(process.data_dir(), old / "data", fs::copy_options::recursive);
  process.Start();
  ASSERT_EQ(append(4), absl::OkStatus()) << process.Log();
  const auto stream = *ledger::NatsAnnouncementStream::Open({.login = nats.LedgerLogin()});
  ASSERT_TRUE(Eventually([&] {
    const auto state = stream->Find();
    return state.ok() && *state && (*state)->last_sequence == 7;
  })) << process.Log();
  ASSERT_EQ(process.Stop(), 0) << process.Log();

  fs::remove_all(process.data_dir());
  fs::copy(old / "data", process.data_dir(), fs::copy_options::recursive);
  // A start whose first look the machine was too slow for says so before it listens: once more.
  for (int starts = 0; starts < 3;) {
    const std::size_t told = process.Log().size();
    process.Start();
    const std::string log = process.Log().substr(told);
    if (log.find("not_looked_at") == log.npos && log.find("announcer_waits") == log.npos) {
      const Status refused = append(1);  // The first thing that it hears.
      EXPECT_EQ(AdviceOf(refused).reason, "NOT_SERVING") << refused;
      EXPECT_THAT(std::string(refused.message()), HasSubstr("ANNOUNCEMENTS_AHEAD"));
      ++starts;
    }
    ASSERT_EQ(process.Stop(), 0) << process.Log();
  }
  FakeClock clock;
  runtime::Metrics metrics;
  const auto log = *ledger::RocksEventLog::Open(process.data_dir(), clock, metrics);
  EXPECT_EQ(log->Head().head().position(), 3u);
}

// A witness has shown a checkpoint of another ledger. That stands until a person has done something
// about it, and the tool says what.
TEST(RecoveryDrill, AForeignDiskStaysClosedOverStartsUntilAPersonHasActed) {
  FakeClock clock;
  runtime::Metrics metrics;
  ProofLedger ledger(clock);
  ledger.KeepAllInOneDirectory();
  ledger.ListenTo({"sync"}, metrics);
  ledger.settings().witness_patience = std::chrono::milliseconds(0);
  const auto key = ledger::SigningKey::FromFile(ledger.directory() / "witness-sync/key", "sync");
  ASSERT_TRUE(key.ok()) << key.status();
  const std::string file = ledger.store() + "/witnessed_other";
  const auto why_closed = [&] { return AdviceOf(ledger.transparency().gate().Check()).reason; };
  const auto show = [&](const std::string& origin) {
    const std::string text =
        ledger::Checkpoint{origin, {307, Sha256("root")}, {ledger::EpochLine(1)}}.Format();
    ledger::v1::PresentCheckpointRequest request;
    request.set_note(ledger::FormatSignedNote({text, {key->Cosign(text, 1)}}));
    ledger::v1::PresentCheckpointResponse response;
    EXPECT_EQ(ledger.Call(&ProofLedger::Stub::PresentCheckpoint, request, response, "sync"),
              absl::OkStatus());
  };
  const auto start_again = [&] {
    ledger.Stop();
    EXPECT_EQ(ledger.Start(), absl::OkStatus());
  };
  ASSERT_EQ(ledger.Start(), absl::OkStatus());
  ledger.Append(3);
  ASSERT_TRUE(Eventually([&] { return fs::exists(ledger.store() + "/checkpoint"); }));
  show("hq-os/lost");
  for (const char* other : {"hq-os/another", "hq-os/lost"}) {
    start_again();
    EXPECT_EQ(why_closed(), "WITNESS_DIVERGED");
    EXPECT_THAT(std::string(ledger.transparency().gate().Check().message()),
                HasSubstr("hq-os/lost"));
    show(other);  // The first one that was shown stays the reason.
  }
  ledger.Stop();

  ledger::RecoverySettings settings;
  settings.data_dir = ledger.store();
  settings.key_file = ledger.settings().signer.key_file;
  const auto recover = [&] {
    clock.Advance(std::chrono::seconds(1));
    auto report = ledger::Recover(settings, clock);
    HQ_CHECK(report.ok(), report.status().ToString().c_str());
    return *std::move(report);
  };
  EXPECT_EQ(recover().plan.cause, "OTHER_LEDGER");
  settings.witness_keys_file = ledger.settings().witness_keys_file;
  EXPECT_EQ(recover().plan.cause, "OTHER_LEDGER");
  EXPECT_TRUE(fs::exists(file)) << "only a person removes it";
  // Broken, it is no word of a witness, and not passed over either.
  fs::copy(file, ledger.directory() / "kept");
  std::ofstream(file, std::ios::app) << "x";
  EXPECT_EQ(AdviceOf(ledger.Start()).reason, "CHECKPOINT_FILE_DAMAGED");
  ledger.Stop();
  EXPECT_TRUE(recover().is_done) << "put aside, as the report says";
  EXPECT_FALSE(fs::exists(file));
  EXPECT_EQ(ledger.Start(), absl::OkStatus());
  EXPECT_EQ(why_closed(), "") << "until the witness says it again";
  show("hq-os/lost");
  start_again();
  EXPECT_EQ(why_closed(), "WITNESS_DIVERGED");

  // A new ledger is meant.
  fs::remove(file);
  start_again();
  EXPECT_EQ(ledger.transparency().gate().Check(), absl::OkStatus());
  // Who was a witness once has nothing to say any more.
  fs::copy(ledger.directory() / "kept", file);
  ledger.settings().witness_keys_file.clear();
  start_again();
  EXPECT_EQ(ledger.transparency().gate().Check(), absl::OkStatus());
}

TEST(RecoveryDrill, AnOldBackupPutBackIsRefusedByAWitnessAndRepaired) {
  FakeClock clock;
  runtime::Metrics metrics;
  ProofLedger ledger(clock);
  ledger.KeepAllInOneDirectory();
  ledger.ListenTo({"sync"}, metrics);
  ASSERT_EQ(ledger.Start(), absl::OkStatus());
  const auto witness = ledger.WitnessOf("sync", metrics);
  ASSERT_TRUE(witness.ok()) << witness.status();
  const auto looks = [&] { return (*witness)->Look(); };
  const auto has_seen = [&](Position position) {
    return looks().ok() && metrics.Text().find("hq_witness_size " + std::to_string(position) +
                                               "\n") != std::string::npos;
  };
  ASSERT_TRUE(Eventually([&] { return looks().ok(); }));
  std::vector<Acknowledged> told;
  const auto append = [&] {
    return AppendTold(*ledger.log().As(CallerNamed("ann")), Entries(10), told);
  };
  ASSERT_EQ(append(), absl::OkStatus());
  ledger.Stop();
  ledger.PutAside("old");
  ASSERT_EQ(ledger.Start(), absl::OkStatus());
  ASSERT_TRUE(Eventually([&] { return looks().ok(); }));
  ASSERT_EQ(append(), absl::OkStatus());
  const Position end = told.back().position;
  ASSERT_TRUE(Eventually([&] { return has_seen(end); }));
  ledger::DirectoryArchive archive(ledger.directory() / "archive");
  ledger::LogBackupSource source(ledger.log(), [&] { return ledger.transparency().LatestNote(); });
  ledger::Shipped shipped;
  ASSERT_EQ(ledger::SegmentShipper(source, archive, 8'000).ShipAll({}, shipped), absl::OkStatus());
  const std::string last = *ledger.log().Get(CallerNamed("ann"), [&] {
    ledger::v1::GetRequest request;
    request.set_position(end);
    return request;
  }());
  ledger.Stop();

  ledger.BringBackAll("old");
  ASSERT_EQ(ledger.Start(), absl::OkStatus()) << "nothing on this machine speaks against it";
  EXPECT_TRUE(Eventually([&] { return AdviceOf(looks()).reason == "WITNESS_AHEAD"; }));
  EXPECT_EQ(AdviceOf(ledger.transparency().gate().Check()).reason, "WITNESS_AHEAD");
  EXPECT_TRUE(fs::exists(ledger.store() + "/witnessed")) << "so that a repair knows its goal";
  ledger.Stop();
  ledger::RecoverySettings settings;
  settings.data_dir = ledger.store();
  settings.key_file = ledger.settings().signer.key_file;
  EXPECT_EQ(NameOf(ledger::Recover(settings, clock)->plan.rung), "audit") << "there is no source";
  settings.archive.where = "dir:" + (ledger.directory() / "archive");
  clock.Advance(std::chrono::seconds(1));
  const auto report = ledger::Recover(settings, clock);
  ASSERT_TRUE(report.ok() && report->is_done) << report.status();
  EXPECT_EQ(report->plan.cause, "STORE_BEHIND");
  ASSERT_EQ(ledger.Start(), absl::OkStatus());
  EXPECT_TRUE(Eventually([&] { return looks().ok(); }));
  EXPECT_EQ(ledger.transparency().gate().Check(), absl::OkStatus());
  ledger::v1::GetRequest request;
  request.set_position(end);
  EXPECT_EQ(ledger.log().Get(CallerNamed("ann"), request).value_or(""), last);
  EXPECT_EQ(AuditLedger(ledger.address(), TokenOf("ann"), told).status(), absl::OkStatus());
}

// Changes the last byte of a stored record; the checksums of the file are RocksDB's own.
void ForgeRecord(const std::string& data_dir, Position position) {
  std::vector<rocksdb::ColumnFamilyHandle*> tables;
  rocksdb::DB* opened = nullptr;
  ASSERT_TRUE(
      rocksdb::DB::Open({}, data_dir + "/log",
                        {{rocksdb::kDefaultColumnFamilyName, {}}, {"log", {}}, {"blobs", {}}},
                        &tables, &opened)
          .ok());
  const std::unique_ptr<rocksdb::DB> db(opened);
  std::unique_ptr<rocksdb::Iterator> rows(db->NewIterator({}, tables[1]));
  rows->SeekForPrev(ledger::keys::Number(position));
  ASSERT_TRUE(rows->Valid());
  const std::string key = rows->key().ToString();
  std::string frames = rows->value().ToString();
  ledger::FrameWalker walker(frames);
  for (Position at = *ledger::keys::LastNumber(key); at <= position; ++at)
    ASSERT_TRUE(walker.Next());
  frames[walker.offset() - 1] ^= 1;
  rows.reset();
  ASSERT_TRUE(db->Put({}, tables[1], key, frames).ok());
  for (auto* table : tables) ASSERT_TRUE(db->DestroyColumnFamilyHandle(table).ok());
}

TEST(RecoveryDrill, AForgedRecordIsFoundByTheScrubberAndRepairedFromTheArchive) {
  constexpr int kThousands = 12;  // More records than are checked on opening.
  TempDir directory;
  LedgerProcess process(HQ_BIN_DIR, PrincipalsJson(),
                        {"nats://127.0.0.1:" + std::to_string(FreePort()), "ledger", "password"});
  process.Set("HQ_SCRUB_BYTES_PER_SECOND", "1000000000");
  process.Set("HQ_ARCHIVE", "dir:" + (directory / "archive"));
  process.Start();
  auto client = std::make_unique<ledger::LedgerClient>(process.address(), TokenOf("ann"));
  std::vector<Acknowledged> told;
  for (int i = 0; i < kThousands; ++i)
    ASSERT_EQ(AppendTold(*client, Entries(1'000), told), absl::OkStatus());
  ledger::v1::GetRequest forged;
  forged.set_position(1'234);
  const auto truth = client->Get(forged);
  ASSERT_TRUE(truth.ok()) << truth.status();
  const auto call = [&](auto method, auto request, auto response) {
    const auto stub = ledger::v1::OperationsService::NewStub(rpc::Connect(process.address()));
    grpc::ClientContext context;
    rpc::Prepare(context, TokenOf("ann"), std::chrono::seconds(60));
    EXPECT_TRUE((*stub.*method)(&context, request, &response).ok()) << process.Log();
    return response;
  };
  using Operations = ledger::v1::OperationsService::Stub;
  call(&Operations::BackUp, ledger::v1::BackUpRequest(), ledger::v1::BackUpResponse());
  const auto status = [&] {
    return call(&Operations::GetStatus, ledger::v1::GetStatusRequest(),
                ledger::v1::GetStatusResponse())
        .status();
  };
  ASSERT_TRUE(Eventually([&] { return status().backup().position() >= 1'000 * kThousands; }))
      << process.Log();
  ASSERT_EQ(process.Stop(), 0) << process.Log();

  ASSERT_NO_FATAL_FAILURE(ForgeRecord(process.data_dir(), 1'234));
  process.Start();
  ASSERT_TRUE(Eventually([&] { return !status().is_serving(); })) << process.Log();
  EXPECT_THAT(status().not_serving_reason(), HasSubstr("SCRUB_MISMATCH"));
  ASSERT_EQ(process.Stop(), 0) << process.Log();

  setenv("HQ_ARCHIVE", ("dir:" + (directory / "archive")).c_str(), 1);
  const std::string data = process.data_dir();
  const char* words[] = {"hq-ledger", "repair", "--data", data.c_str()};
  ::testing::internal::CaptureStdout();
  EXPECT_EQ(ledger::RunOffline(4, words), 0);
  unsetenv("HQ_ARCHIVE");
  EXPECT_THAT(::testing::internal::GetCapturedStdout(), HasSubstr("CHAIN_BROKEN"));
  process.Start();
  client = std::make_unique<ledger::LedgerClient>(process.address(), TokenOf("ann"));
  ASSERT_TRUE(Eventually([&] { return RepairIn(*client).has_value(); })) << process.Log();
  const auto served = client->Get(forged);
  ASSERT_TRUE(served.ok()) << served.status();
  EXPECT_EQ(served->bytes, truth->bytes);
  ASSERT_TRUE(Eventually([&] { return status().scrub().passes() > 0; })) << process.Log();
  EXPECT_TRUE(status().is_serving());
  EXPECT_EQ(AuditLedger(process.address(), TokenOf("ann"), told).status(), absl::OkStatus());
  EXPECT_EQ(process.Stop(), 0) << process.Log();
}

}  // namespace
}  // namespace hq::testing
