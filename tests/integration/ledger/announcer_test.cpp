// Goal: every record is announced once, in order, whatever happens to NATS. Method: a real
// nats-server, stopped, killed and wiped; the announcement stream is read back message by message.
#include <gtest/gtest.h>
#include <signal.h>

#include <mutex>

#include "services/ledger/adapters/error_recorder.hpp"
#include "services/ledger/adapters/nats_announcement_stream.hpp"
#include "tests/integration/ledger/announcer_fixture.hpp"

namespace hq::testing {
namespace {

TEST_F(AnnouncerTest, AnnouncesEveryRecordWithItsHeaders) {
  AppendEntries(3);
  StartAnnouncer();
  AppendEntries(2);
  ExpectAnnouncedEqualsLedger();
  const Stored stored = Outsider(nats_.LedgerLogin()).All().at(1);
  EXPECT_EQ(stored.subject, "hq.events.koosy.page_seen");
  const std::map<std::string, std::string> expected = {
      {"Hq-Position", "2"},
      {"Hq-Epoch", "1"},
      {"Nats-Msg-Id", "1:2"},
      {"Nats-Expected-Last-Sequence", "1"},
      {"Nats-Expected-Last-Msg-Id", "1:1"},
      {"Nats-Expected-Stream", "HQ_EVENTS"},
      {"ce-specversion", "1.0"},
      {"ce-id", "1:2"},
      {"ce-type", "hq.page_seen.v1"},
      {"ce-source", "/hq/ledger"},
      {"ce-subject", "koosy"},
      {"ce-time", "2026-01-16T10:00:00.000001Z"},
      {"ce-txn", "TXN-20260116-002"},
      {"ce-datacontenttype", "application/protobuf"},
  };
  EXPECT_EQ(stored.headers, expected);
}

TEST_F(AnnouncerTest, APlainSubscriberHearsTheNews) {
  StartAnnouncer();
  std::mutex mutex;
  std::vector<std::string> heard;
  auto bus = nats::Bus::Connect(nats_.ReaderLogin());
  ASSERT_TRUE(bus.ok()) << bus.status();
  ASSERT_TRUE((*bus)
                  ->Subscribe("hq.events.*.page_seen",
                              [&](const nats::Message& message) {
                                std::lock_guard lock(mutex);
                                heard.emplace_back(message.payload);
                              })
                  .ok());
  // A subscription made in the background may miss the first ones; the ledger fills gaps, here we
  // only wait until one is heard.
  ASSERT_TRUE(Eventually([&] {
    AppendEntries(1);
    std::lock_guard lock(mutex);
    return !heard.empty();
  }));
}

TEST_F(AnnouncerTest, ManyRecordsGoOutInWindows) {
  AppendTogether(1'000);
  StartAnnouncer();
  ExpectAnnouncedEqualsLedger();
}

TEST_F(AnnouncerTest, GoesOnWhereItWasAfterItsOwnRestart) {
  StartAnnouncer();
  AppendEntries(3);
  ExpectAnnouncedEqualsLedger();
  StopAnnouncer();
  AppendEntries(3);
  StartAnnouncer();
  ExpectAnnouncedEqualsLedger();
}

TEST_F(AnnouncerTest, WaitsWhileNatsIsAwayAndGoesOnByItself) {
  StartAnnouncer();
  AppendEntries(3);
  ExpectAnnouncedEqualsLedger();
  nats_.Kill();
  AppendEntries(3);
  nats_.Start();
  ExpectAnnouncedEqualsLedger();
  nats_.Stop();
  StopAnnouncer();
  StartAnnouncer();  // NATS is away when it starts.
  AppendEntries(3);
  nats_.Start();
  ExpectAnnouncedEqualsLedger();
}

TEST_F(AnnouncerTest, KilledAgainAndAgainWhileAnnouncing) {
  StartAnnouncer();
  for (int round = 0; round < 5; ++round) {
    AppendEntries(40);
    nats_.Kill();
    AppendEntries(10);
    nats_.Start();
  }
  // A server that is killed may lose its last messages; they are announced again.
  ExpectAnnouncedEqualsLedger();
}

TEST_F(AnnouncerTest, AStreamThatWasLostIsMadeAnew) {
  StartAnnouncer();
  AppendEntries(5);
  ExpectAnnouncedEqualsLedger();
  nats_.Stop();
  nats_.Wipe();
  nats_.Start();
  AppendEntries(1);
  ExpectAnnouncedEqualsLedger();
}

// Else it would speak for messages that the stream has lost since, once all others are gone too.
TEST_F(AnnouncerTest, AHintIsCorrectedByWhatTheStreamHas) {
  StartAnnouncer();
  AppendEntries(1);
  ExpectAnnouncedEqualsLedger();
  StopAnnouncer();
  ledger_.log().CorrectAnnounced({7, 7});
  StartAnnouncer();
  EXPECT_TRUE(Eventually([&] {
    const auto hint = ledger_.log().announced();
    return hint && hint->sequence == 1 && hint->position == 1;
  }));
}

TEST_F(AnnouncerTest, AStrayMessageIsSteppedOver) {
  StartAnnouncer();
  AppendEntries(2);
  ExpectAnnouncedEqualsLedger();
  Outsider outsider(nats_.LedgerLogin());
  outsider.Forge("hq.events.koosy.deploy_failed", "no record at all");
  AppendEntries(2);
  ASSERT_TRUE(Eventually([&] { return outsider.LastSequence() == 5; }));
  const auto all = outsider.All();
  ASSERT_EQ(all.size(), 5U);
  EXPECT_EQ(all[4].headers.at("Hq-Position"), "4");
  EXPECT_EQ(all[4].payload, LedgerBytes()[3]);
  EXPECT_TRUE(readiness_.is_serving());
}

// The first of the window is refused, since the stray message has its sequence; the others must be
// too, or there would be a hole for ever.
TEST_F(AnnouncerTest, AStrayMessageInFrontOfAWindowLeavesNothingOut) {
  StartAnnouncer();
  AppendEntries(2);
  ExpectAnnouncedEqualsLedger();
  Outsider outsider(nats_.LedgerLogin());
  outsider.Forge("hq.events.koosy.deploy_failed", "no record at all");
  AppendTogether(5);
  ASSERT_TRUE(Eventually([&] { return outsider.LastSequence() == 8; }));
  std::vector<std::string> announced;
  for (const auto& stored : outsider.All()) announced.push_back(stored.payload);
  ASSERT_EQ(announced.size(), 8U);
  EXPECT_EQ(announced[2], "no record at all");
  announced.erase(announced.begin() + 2);
  EXPECT_EQ(announced, LedgerBytes());
}

// It would lie behind a hole if the stream has lost its messages meanwhile and holds others at the
// sequences that were expected.
TEST_F(AnnouncerTest, NothingThatWasPublishedOnALostConnectionArrivesLater) {
  ledger::AnnouncerSettings settings;
  settings.login = nats_.LedgerLogin();
  const std::vector<ledger::Announcement> window(3, {"hq.events.hq.seen", {}, "news"});
  const auto stream = *ledger::NatsAnnouncementStream::Open(settings);
  ASSERT_TRUE(Eventually([&] { return stream->Ensure().ok(); }));
  ASSERT_TRUE(stream->Publish({window.front()}, 0).ok());
  nats_.Stop();
  ASSERT_TRUE(Eventually([&] { return stream->is_closed(); }));
  EXPECT_EQ(stream->Publish(window, 1).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(ledger::NatsAnnouncementStream::Open(settings).status().code(),
            absl::StatusCode::kUnavailable);
  nats_.Start();
  EXPECT_EQ(stream->Publish(window, 1).status().code(), absl::StatusCode::kUnavailable);
  const auto another = *ledger::NatsAnnouncementStream::Open(settings);
  ASSERT_TRUE(Eventually([&] { return another->Ensure().ok(); }));
  EXPECT_EQ(another->Ensure()->last_sequence, 1U);
  EXPECT_EQ(another->Publish(window, 1).value_or(0), 4U);
}

TEST_F(AnnouncerTest, TheFirstLookFindsItsOwnAndChangesNothing) {
  AppendEntries(3);
  MakeAnnouncer().LookFirst();
  {
    ledger::AnnouncerSettings settings;
    settings.login = nats_.LedgerLogin();
    const auto stream = *ledger::NatsAnnouncementStream::Open(settings);
    ASSERT_TRUE(Eventually([&] { return stream->Find().ok(); }));
    EXPECT_FALSE(stream->Find()->has_value()) << "it is Run that makes the stream";
  }
  RunAnnouncer();
  ExpectAnnouncedEqualsLedger();
  StopAnnouncer();
  AppendEntries(2);
  MakeAnnouncer().LookFirst();
  EXPECT_EQ(Outsider(nats_.LedgerLogin()).LastSequence(), 3U);
  RunAnnouncer();
  ExpectAnnouncedEqualsLedger();
  EXPECT_TRUE(readiness_.is_serving());
}

// What the ledger must not serve beside: a record in the stream that it never said.
class ForeignAnnouncementTest : public AnnouncerTest {
 protected:
  void Announce(const std::string& log_id, Position position) {
    ledger::v1::Record record;
    record.set_log_id(log_id);
    record.set_position(position);
    ledger::AnnouncerSettings settings;
    settings.login = nats_.LedgerLogin();
    const auto stream = *ledger::NatsAnnouncementStream::Open(settings);
    ASSERT_TRUE(Eventually([&] { return stream->Ensure().ok(); }));
    ASSERT_TRUE(stream->Publish({{"hq.events.hq.x", {}, record.SerializeAsString()}}, 0).ok());
  }
};

TEST_F(ForeignAnnouncementTest, AnotherLedgersStreamStopsIt) {
  AppendEntries(2);
  const Position head = Head();
  Announce("another-ledger", 7);
  StartAnnouncer();
  ExpectStopped("ANNOUNCEMENTS_OF_ANOTHER_LEDGER", head, 1);
}

TEST_F(ForeignAnnouncementTest, AStreamAheadOfTheLedgerStopsIt) {
  AppendEntries(1);
  const Position head = Head();
  Announce(ledger_.log().Head().head().log_id(), 1'000);
  StartAnnouncer();
  ExpectStopped("ANNOUNCEMENTS_AHEAD", head, 1);
}

TEST_F(ForeignAnnouncementTest, AStreamOfAnotherHistoryStopsIt) {
  AppendEntries(1);
  const Position head = Head();
  Announce(ledger_.log().Head().head().log_id(), head);
  StartAnnouncer();
  ExpectStopped("ANNOUNCEMENTS_DIVERGED", head, 1);
}

TEST_F(ForeignAnnouncementTest, TheFirstLookStopsItBeforeAnythingRuns) {
  AppendEntries(1);
  const Position head = Head();
  Announce(ledger_.log().Head().head().log_id(), 1'000);
  MakeAnnouncer().LookFirst();
  EXPECT_FALSE(readiness_.is_serving());
  ExpectStopped("ANNOUNCEMENTS_AHEAD", head, 1);
  EXPECT_FALSE(ledger_.log().announced().has_value());
}

// Damage does not keep it from recording what happens to it; that it is behind does.
TEST_F(ForeignAnnouncementTest, WhatIsBehindRecordsNothingOfItselfEither) {
  AppendEntries(1);
  Announce(ledger_.log().Head().head().log_id(), 1'000);
  ledger::ErrorRecorder errors(ledger_.log(), [this] { return readiness_.CheckRecording(); });
  ledger::v1::LedgerError error;
  error.set_reason("SCRUB_MISMATCH");
  readiness_.Fail("SCRUB_MISMATCH: a test");
  EXPECT_TRUE(errors.Record(error, "before"));
  const Position head = Head();
  MakeAnnouncer().LookFirst();
  EXPECT_FALSE(errors.Record(error, "after"));
  EXPECT_EQ(Head(), head);
  EXPECT_EQ(AdviceOf(readiness_.CheckRecording()).reason, "NOT_SERVING");
  EXPECT_NE(readiness_.Check().message().find("SCRUB_MISMATCH"), std::string::npos)
      << "the first reason stays";
}

// The patience is longer than any test: it is known at once that nobody listens.
TEST_F(ForeignAnnouncementTest, WithNatsAwayTheLookComesWhenItIsBack) {
  AppendEntries(1);
  const Position head = Head();
  Announce(ledger_.log().Head().head().log_id(), 1'000);
  nats_.Stop();
  MakeAnnouncer().LookFirst();
  EXPECT_TRUE(readiness_.is_serving());
  RunAnnouncer();
  nats_.Start();
  ExpectStopped("ANNOUNCEMENTS_AHEAD", head, 1);
}

TEST_F(ForeignAnnouncementTest, ASilentNatsHoldsTheStartUpForItsPatienceOnly) {
  AppendEntries(1);
  const Position head = Head();
  Announce(ledger_.log().Head().head().log_id(), 1'000);
  kill(nats_.process(), SIGSTOP);  // It takes connections, and says nothing.
  MakeAnnouncer(std::chrono::milliseconds(1)).LookFirst();
  EXPECT_TRUE(readiness_.is_serving());
  kill(nats_.process(), SIGCONT);
  RunAnnouncer();
  ExpectStopped("ANNOUNCEMENTS_AHEAD", head, 1);
}

}  // namespace
}  // namespace hq::testing
