// How the ledger stands, and backups, asked for through its real gRPC door; what a real ledger
// shows Prometheus, and that no backup keeps it from stopping.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <iterator>
#include <set>
#include <sstream>

#include "common/grpc/channel.hpp"
#include "common/http/client.hpp"
#include "services/ledger/adapters/backup/image_shipper.hpp"
#include "services/ledger/adapters/write_path_stats.hpp"
#include "services/ledger/api/operations_api.hpp"
#include "services/ledger/reactors/backups.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/ledger_process.hpp"
#include "tests/support/nats_server.hpp"
#include "tests/support/test_ledger.hpp"

namespace hq::ledger {
namespace {

class OperationsTest : public ::testing::Test {
 protected:
  void Serve(BackupReactor* backups = nullptr) {
    api_ = std::make_unique<OperationsApi>(board_, backups, door_);
    server_ = *rpc::Server::Start("127.0.0.1:0", {api_.get()}, [] { return true; });
    serving_ = std::jthread([this](std::stop_token stop) { server_->Run(stop); });
    stub_ = v1::OperationsService::NewStub(
        rpc::Connect("127.0.0.1:" + std::to_string(server_->port())));
  }
  Status Ask(const std::string& principal, v1::LedgerStatus& status) {
    grpc::ClientContext context;
    rpc::Prepare(context, testing::TokenOf(principal), std::chrono::seconds(30));
    v1::GetStatusResponse response;
    const auto asked = stub_->GetStatus(&context, v1::GetStatusRequest(), &response);
    status = response.status();
    return rpc::FromGrpc(asked);
  }

  Status BackUp(const std::string& principal, v1::BackUpResponse& response) {
    grpc::ClientContext context;
    rpc::Prepare(context, testing::TokenOf(principal), std::chrono::seconds(60));
    v1::BackUpRequest request;
    request.set_with_image(true);
    return rpc::FromGrpc(stub_->BackUp(&context, request, &response));
  }

  testing::FakeClock clock_;
  runtime::Metrics metrics_;
  const rpc::Principals principals_ =
      *rpc::Principals::Parse("principals.json", testing::PrincipalsJson());
  rpc::Door door_{principals_, clock_, metrics_};
  StatusBoard board_;
  std::unique_ptr<OperationsApi> api_;
  std::unique_ptr<rpc::Server> server_;
  std::jthread serving_;
  std::unique_ptr<v1::OperationsService::Stub> stub_;
};

TEST_F(OperationsTest, TellsWhatThePartsSayAndNothingOfThoseThatAreNotThere) {
  WritePathStats path(metrics_);
  board_.Add([&path](v1::LedgerStatus& status) { path.Fill(status); });
  board_.Add([](v1::LedgerStatus& status) { status.mutable_positions()->set_durable(7); });
  path.GroupCommitted(3, 0.002);
  path.GroupCommitted(5, 0.004);
  Serve();
  v1::LedgerStatus status;
  ASSERT_TRUE(Ask("ann", status).ok());
  EXPECT_EQ(status.positions().durable(), 7u);
  EXPECT_FALSE(status.positions().has_indexed());
  EXPECT_EQ(status.write_path().groups(), 2u);
  EXPECT_EQ(status.write_path().records(), 8u);
  EXPECT_EQ(status.write_path().group_records().max(), 5);
  EXPECT_EQ(status.write_path().sync_seconds().p50(), 0.002);
  for (const bool is_there :
       {status.has_disk(), status.has_scrub(), status.has_backup(), status.has_subscribers()})
    EXPECT_FALSE(is_there);
}

TEST_F(OperationsTest, IsForThoseWhoRunTheWholeLedger) {
  Serve();
  v1::LedgerStatus status;
  for (const char* principal : {"ann", "audrey", "notify"})
    EXPECT_TRUE(Ask(principal, status).ok()) << principal;
  for (const char* principal : {"owner-koosy", "llm-koosy", "worker-koosy", "ci"})
    EXPECT_TRUE(absl::IsPermissionDenied(Ask(principal, status))) << principal;
  EXPECT_TRUE(absl::IsUnauthenticated(Ask("nobody", status)));
}

// A subscription that is read only when its test says so.
class Subscriber {
 public:
  explicit Subscriber(const std::string& address)
      : stub_(v1::LedgerService::NewStub(rpc::Connect(address))) {
    rpc::Prepare(context_, testing::TokenOf("ann"), std::chrono::seconds(120));
    reader_ = stub_->Subscribe(&context_, v1::SubscribeRequest());
  }
  ~Subscriber() {
    context_.TryCancel();
    ReadToTheEnd();
  }
  // Reads until it has looked at everything up to `position`.
  void ReadUpTo(Position position) {
    v1::SubscribeResponse chunk;
    while (chunk.scanned_to() < position && reader_->Read(&chunk)) continue;
    EXPECT_GE(chunk.scanned_to(), position);
  }
  // The reason why it has ended; once.
  std::string ReadToTheEnd() {
    if (has_ended_) return "";
    has_ended_ = true;
    v1::SubscribeResponse ignored;
    while (reader_->Read(&ignored)) continue;
    return AdviceOf(rpc::FromGrpc(reader_->Finish())).reason;
  }

