// Deliveries under trouble: channels that refuse, fail, hang or doubt, and a ledger that goes away.
#include "services/notify/reactors/delivery_reactor.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <deque>
#include <thread>

#include "common/events/session.hpp"
#include "hq/decision/v1/events.pb.h"
#include "services/notify/api/files.hpp"
#include "services/notify/core/route.hpp"
#include "services/notify/views/all.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/forwarding_event_log.hpp"
#include "tests/support/memory_event_log.hpp"
#include "tests/support/scenario.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/support/view_feeder.hpp"

namespace hq::notify {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;
using Kind = Answer::Kind;

constexpr std::chrono::milliseconds kShort(2);

// Answers as it is told to, and remembers what it was sent.
class ScriptedChannel final : public Channel {
 public:
  explicit ScriptedChannel(std::deque<Kind> script = {}) : script_(std::move(script)) {}

  Answer Send(const Message& message, std::chrono::milliseconds) override {
    std::unique_lock lock(mutex_);
    sent_.push_back(message.notice.event() + " to " + message.url);
    released_.wait(lock, [&] { return !is_held_; });
    Kind kind = Kind::kTaken;
    if (!script_.empty()) kind = script_.front();
    if (script_.size() > 1) script_.pop_front();
    return {kind, {}, "as the script says"};
  }
  void Hold(bool is_held) {
    std::lock_guard lock(mutex_);
    is_held_ = is_held;
    released_.notify_all();
  }
  std::vector<std::string> sent() const {
    std::lock_guard lock(mutex_);
    return sent_;
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable released_;
  std::deque<Kind> script_;  // The last answer stays.
  std::vector<std::string> sent_;
  bool is_held_ = false;
};

// A ledger that takes an event of one name only the third time.
class RefusingLog final : public testing::ForwardingEventLog {
 public:
  RefusingLog(EventLog& log, std::string event)
      : ForwardingEventLog(log), event_(std::move(event)) {}

  void AppendAsync(ledger::v1::AppendRequest request, OnAppended done) override {
    const bool is_meant = request.appends(0).events(0).event() == event_;
    if (is_meant && refusals_++ < 2) return done(absl::UnavailableError("away"));
    ForwardingEventLog::AppendAsync(std::move(request), std::move(done));
  }

 private:
  const std::string event_;
  std::atomic<int> refusals_ = 0;
};

// One process's worth of notify: views of its own, a runner and a reactor on threads.
struct Process {
  Process(EventLog& log, Clock& clock, Sender::Channels channels)
      : runner(log, *database, views.List(), metrics),
        sender(std::move(channels), Resolved, std::chrono::seconds(10), metrics),
        reactor(log, views.deliveries, runner, sender, clock, metrics, {kShort, kShort, kShort}),
        runs([this](std::stop_token stop) { runner.Run(stop); }),
        reacts([this](std::stop_token stop) { reactor.Run(stop); }) {}

  static Result<std::string> Resolved(const std::string& reference) {
    if (reference == "env:UNSET") return absl::FailedPreconditionError("no value for env:UNSET");
    return "url-of-" + reference;
  }

