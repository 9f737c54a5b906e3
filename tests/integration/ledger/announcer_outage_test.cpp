// Goal (ledger section 8, no. 7): NATS may be away for minutes, and may come back with nothing or
// with less than it had: then everything is announced, nothing twice, nothing out of order. Method:
// nats-server killed, thousands of appends meanwhile, its store as it was, emptied, or of an
// earlier time; the stream is then read back message by message.
#include <gtest/gtest.h>

#include "tests/integration/ledger/announcer_fixture.hpp"
#include "tests/support/ledger_audit.hpp"
#include "tests/support/soak.hpp"

namespace hq::testing {
namespace {

using namespace std::chrono_literals;

class AnnouncerOutageSoak : public AnnouncerTest {
 protected:
  // Before, and while it is away.
  const int before_ = IsSoak() ? 20'000 : 2'000;
  const int meanwhile_ = Rounds(5'000, 100'000);

  void AppendMany(int count) {
    constexpr int kTogether = 500;
    const auto log = ledger_.log().As(CallerNamed("ann"));
    for (int left = count; left > 0; left -= kTogether) {
      ledger::v1::AppendRequest request;
      auto* append = request.add_appends();
      append->set_stream("entry-koosy");
      for (int i = 0; i < std::min(left, kTogether); ++i) {
        auto* event = append->add_events();
        event->set_branch("koosy");
        event->set_event("page_seen");
      }
      ASSERT_EQ(AppendTold(*log, std::move(request), told_), absl::OkStatus());
    }
  }

  // Appends to a ledger whose news nobody takes, in a soak for some minutes.
  void AppendWhileNatsIsAway() {
    const auto until = std::chrono::steady_clock::now() + std::chrono::minutes(IsSoak() ? 3 : 0);
    AppendMany(meanwhile_);
    while (std::chrono::steady_clock::now() < until) {
      AppendMany(10);
      // A record that does not come: the outage is what takes its time here.
      ledger_.log().WaitPast(Head(), 1s, {});
    }
  }

  static std::chrono::seconds Wait() { return std::chrono::seconds(IsSoak() ? 600 : 60); }

  // In the end the ledger has all that it acknowledged, its announcements are the same, byte by
  // byte, and it serves.
  void ExpectAllThere() {
    ExpectAnnouncedEqualsLedger(Wait());
    const auto audited = AuditLog(*ledger_.ClientOf("ann"), ledger_.log().tree_head(), told_);
    ASSERT_TRUE(audited.ok()) << audited.status();
    EXPECT_EQ(*audited, Head());
    EXPECT_TRUE(readiness_.is_serving());
  }

  std::vector<Acknowledged> told_;
};

TEST_F(AnnouncerOutageSoak, EverythingFollowsOnceWhenItIsBack) {
  StartAnnouncer();
  AppendMany(before_);
  ExpectAnnouncedEqualsLedger(Wait());
  nats_.Kill();
  AppendWhileNatsIsAway();
  nats_.Start();
  ExpectAllThere();
}

TEST_F(AnnouncerOutageSoak, EverythingFollowsThoughKilledInTheMiddleOfAWindow) {
  StartAnnouncer();
  AppendMany(before_);
  nats_.Kill();  // Whatever was on its way.
  AppendWhileNatsIsAway();
  nats_.Start();
  {
    Outsider outsider(nats_.LedgerLogin());
    ASSERT_TRUE(Eventually([&] { return outsider.LastSequence() > 0; }, Wait()));
  }
  nats_.Kill();
  AppendMany(before_);
  nats_.Start();
  ExpectAllThere();
}

TEST_F(AnnouncerOutageSoak, AllOfItFollowsWhenTheStoreCameBackEmpty) {
  StartAnnouncer();
  AppendMany(before_);
  ExpectAnnouncedEqualsLedger(Wait());
  nats_.Kill();
  nats_.Wipe();
  AppendWhileNatsIsAway();
  nats_.Start();
  ExpectAllThere();
}

TEST_F(AnnouncerOutageSoak, WhatTheStoreLostAtItsEndIsAnnouncedAgain) {
  StartAnnouncer();
  AppendMany(before_);
  ExpectAnnouncedEqualsLedger(Wait());
  nats_.Stop();
  nats_.Keep();
  nats_.Start();
  AppendMany(before_);
  ExpectAnnouncedEqualsLedger(Wait());
  nats_.Kill();
  nats_.PutBack();
  AppendWhileNatsIsAway();
  nats_.Start();
  ExpectAllThere();
}

}  // namespace
}  // namespace hq::testing
