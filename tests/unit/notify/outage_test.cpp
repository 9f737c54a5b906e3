// When people are told that the ledger is down or back, and what an alarm is until it is recorded.
#include "services/notify/core/outage.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/events/event_name.hpp"
#include "services/notify/core/alarm.hpp"

namespace hq::notify {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Kind = Sighting::Kind;
using std::chrono::seconds;

// One look a second; the news at each of them, as letters: "." none, "D" down, "B" back.
std::string NewsOf(const std::string& looks) {
  Outage outage;
  std::string news;
  TimePoint now = FromMicros(1'000'000'000);
  for (const char look : looks) {
    const Kind kind = look == '+' ? Kind::kServing : look == '-' ? Kind::kAway : Kind::kNotServing;
    const OutageNews told = Take({kind, ""}, now, OutagePatience(), outage);
    news += told == OutageNews::kDown ? 'D' : told == OutageNews::kBack ? 'B' : '.';
    now += seconds(1);
  }
  return news;
}

TEST(Outage, IsToldOnceWhenPatienceIsOverAndItsEndOnce) {
  EXPECT_EQ(NewsOf("++--------------------++++++++"), ".................D.........B..");
}

TEST(Outage, AShortAbsenceIsNotTold) {
  EXPECT_EQ(NewsOf("--------------+---------------"), std::string(30, '.'));
}

TEST(Outage, NotServingIsToldSoonerButNotWhileAServerStops) {
  EXPECT_EQ(NewsOf("!!!!!!!!!"), "......D..");
  EXPECT_EQ(NewsOf("!!!!!+++"), "........");
  EXPECT_EQ(NewsOf("!!!!-!!!!-!!!!-!!!!"), "...............D...")
      << "away and not serving in turns is one outage";
}

TEST(Outage, OneThatFlickersIsOne) {
  EXPECT_EQ(NewsOf("----------------+-+--++++-++++++++"), "...............D...............B..");
}

TEST(Outage, TheNextOneIsToldAgain) {
  EXPECT_EQ(NewsOf("----------------++++++----------------"),
            "...............D.....B...............D");
}

constexpr std::int64_t kSince = 1'768'701'600'000'000;  // 2026-01-18T02:00:00Z

SpooledEvent Next(const SpooledEvent& intent, const std::string& what, std::int64_t at_us) {
  SpooledEvent event = intent;
  event.at_us = at_us;
  event.event.Clear();
  if (what == "attempted") event.event.mutable_effect_attempted()->set_attempt(1);
  if (what == "settled") event.event.mutable_effect_settled()->set_succeeded(true);
  return event;
}

TEST(Alarm, IsOpenUntilPeopleAreToldOfItsEnd) {
  Alarms alarms;
  EXPECT_EQ(OpenOutageOf(alarms), 0);
  const auto down = IntentOf(DownNotice(kSince, "gone"), kSince, "slack:critical", "env:C", kSince);
  Fold(alarms, down);
  EXPECT_EQ(OpenOutageOf(alarms), kSince);
  Fold(alarms, Next(down, "attempted", kSince + 1));
  Fold(alarms, Next(down, "settled", kSince + 2));
  EXPECT_EQ(OpenOutageOf(alarms), kSince) << "told is not over";
  EXPECT_FALSE(IsComplete(alarms, kSince));

  const auto back = BackIntents(alarms, kSince, kSince + 192'000'000);
  ASSERT_EQ(back.size(), 1u);
  EXPECT_EQ(back[0].url_reference, "env:C");
  EXPECT_EQ(back[0].event.effect_intended().target(), "slack:critical");
  Fold(alarms, back[0]);
  EXPECT_EQ(OpenOutageOf(alarms), 0);
  EXPECT_FALSE(IsComplete(alarms, kSince)) << "its end is not told yet";
  Fold(alarms, Next(back[0], "settled", kSince + 3));
  EXPECT_TRUE(IsComplete(alarms, kSince));
}

TEST(Alarm, SaysSinceWhenAndForHowLong) {
  const auto down = DownNotice(kSince, "its health does not answer");
  EXPECT_THAT(down.text(), HasSubstr("since 2026-01-18T02:00:00.000000Z: its health"));
  EXPECT_THAT(down.text(), HasSubstr("What to do: "));
  EXPECT_TRUE(IsAlarm(down));
  EXPECT_THAT(BackNotice(kSince, kSince + 192'000'000).text(), HasSubstr("after 3 min 12 s"));
  EXPECT_THAT(BackNotice(kSince, kSince + 7'380'000'000).text(), HasSubstr("after 2 h 3 min"));
  v1::Notice of_a_record = down;
  of_a_record.set_txn_id("TXN-20260118-001");
  EXPECT_FALSE(IsAlarm(of_a_record));
}

TEST(Alarm, IsRecordedAsItHappenedAndAlwaysAsTheSameCommand) {
  Alarms alarms;
  const auto down = IntentOf(DownNotice(kSince, "gone"), kSince, "slack:critical", "env:C", kSince);
  for (const auto& event :
       {down, Next(down, "attempted", kSince + 1), Next(down, "settled", kSince + 2)})
    Fold(alarms, event);
  const auto request = RecordingOf(alarms.begin()->second);
  EXPECT_EQ(request.command_id(), "spool-" + down.delivery_id);
  ASSERT_EQ(request.appends_size(), 1);
  EXPECT_EQ(request.appends(0).stream(), "delivery-" + down.delivery_id);
  std::vector<std::string> events;
  for (const auto& event : request.appends(0).events())
    events.push_back(event.event() + "@" + std::to_string(event.occurred_at_us() - kSince));
  EXPECT_THAT(events, ElementsAre("effect_intended@0", "effect_attempted@1", "effect_settled@2"));
  EXPECT_EQ(request.appends(0).events(0).data().ByteSizeLong() > 0, true);
  EXPECT_EQ(RecordingOf(alarms.begin()->second).SerializeAsString(), request.SerializeAsString());
  EXPECT_NE(down.delivery_id,
            IntentOf(DownNotice(kSince + 1, "gone"), kSince + 1, "slack:critical", "env:C", 0)
                .delivery_id);
  EXPECT_THAT(BackIntents(alarms, kSince + 1, 0), IsEmpty()) << "nobody was told of that outage";
}

}  // namespace
}  // namespace hq::notify