  testing::ScratchDatabase database;
  runtime::Metrics metrics;
  AllViews views{*database};
  projection::Runner runner;
  Sender sender;
  DeliveryReactor reactor;
  std::jthread runs;
  std::jthread reacts;
};

class DeliveryReactorTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto channels = *ReadChannels("c", R"({"slack":{"ops":"env:O","critical":"env:C"},
        "kakao":{"hq":"env:H"},"webhook":{"unset":"env:UNSET"}})");
    ASSERT_TRUE(Execute<Route>(notify_log_, "", channels, CommandMeta()).ok());
  }
  void ApplyRules(const std::string& json) {
    ASSERT_TRUE(Execute<Route>(notify_log_, "", *ReadRules("r", json), CommandMeta()).ok());
  }
  void Lock(const std::string& cell) {
    Append("cell_lock-" + cell, cell,
           testing::Text<decision::v1::CellLockEvent>(R"(cell_locked { reason: "test" })"));
  }
  void Stop() {
    Append("kill_switch-global", "hq",
           testing::Text<decision::v1::KillSwitchEvent>(
               R"(kill_switch_activated { scope: "global" reason: "test" })"));
  }
  void Append(const std::string& stream, const std::string& branch,
              const google::protobuf::Message& event) {
    ledger::v1::AppendRequest request;
    auto* append = request.add_appends();
    append->set_stream(stream);
    auto* added = append->add_events();
    added->set_branch(branch);
    added->set_event(EventNameOf(event));
    added->set_schema_version(1);
    added->mutable_data()->PackFrom(event);
    const auto appended = decision_log_.Append(request);
    ASSERT_TRUE(appended.ok()) << appended.status();
  }
  // The names of the events of notify's own, in order; for a settled one, how.
  std::vector<std::string> Effects() {
    std::vector<std::string> names;
    std::lock_guard lock(memory_.mutex);
    for (const auto& recorded : memory_.records) {
      ledger::v1::EffectEvent event;
      if (!UnpackEvent(recorded.record.data(), event).ok()) continue;
      std::string name = EventNameOf(event).substr(std::string("effect_").size());
      if (event.has_effect_settled()) {
        name = event.effect_settled().succeeded() ? "delivered" : "failed";
        if (event.effect_settled().may_be_doubled()) name += " perhaps doubled";
        last_error_ = event.effect_settled().error();
      }
      names.push_back(name);
    }
    return names;
  }
  std::size_t Settled() {
    const auto names = Effects();
    return static_cast<std::size_t>(std::count_if(names.begin(), names.end(), [](const auto& name) {
      return name.starts_with("delivered") || name.starts_with("failed");
    }));
  }
  static void Eventually(const std::function<bool()>& condition) {
    ASSERT_TRUE(testing::Eventually(condition, std::chrono::seconds(60)));
  }
  void EventuallySettled(std::size_t count) {
    Eventually([&] { return Settled() >= count; });
  }

  SystemClock clock_;
  testing::MemoryLedger memory_{clock_};
  testing::MemoryEventLog notify_log_{memory_, {"notify", "service", {}}};
  testing::MemoryEventLog decision_log_{memory_, {"decision", "service", {}}};
  std::string last_error_;
};

TEST_F(DeliveryReactorTest, DeliversOnceAlsoForThoseWhoComeLater) {
  Lock("koosy");
  ScriptedChannel slack;
  {
    Process process(notify_log_, clock_, {{"slack", &slack}});
    EventuallySettled(1);
  }
  EXPECT_THAT(Effects(), ElementsAre("intended", "attempted", "delivered"));
  EXPECT_THAT(slack.sent(), ElementsAre("cell_locked to url-of-env:O"));
  // Another process with nothing but the ledger: it sends what is new, nothing of what was.
  Process process(notify_log_, clock_, {{"slack", &slack}});
  Lock("papafly");
  EventuallySettled(2);
  EXPECT_EQ(slack.sent().size(), 2u);
}

TEST_F(DeliveryReactorTest, TriesAgainAndSaysWhenItMayHaveDoubled) {
  ScriptedChannel certain({Kind::kNotNow, Kind::kNotNow, Kind::kTaken});
  Lock("koosy");
  {
    Process process(notify_log_, clock_, {{"slack", &certain}});
    EventuallySettled(1);
  }
  EXPECT_THAT(Effects(),
              ElementsAre("intended", "attempted", "attempted", "attempted", "delivered"));
  ScriptedChannel doubtful({Kind::kUnknown, Kind::kTaken});
  Lock("papafly");
  Process process(notify_log_, clock_, {{"slack", &doubtful}});
  EventuallySettled(2);
  EXPECT_EQ(Effects().back(), "delivered perhaps doubled");
}

TEST_F(DeliveryReactorTest, GivesUp) {
  ScriptedChannel never({Kind::kNotNow});
  Lock("koosy");
  {
    Process process(notify_log_, clock_, {{"slack", &never}});
    EventuallySettled(1);
  }
  EXPECT_EQ(never.sent().size(), kAttemptsMax);
  EXPECT_EQ(Effects().back(), "failed");
  EXPECT_THAT(last_error_, HasSubstr("given up after 8 attempts"));

  ScriptedChannel refusing({Kind::kRefused});
  Lock("papafly");
  Process process(notify_log_, clock_, {{"slack", &refusing}});
  EventuallySettled(2);
  EXPECT_EQ(refusing.sent().size(), 1u);
}

