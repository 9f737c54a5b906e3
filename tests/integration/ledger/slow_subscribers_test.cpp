// Goal (ledger section 8, no. 7): whoever reads slowly or not at all costs the ledger next to
// nothing, holds nobody up, is ended with word where to resume, and has missed nothing then.
// Method: the real process; one subscriber reads all, one a chunk now and then, many none at all,
// while thousands of records are appended. What the same appends take without them is the measure
// of memory; that all of them are taken while the others still stall, and the ledger has gone no
// further for those, is that of time.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <optional>
#include <thread>

#include "common/base/ids.hpp"
#include "common/grpc/channel.hpp"
#include "common/http/client.hpp"
#include "hq/ledger/v1/ledger_service.grpc.pb.h"
#include "tests/support/eventually.hpp"
#include "tests/support/ledger_audit.hpp"
#include "tests/support/ledger_process.hpp"
#include "tests/support/nats_server.hpp"
#include "tests/support/soak.hpp"
#include "tests/support/test_ledger.hpp"

namespace hq::testing {
namespace {

using namespace std::chrono_literals;
using ledger::v1::LedgerService;

constexpr char kWatchedEvent[] = "page_seen";

// Takes no more than 64 KiB ahead of its reader: gRPC's guess of what the way could hold would grow
// to megabytes, and whoever does not read would go unnoticed for as long.
std::shared_ptr<grpc::Channel> NarrowChannelTo(const std::string& address) {
  constexpr int kLookaheadBytes = 64 * 1024;
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  arguments.SetInt(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, kLookaheadBytes);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
}

// A filtered subscription on a connection of its own, which checks that nothing is missed: each
// record names the matching one before it.
class Subscription {
 public:
  explicit Subscription(const std::string& address)
      : stub_(LedgerService::NewStub(NarrowChannelTo(address))) {
    Begin();
  }
  ~Subscription() { Close(); }
  Subscription(const Subscription&) = delete;
  Subscription& operator=(const Subscription&) = delete;

  // From any thread.
  void Cancel() { context_->TryCancel(); }

  // Goes on, on a new call, behind what was looked at.
  void Resume() {
    Close();
    Begin();
  }

  // Takes one chunk; false at the end.
  bool Take() {
    ledger::v1::SubscribeResponse chunk;
    if (!reader_->Read(&chunk)) return false;
    EXPECT_EQ(chunk.previous_positions_size(), chunk.records_size());
    for (int i = 0; i < chunk.records_size(); ++i) {
      const auto& record = chunk.records(i);
      EXPECT_EQ(record.event(), kWatchedEvent);
      EXPECT_EQ(chunk.previous_positions(i), last_) << "before position " << record.position();
      EXPECT_GT(record.position(), last_);
      last_ = record.position();
      digest_ = Sha256(digest_ + record.SerializeAsString());
      ++seen_;
    }
    scanned_to_ = std::max(scanned_to_.load(), chunk.scanned_to());
    return true;
  }

  // How the stream ended, once Take is false.
  Status End() {
    has_ended_ = true;
    return rpc::FromGrpc(reader_->Finish());
  }

  // Ends the call, if it has not ended.
  void Close() {
    if (has_ended_) return;
    Cancel();
    static_cast<void>(End());
  }

  int seen() const { return seen_; }
  Position scanned_to() const { return scanned_to_; }
  // Of all that was seen. Not while another thread takes.
  std::string digest() const { return Hex(digest_); }

 private:
  void Begin() {
    has_ended_ = false;
    context_ = std::make_unique<grpc::ClientContext>();
    rpc::Prepare(*context_, TokenOf("sync"), IsSoak() ? std::chrono::minutes(240) : 5min);
    ledger::v1::SubscribeRequest request;
    request.mutable_filter()->set_event(kWatchedEvent);
    request.mutable_after()->set_position(scanned_to_);
    reader_ = stub_->Subscribe(context_.get(), request);
  }

  const std::unique_ptr<LedgerService::Stub> stub_;
  std::unique_ptr<grpc::ClientContext> context_;
  std::unique_ptr<grpc::ClientReader<ledger::v1::SubscribeResponse>> reader_;
  bool has_ended_ = false;
  Position last_ = 0;
  std::string digest_;
  std::atomic<int> seen_ = 0;
  std::atomic<Position> scanned_to_ = 0;
};

class SlowSubscribersSoak : public ::testing::Test {
 protected:
  static constexpr int kBatch = 100;