 private:
  std::unique_ptr<v1::LedgerService::Stub> stub_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReader<v1::SubscribeResponse>> reader_;
  bool has_ended_ = false;
};

TEST_F(OperationsTest, SubscribersLagIsThatOfTheSlowest) {
  SystemClock clock;
  testing::TestLedger ledger(clock);
  const auto shows = [&ledger](const std::string& line) {
    return testing::Eventually(
        [&] { return ledger.metrics().Text().find(line + "\n") != std::string::npos; });
  };
  EXPECT_TRUE(shows("hq_ledger_subscribers 0"));
  Subscriber quick(ledger.address());
  Subscriber slow(ledger.address());
  EXPECT_TRUE(shows("hq_ledger_subscribers 2"));
  const auto ann = ledger.ClientOf("ann");
  Position head = 0;
  while (head < 20'000) {  // More than fits into the buffers of a connection.
    v1::AppendRequest request;
    request.add_appends()->set_stream("entry-koosy");
    for (int i = 0; i < 1'000; ++i) {
      auto* event = request.mutable_appends(0)->add_events();
      event->set_branch("koosy");
      event->set_event("page_seen");
      event->set_status(std::string(64, 'x'));
    }
    const auto appended = ann->Append(std::move(request));
    ASSERT_TRUE(appended.ok()) << appended.status();
    head = appended->receipt().last_position();
  }
  quick.ReadUpTo(head);
  const auto lag = [&ledger] {
    const std::string name = "hq_ledger_subscribers_lag_max ";
    const std::string text = ledger.metrics().Text();
    return std::stod(text.substr(text.rfind(name) + name.size()));
  };
  EXPECT_TRUE(testing::Eventually([&] { return lag() > 0; })) << "one does not read";
  slow.ReadUpTo(head);
  EXPECT_TRUE(shows("hq_ledger_subscribers_lag_max 0")) << "both have everything";
}

TEST_F(OperationsTest, BacksUpWhenAnAdminAsksForIt) {
  const testing::TempDir directory;
  const auto log = RocksEventLog::Open(directory / "data", clock_, metrics_);
  ASSERT_TRUE(log.ok()) << log.status();
  Backups::Settings settings;
  settings.archive.where = "dir:" + (directory / "archive");
  settings.policy.is_daily = false;
  settings.policy.segment_interval = std::chrono::hours(1);
  settings.image_directory = directory / "image";
  const auto backups = Backups::Open(settings, **log, nullptr, {}, clock_, metrics_);
  ASSERT_TRUE(backups.ok()) << backups.status();
  board_.Add([&](v1::LedgerStatus& status) { (*backups)->Fill(status); });
  Serve((*backups)->reactor());
  const std::jthread shipping([&](std::stop_token stop) { (*backups)->Run(stop); });
  v1::BackUpResponse response;
  for (const char* principal : {"owner-koosy", "llm-koosy", "worker-koosy", "ci", "audrey", "sync"})
    EXPECT_TRUE(absl::IsPermissionDenied(BackUp(principal, response))) << principal;
  ASSERT_TRUE(testing::Eventually([&] { return (*log)->Head().head().position() == 1; }));
  const Status status = BackUp("ann", response);
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(response.position(), 1u);  // The event of the first round, and with this call one more.
  EXPECT_EQ(response.image_day(), "20260116");
  EXPECT_EQ(response.target(), settings.archive.where);
  v1::LedgerStatus standing;
  ASSERT_TRUE(Ask("ann", standing).ok());
  EXPECT_EQ(standing.backup().position(), 1u);
  EXPECT_EQ(standing.backup().error(), "");
  EXPECT_EQ(standing.backup().completed_at_us(), ToMicros(clock_.Now()));
}

TEST_F(OperationsTest, WithoutAnArchiveThereAreNoBackups) {
  Serve();
  v1::BackUpResponse response;
  const Status refused = BackUp("ann", response);
  EXPECT_TRUE(absl::IsFailedPrecondition(refused)) << refused;
  EXPECT_EQ(AdviceOf(refused).reason, "NO_ARCHIVE");
}

// What the README tells operators: names, each with its labels, as in `hq_ledger_x_total{code}`.
std::set<std::string> MetricsToldOf() {
  std::ifstream file(std::string(HQ_SOURCE_DIR) + "/services/ledger/README.md");
  const std::string readme(std::istreambuf_iterator<char>(file), {});
  const std::string begin = "`hq_ledger_";
  std::set<std::string> told;
  for (auto at = readme.find(begin); at != std::string::npos; at = readme.find(begin, at + 1))
    told.insert(readme.substr(at + 1, readme.find('`', at + 1) - at - 1));
  return told;
}

// "{code}" of a sample {code="OK"}, "" of one without labels; a histogram's buckets are its own.
std::string LabelsOf(const std::string& sample) {
  std::string labels;
  std::size_t begin = sample.find('{');
  while (begin != std::string::npos && sample[begin] != '}') {
    const std::string label = sample.substr(begin + 1, sample.find('=', begin) - begin - 1);
    if (label != "le") labels += (labels.empty() ? "" : ", ") + label;
    begin = sample.find_first_of(",}", begin + 1);
  }
  return labels.empty() ? "" : "{" + labels + "}";
}

// What a page of /metrics has of the ledger's own, written likewise.
std::set<std::string> MetricsShownOn(const std::string& page) {
  const std::string type = "# TYPE ";
  std::istringstream lines(page);
  std::set<std::string> shown;
  std::string family;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(type)) family = line.substr(type.size(), line.rfind(' ') - type.size());
    if (line.starts_with("hq_ledger_")) shown.insert(family + LabelsOf(line));
  }
  return shown;
}

