// A runner whose bell is rung by a liar with the ledger's own login: forged next records, old ones,
// other ledgers' ones, garbage, a thousand random ones. And a ledger that goes away, or comes back
// as another history. What is folded in is what the ledger holds, nothing else, each record once.
#include <gtest/gtest.h>
#include <nats/nats.h>

#include <atomic>
#include <cstdlib>
#include <random>
#include <thread>

#include "common/base/check.hpp"
#include "common/nats/bus.hpp"
#include "common/nats/connection.hpp"
#include "common/projection/runner.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/memory_event_log.hpp"
#include "tests/support/nats_server.hpp"
#include "tests/support/view_feeder.hpp"

namespace hq {
namespace {

// Keeps the bytes of everything that it is fed, and how often: nothing can hide in it.
class Diary final : public projection::View {
 public:
  explicit Diary(rocks::Database& database) : View(database, "diary", 1) {}

  Status Apply(const Recorded& recorded, rocks::Rows& rows) override {
    char key[24];
    std::snprintf(key, sizeof key, "%020llu",
                  static_cast<unsigned long long>(recorded.record.position()));
    rows.Put(key, rows.Get(key).value_or("") + recorded.bytes);
    return absl::OkStatus();
  }

  std::vector<std::string> Pages() const {
    std::vector<std::string> pages;
    for (const auto& row : rows().Scan("")) pages.push_back(row.second);
    return pages;
  }
};

// One of several ledgers, or none.
class SwitchableLog final : public EventLog {
 public:
  void Use(EventLog* log) { log_ = log; }

  void AppendAsync(ledger::v1::AppendRequest, OnAppended done) override {
    done(absl::UnimplementedError("views append nothing"));
  }
  Result<StreamSlice> ReadStream(const ledger::v1::ReadStreamRequest& request) override {
    if (EventLog* log = log_) return log->ReadStream(request);
    return Away();
  }
  Result<Page> Read(const ledger::v1::ReadRequest& request) override {
    if (EventLog* log = log_) return log->Read(request);
    return Away();
  }
  Result<ledger::v1::HeadResponse> Head() override {
    ++heads;
    if (EventLog* log = log_) return log->Head();
    return Away();
  }
  Result<Recorded> Get(const ledger::v1::GetRequest& request) override {
    if (EventLog* log = log_) return log->Get(request);
    return Away();
  }
  Result<std::string> PutBlob(std::string_view) override { return Away(); }
  Result<std::string> GetBlob(std::string_view) override { return Away(); }

  std::atomic<int> heads = 0;  // How often Head was asked.

 private:
  static Status Away() { return absl::UnavailableError("away"); }
  std::atomic<EventLog*> log_ = nullptr;
};

// A ledger of its own time, so that no two have the same records.
struct History {
  explicit History(std::int64_t micros) : clock(micros), ledger(clock) {}

  void Grow(int count) {
    testing::MemoryEventLog writer(ledger, {"llm-koosy", "llm", {"koosy"}});
    for (int i = 0; i < count; ++i) {
      clock.Advance(std::chrono::seconds(1));
      ledger::v1::AppendRequest request;
      auto* append = request.add_appends();
      append->set_stream("entry-koosy");
      auto* event = append->add_events();
      event->set_branch("koosy");
      event->set_event("llm_generate");
      event->set_tokens(i);
      const auto appended = writer.Append(request);
      ASSERT_TRUE(appended.ok()) << appended.status();
    }
  }

  std::vector<std::string> Pages() const {
    std::vector<std::string> pages;
    for (const Recorded& recorded : ledger.records) pages.push_back(recorded.bytes);
    return pages;
  }

  testing::FakeClock clock;
  testing::MemoryLedger ledger;
  testing::MemoryEventLog log{ledger, {"sync", "service", {}}};
};

class Liar {
 public:
  explicit Liar(const nats::Login& login) {
    auto connection = nats::Connection::Open(login);
    HQ_CHECK(connection.ok(), "the liar can connect");
    connection_ = *std::move(connection);
  }