  void StartLedger(std::chrono::milliseconds patience) {
    ledger_.Set("HQ_READER_PATIENCE_MS", std::to_string(patience.count()));
    // Else the sanitizer keeps what was freed, and the process grows by that.
    ledger_.Set("ASAN_OPTIONS", "quarantine_size_mb=4:thread_local_quarantine_size_kb=16");
    ledger_.Start();
    writer_ = std::make_unique<ledger::LedgerClient>(ledger_.address(), TokenOf("ann"));
  }

  // Large entries, every second of them of the event that is watched.
  void Append(int records) {
    for (int left = records; left > 0; left -= kBatch) {
      ledger::v1::AppendRequest request;
      request.set_correlation_id(std::string(128, 'c'));
      request.set_traceparent(std::string(128, 't'));
      auto* append = request.add_appends();
      append->set_stream("entry-koosy");
      for (int i = 0; i < kBatch; ++i) {
        auto* event = append->add_events();
        event->set_branch("koosy");
        event->set_event(i % 2 == 0 ? kWatchedEvent : "page_left");
        event->set_status(std::string(64, 's'));
      }
      ASSERT_EQ(AppendTold(*writer_, std::move(request), told_), absl::OkStatus()) << ledger_.Log();
      head_ = told_.back().position;
    }
  }

  std::size_t ResidentBytes() const {
    std::ifstream status("/proc/" + std::to_string(ledger_.process()) + "/status");
    for (std::string word; status >> word;) {
      std::size_t kibibytes = 0;
      if (word == "VmRSS:" && status >> kibibytes) return kibibytes * 1024;
    }
    ADD_FAILURE() << "the process says nothing of its memory";
    return 0;
  }

  // What the ledger's metrics say of that, 0 if they do not name it; nothing if there are none.
  std::optional<Position> Metric(const std::string& name) const {
    http::Request request;
    request.url = ledger_.metrics_url();
    const auto page = http::Client().Send(request);
    if (!page.ok() || page->status != 200) return std::nullopt;
    const std::string line = "\n" + name + " ";
    const auto at = page->body.find(line);
    if (at == std::string::npos) return 0;
    return static_cast<Position>(std::stod(page->body.substr(at + line.size())));
  }

  // How many streams were ended because nobody read them.
  std::optional<Position> StreamsEnded() const {
    return Metric("hq_ledger_streams_ended_total{code=\"RESOURCE_EXHAUSTED\"}");
  }
  // How far the ledger has gone at least for the reader who is furthest behind; to its head, as far
  // as anybody knows, if it does not say.
  Position GoneTo() const { return head_ - Metric("hq_ledger_subscribers_lag_max").value_or(0); }

  // Whatever was acknowledged is there, as it should be.
  void ExpectAllThere() const {
    const auto audited = AuditLedger(ledger_.address(), TokenOf("ann"), told_);
    ASSERT_TRUE(audited.ok()) << audited.status() << "\n" << ledger_.Log();
    EXPECT_GE(*audited, head_);
  }

  // Reads to the end, and goes on as often as it is ended, until all is seen.
  void ExpectNothingMissed(Subscription& subscription) const {
    while (subscription.scanned_to() < head_ && !HasFailure()) {
      if (subscription.Take()) continue;
      const Status end = subscription.End();
      ASSERT_TRUE(absl::IsResourceExhausted(end) || absl::IsCancelled(end)) << end;
      subscription.Resume();
    }
    EXPECT_EQ(static_cast<Position>(subscription.seen()), head_ / 2);
  }