// Two lives: what is scrubbed on a start was there before it.
TEST(LedgerMetrics, OfARunningLedgerAreThoseThatTheReadmeTellsOf) {
  testing::NatsServer nats;
  const testing::TempDir directory;
  testing::LedgerProcess process(HQ_BIN_DIR, testing::PrincipalsJson(), nats.LedgerLogin());
  process.Set("HQ_ARCHIVE", "dir:" + (directory / "archive"));
  process.Set("HQ_SCRUB_BYTES_PER_SECOND", "1000000000");
  for (int life = 0; life < 2; ++life) {
    process.Start();
    v1::AppendRequest request;
    request.add_appends()->set_stream("entry-koosy");
    request.mutable_appends(0)->add_events()->set_branch("koosy");
    request.mutable_appends(0)->mutable_events(0)->set_event("page_seen");
    LedgerClient client(process.address(), testing::TokenOf("ann"));
    const auto appended = client.Append(std::move(request));
    ASSERT_TRUE(appended.ok()) << appended.status() << process.Log();
    ASSERT_TRUE(client.Read(v1::ReadRequest()).ok()) << "a stream that ends";
    if (life == 0) {
      ASSERT_EQ(process.Stop(), 0) << process.Log();
    }
  }
  const std::set<std::string> told = MetricsToldOf();
  EXPECT_TRUE(told.contains("hq_ledger_position") && told.contains("hq_ledger_appends_total{code}"))
      << "the README is read as it is written";
  std::set<std::string> shown;
  const auto shows_all = [&] {
    http::Request scrape;
    scrape.url = process.metrics_url();
    const auto page = http::Client().Send(scrape);
    shown = MetricsShownOn(page.ok() ? page->body : "");
    return shown == told;
  };
  EXPECT_TRUE(testing::Eventually(shows_all)) << process.Log();
  EXPECT_EQ(shown, told);
  EXPECT_EQ(process.Stop(), 0) << process.Log();
}