  void Say(const std::string& payload) {
    ASSERT_EQ(natsConnection_Publish(connection_->get(), "hq.events.koosy.llm_generate",
                                     payload.data(), static_cast<int>(payload.size())),
              NATS_OK);
    ++said;
  }

  void Finish() { ASSERT_EQ(natsConnection_FlushTimeout(connection_->get(), 10'000), NATS_OK); }

  int said = 0;

 private:
  std::unique_ptr<nats::Connection> connection_;
};

class LyingNats : public ::testing::Test {
 protected:
  LyingNats() : diary_(*database_), runner_(log_, *database_, {&diary_}, metrics_) {
    log_.Use(&truth_.log);
    auto bus = nats::Bus::Connect(nats_.ReaderLogin());
    HQ_CHECK(bus.ok(), "the reader can connect");
    bus_ = *std::move(bus);
    const Status subscribed = bus_->Subscribe("hq.events.>", [this](const nats::Message& message) {
      runner_.Offer(message.payload);
      ++heard_;
    });
    HQ_CHECK(subscribed.ok(), "the reader can subscribe");
    HQ_CHECK(testing::Eventually([this] { return bus_->is_connected(); }), "the bus connects");
    thread_ = std::jthread([this](std::stop_token stop) { runner_.Run(stop); });
  }

  bool HasCaughtUpWith(const History& history) {
    return testing::Eventually([&] {
      return runner_.position() == history.ledger.head.position &&
             diary_.Pages() == history.Pages();
    });
  }

  // Until every word of the liar has been offered to the runner.
  bool HasHeard(const Liar& liar) {
    return testing::Eventually([&] { return heard_ >= liar.said; });
  }

  History truth_{1'768'557'600'000'000};
  testing::NatsServer nats_;
  testing::ScratchDatabase database_;
  runtime::Metrics metrics_;
  SwitchableLog log_;
  Diary diary_;
  projection::Runner runner_;
  std::atomic<int> heard_ = 0;
  std::unique_ptr<nats::Bus> bus_;
  std::jthread thread_;
};

// What a well-informed liar would say next: the right ledger, position and link.
ledger::v1::Record ForgedNext(const History& history) {
  ledger::v1::Record forged = history.ledger.records.back().record;
  forged.set_position(history.ledger.head.position + 1);
  forged.set_previous_hash(history.ledger.head.hash);
  forged.set_tokens(1'000'000'000);
  forged.set_id("TXN-20260116-999");
  return forged;
}

TEST_F(LyingNats, ForgedOldForeignAndBrokenRecordsChangeNothing) {
  truth_.Grow(30);
  ASSERT_TRUE(HasCaughtUpWith(truth_));
  History other(1'700'000'000'000'000);
  other.ledger.head.log_id = "another-ledger";
  other.Grow(60);

  Liar liar(nats_.LedgerLogin());
  const ledger::v1::Record forged = ForgedNext(truth_);
  liar.Say(forged.SerializeAsString());
  liar.Say(forged.SerializeAsString());
  ledger::v1::Record after_it = forged;
  after_it.set_position(forged.position() + 1);
  after_it.set_previous_hash(LeafHash(forged.SerializeAsString()));
  liar.Say(after_it.SerializeAsString());
  for (const std::string& page : truth_.Pages()) liar.Say(page);
  for (const std::string& page : other.Pages()) liar.Say(page);
  for (const std::string garbage : {"", "\xff\xff\xff", "{}", "\x0a\xff\xff\xff\xff\x0f"})
    liar.Say(garbage);
  liar.Finish();
  ASSERT_TRUE(HasHeard(liar));
  EXPECT_TRUE(HasCaughtUpWith(truth_));

  // The true next record takes the forged one's position.
  truth_.Grow(1);
  liar.Say(truth_.Pages().back());
  EXPECT_TRUE(HasCaughtUpWith(truth_));
}

TEST_F(LyingNats, AThousandRandomRecordsChangeNothing) {
  const char* given = std::getenv("HQ_TEST_SEED");
  const std::uint64_t seed = given ? std::strtoull(given, nullptr, 10) : std::random_device()();
  SCOPED_TRACE("HQ_TEST_SEED=" + std::to_string(seed));
  std::mt19937_64 random(seed);
  truth_.Grow(50);
  ASSERT_TRUE(HasCaughtUpWith(truth_));
  const int heads_before = log_.heads;

  Liar liar(nats_.LedgerLogin());
  for (int i = 0; i < 1000; ++i) {
    ledger::v1::Record lie = truth_.ledger.records[random() % 50].record;
    lie.set_position(random() % 120);
    if (random() % 2 == 0) lie.set_previous_hash(truth_.ledger.head.hash);
    if (random() % 3 == 0) lie.set_tokens(static_cast<std::int64_t>(random() >> 1));
    if (random() % 5 == 0) lie.set_log_id(std::to_string(random()));
    if (random() % 7 == 0) lie.set_epoch(random());
    std::string bytes = lie.SerializeAsString();
    if (random() % 4 == 0) bytes[random() % bytes.size()] = static_cast<char>(random());
    if (random() % 8 == 0) bytes.resize(random() % bytes.size());
    liar.Say(bytes);
    if (i % 100 == 99) truth_.Grow(1);
  }
  liar.Finish();
  ASSERT_TRUE(HasHeard(liar));
  EXPECT_TRUE(HasCaughtUpWith(truth_));
  // A lie costs one question at the most; the rest is the look at the head every second.
  EXPECT_LE(log_.heads - heads_before, 1000 + 60);
}

TEST_F(LyingNats, WhileTheLedgerIsAwayNothingIsBelievedAndThenAllIsMadeGood) {
  truth_.Grow(10);
  ASSERT_TRUE(HasCaughtUpWith(truth_));
  const auto before = diary_.Pages();
  log_.Use(nullptr);
  truth_.Grow(10);
  Liar liar(nats_.LedgerLogin());
  for (const std::string& page : truth_.Pages()) liar.Say(page);
  liar.Say(ForgedNext(truth_).SerializeAsString());
  liar.Finish();
  ASSERT_TRUE(HasHeard(liar));
  const int asked = log_.heads;
  ASSERT_TRUE(testing::Eventually([&] { return log_.heads > asked; }));
  EXPECT_EQ(diary_.Pages(), before);
  log_.Use(&truth_.log);
  EXPECT_TRUE(HasCaughtUpWith(truth_));
}

TEST_F(LyingNats, WithoutANatsAtAllTheLedgersHeadIsEnough) {
  nats_.Stop();
  truth_.Grow(20);
  EXPECT_TRUE(HasCaughtUpWith(truth_));
  nats_.Start();
}

// A ledger that was restored or replaced: other id, shorter, as long, or longer but diverged.
TEST_F(LyingNats, AnotherHistoryIsFoldedFromItsBeginning) {
  truth_.Grow(20);
  ASSERT_TRUE(HasCaughtUpWith(truth_));
  History renamed(1'700'000'000'000'000);
  renamed.ledger.head.log_id = "another-ledger";
  renamed.Grow(30);
  History shorter(1'710'000'000'000'000);
  shorter.Grow(7);
  History as_long(1'720'000'000'000'000);
  as_long.Grow(7);
  History longer(1'730'000'000'000'000);
  longer.Grow(40);
  for (History* history : {&renamed, &shorter, &as_long, &longer}) {
    log_.Use(&history->log);
    EXPECT_TRUE(HasCaughtUpWith(*history))
        << history->ledger.head.log_id << " of " << history->ledger.head.position;
  }
}

}  // namespace
}  // namespace hq