TEST_F(DeliveryReactorTest, AnUnsetReferenceFailsNamingItAndSendsNothing) {
  ApplyRules(R"({"cell_locked":["webhook:unset"]})");
  ScriptedChannel webhook;
  Lock("koosy");
  Process process(notify_log_, clock_, {{"webhook", &webhook}});
  EventuallySettled(1);
  EXPECT_THAT(Effects(), ElementsAre("intended", "failed"));
  EXPECT_THAT(last_error_, HasSubstr("env:UNSET"));
  EXPECT_TRUE(webhook.sent().empty());
}

TEST_F(DeliveryReactorTest, DoesNotSendAgainBecauseTheLedgerWasAway) {
  RefusingLog log(notify_log_, "effect_settled");
  ScriptedChannel slack;
  Lock("koosy");
  Process process(log, clock_, {{"slack", &slack}});
  EventuallySettled(1);
  EXPECT_EQ(slack.sent().size(), 1u);
  EXPECT_EQ(Effects().back(), "delivered");
}

// What became of it in the life that was given up nobody knows: people are told of the restore.
TEST_F(DeliveryReactorTest, AfterARestoreNothingOfBeforeIsSent) {
  ApplyRules(R"({"cell_locked":["slack:ops"],"epoch_started":["slack:critical"]})");
  Lock("koosy");
  ledger::v1::LedgerEvent restored;
  restored.mutable_epoch_started()->set_restored_to(memory_.head.position);
  ledger::v1::AppendRequest request;
  auto* append = request.add_appends();
  append->set_stream("ledger");
  append->add_events()->set_branch("hq");
  append->mutable_events(0)->set_event("epoch_started");
  append->mutable_events(0)->set_schema_version(1);
  append->mutable_events(0)->mutable_data()->PackFrom(restored);
  testing::MemoryEventLog ledger_log(memory_, {"ledger", "service", {}});
  ASSERT_TRUE(ledger_log.Append(request).ok());
  Lock("papafly");
  ScriptedChannel slack;
  Process process(notify_log_, clock_, {{"slack", &slack}});
  EventuallySettled(3);
  EXPECT_THAT(slack.sent(),
              UnorderedElementsAre("epoch_started to url-of-env:C", "cell_locked to url-of-env:O"));
  const auto effects = Effects();
  EXPECT_EQ(std::count(effects.begin(), effects.end(), "failed"), 1);
  EXPECT_EQ(std::count(effects.begin(), effects.end(), "intended"), 3);
  EXPECT_EQ(std::count(effects.begin(), effects.end(), "attempted"), 2);
}

TEST_F(DeliveryReactorTest, AChannelThatHangsHoldsUpNobodyElse) {
  ApplyRules(R"({"kill_switch_activated":["slack:critical","kakao:hq"]})");
  ScriptedChannel slack, kakao;
  slack.Hold(true);
  Stop();
  Process process(notify_log_, clock_, {{"slack", &slack}, {"kakao", &kakao}});
  EventuallySettled(1);
  EXPECT_THAT(kakao.sent(), ElementsAre("kill_switch_activated to url-of-env:H"));
  Eventually([&] { return slack.sent().size() == 1; });
  slack.Hold(false);
  EventuallySettled(2);
}

TEST_F(DeliveryReactorTest, SaysOnTheLedgerThatNobodyWasBehindAPlaceholder) {
  ApplyRules(R"({"cell_locked":["kakao:branch_owner"]})");
  ScriptedChannel kakao;
  Lock("koosy");
  Process process(notify_log_, clock_, {{"kakao", &kakao}});
  EventuallySettled(1);
  EXPECT_THAT(kakao.sent(), ElementsAre("cell_locked to url-of-env:H"));
  std::lock_guard lock(memory_.mutex);
  const auto unresolved = std::count_if(
      memory_.records.begin(), memory_.records.end(),
      [](const auto& recorded) { return recorded.record.event() == "recipient_unresolved"; });
  EXPECT_EQ(unresolved, 1);
}

}  // namespace
}  // namespace hq::notify