// An archive that keeps a backup waiting for as long as the test likes: the image's manifest is a
// pipe there, and to read it takes until somebody has written it.
class WaitingArchive {
 public:
  WaitingArchive() {
    const TimePoint now = SystemClock().Now();
    for (const TimePoint day : {now, now + std::chrono::hours(24)}) {
      pipes_.push_back(directory_ / ("archive/" + ImageManifestName(UtcDay(day))));
      std::filesystem::create_directories(std::filesystem::path(pipes_.back()).parent_path());
      HQ_CHECK(mkfifo(pipes_.back().c_str(), 0600) == 0, "a pipe can be made");
    }
  }
  ~WaitingArchive() { LetGo(); }

  std::string where() const { return "dir:" + (directory_ / "archive"); }
  // True once a backup waits.
  bool Holds() {
    for (const std::string& pipe : pipes_)
      if (writer_ < 0) writer_ = open(pipe.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    return writer_ >= 0;
  }
  // The one that waits goes on; the next one waits again.
  void LetGo() {
    if (writer_ >= 0) close(writer_);
    writer_ = -1;
  }

 private:
  const testing::TempDir directory_;
  std::vector<std::string> pipes_;
  int writer_ = -1;
};

// The server waits for the calls that it has: those for a backup must be answered before.
TEST(LedgerStop, WaitsForNoBackupThatWasAskedForAndHasNotBegun) {
  testing::NatsServer nats;
  WaitingArchive archive;
  testing::LedgerProcess process(HQ_BIN_DIR, testing::PrincipalsJson(), nats.LedgerLogin());
  process.Set("HQ_ARCHIVE", archive.where());
  process.Start();
  ASSERT_TRUE(testing::Eventually([&] { return archive.Holds(); })) << process.Log();
  v1::AppendRequest append;
  append.add_appends()->set_stream("entry-koosy");
  append.mutable_appends(0)->add_events()->set_branch("koosy");
  append.mutable_appends(0)->mutable_events(0)->set_event("page_seen");
  LedgerClient client(process.address(), testing::TokenOf("ann"));
  ASSERT_TRUE(client.Append(std::move(append)).ok()) << process.Log();

  const auto channel = rpc::Connect(process.address());
  const auto operations = v1::OperationsService::NewStub(channel);
  grpc::ClientContext context;
  rpc::Prepare(context, testing::TokenOf("ann"), std::chrono::seconds(60));
  const v1::BackUpRequest request;
  v1::BackUpResponse response;
  std::promise<Status> answer;
  operations->async()->BackUp(&context, &request, &response, [&](const grpc::Status& status) {
    answer.set_value(rpc::FromGrpc(status));
  });
  const auto asks = [&] {
    grpc::ClientContext asking;
    rpc::Prepare(asking, testing::TokenOf("ann"), std::chrono::seconds(60));
    v1::GetStatusResponse status;
    return rpc::FromGrpc(operations->GetStatus(&asking, v1::GetStatusRequest(), &status));
  };
  EXPECT_EQ(asks(), absl::OkStatus()) << "it has come behind the backup, on the same connection";
  {
    Subscriber subscriber(process.address());
    subscriber.ReadUpTo(1);
    kill(process.process(), SIGTERM);
    EXPECT_EQ(subscriber.ReadToTheEnd(), "STOPPING") << "so far it has stopped";
  }
  EXPECT_EQ(asks(), absl::OkStatus()) << "the server stops behind what it may have to wait for";
  archive.LetGo();
  const Status answered = answer.get_future().get();
  EXPECT_EQ(AdviceOf(answered).reason, "STOPPING") << answered;
  EXPECT_EQ(process.Stop(), 0) << process.Log();
}

}  // namespace
}  // namespace hq::ledger