  NatsServer nats_;
  LedgerProcess ledger_{HQ_BIN_DIR, PrincipalsJson(), nats_.LedgerLogin()};
  std::unique_ptr<EventLog> writer_;
  Position head_ = 0;
  std::vector<Acknowledged> told_;
};

TEST_F(SlowSubscribersSoak, CostNothingHoldNobodyUpAndMissNothing) {
  constexpr Position kStalled = 24;
  constexpr int kRound = 1'000;
  const int rounds = Rounds(10, 500);
  StartLedger(8s);
  Subscription live(ledger_.address());
  std::jthread reading([&live](const std::stop_token& stop) {
    const std::stop_callback cancel(stop, [&live] { live.Cancel(); });
    while (live.Take()) {
    }
  });
  const auto expect_live = [&] {
    EXPECT_TRUE(Eventually([&] { return live.scanned_to() >= head_; })) << "head " << head_;
  };
  Append(kRound);
  expect_live();
  const std::size_t before = ResidentBytes();
  Append(rounds * kRound);
  expect_live();
  const std::size_t alone = ResidentBytes();

  std::vector<std::unique_ptr<Subscription>> stalled;
  for (Position i = 0; i < kStalled; ++i)
    stalled.push_back(std::make_unique<Subscription>(ledger_.address()));
  Subscription slow(ledger_.address());
  for (int round = 0; round < rounds && !HasFailure(); ++round) {
    Append(kRound);
    expect_live();
    slow.Take();
  }
  const std::size_t together = ResidentBytes();
  // What each of them has not read would fill this many times over.
  constexpr std::size_t kAllowed = std::size_t{48} << 20;
  const std::size_t alone_grew = alone - std::min(alone, before);
  EXPECT_LT(together, alone + alone_grew + kAllowed)
      << "before " << before << ", alone " << alone << ", together " << together;

  constexpr auto kWait = 90s;
  ASSERT_TRUE(Eventually([&] { return StreamsEnded() >= kStalled; }, kWait)) << ledger_.Log();
  ExpectNothingMissed(*stalled.back());
  ExpectNothingMissed(slow);
  stalled.clear();
  slow.Close();
  // Whoever looks as soon as his stream was ended is told where he is; later it is given up.
  const auto ended = StreamsEnded();
  ASSERT_TRUE(ended) << ledger_.Log();
  Subscription told(ledger_.address());
  ASSERT_TRUE(Eventually([&] { return StreamsEnded() > ended; }, kWait)) << ledger_.Log();
  while (told.Take()) {
  }
  const Status end = told.End();
  EXPECT_TRUE(absl::IsResourceExhausted(end)) << end;
  EXPECT_EQ(AdviceOf(end).reason, "SLOW_READER");
  EXPECT_THAT(AdviceOf(end).next_step,
              ::testing::HasSubstr("after position " + std::to_string(told.scanned_to()) + "."));
  EXPECT_LT(told.scanned_to(), head_);
  told.Resume();
  ExpectNothingMissed(told);
  reading.request_stop();
  reading.join();
  EXPECT_EQ(static_cast<Position>(live.seen()), head_ / 2);
  EXPECT_EQ(told.digest(), live.digest());
  EXPECT_EQ(slow.digest(), live.digest());
  ExpectAllThere();
}

// With readers that nobody ends, whoever waited for one of them would wait for ever.
TEST_F(SlowSubscribersSoak, HoldUpNeitherAppendsNorOtherReadersWhileTheyStall) {
  constexpr Position kStalled = 24;
  constexpr int kRound = 1'000;
  const int rounds = Rounds(6, 200);
  StartLedger(std::chrono::hours(24));
  Append(8 * kRound);
  const Position half = head_ / 2;  // Many times what one of them takes in before it stalls.
  std::vector<std::unique_ptr<Subscription>> stalled;
  for (Position i = 0; i < kStalled; ++i)
    stalled.push_back(std::make_unique<Subscription>(ledger_.address()));
  ASSERT_TRUE(Eventually([&] {
    return Metric("hq_ledger_subscribers") == kStalled && GoneTo() < half;
  })) << ledger_.Log();
  Subscription live(ledger_.address());
  for (int round = 0; round < rounds && !HasFailure(); ++round) {
    ASSERT_NO_FATAL_FAILURE(Append(kRound));
    while (live.scanned_to() < head_) ASSERT_TRUE(live.Take()) << live.End();
  }
  // They stall still: nothing was taken for them that they have no room for.
  EXPECT_TRUE(Eventually([&] {
    return Metric("hq_ledger_subscribers") == kStalled + 1 && GoneTo() < half;
  })) << GoneTo();
  EXPECT_EQ(StreamsEnded(), std::optional<Position>(0));
  for (Subscription* one : {stalled.front().get(), stalled.back().get()}) {
    ExpectNothingMissed(*one);
    EXPECT_EQ(one->digest(), live.digest());
  }
  ExpectAllThere();
}

}  // namespace
}  // namespace hq::testing
