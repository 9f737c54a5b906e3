// Goal: while the ledger is down people are told so without it, once, and once when it is back; the
// ledger then has what was done meanwhile, with the times it happened, also if notify was killed at
// any step. Method: real hq-ledger and hq-notify, killed and started again, and a real HTTP server
// for Slack.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <fstream>

#include "common/events/session.hpp"
#include "common/grpc/channel.hpp"
#include "common/grpc/door.hpp"
#include "hq/notify/v1/notify_service.grpc.pb.h"
#include "services/notify/api/files.hpp"
#include "services/notify/core/alarm.hpp"
#include "services/notify/core/route.hpp"
#include "tests/integration/receiver.hpp"
#include "tests/local/program.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/free_port.hpp"
#include "tests/support/ledger_process.hpp"
#include "tests/support/test_ledger.hpp"

namespace hq::notify {
namespace {

using ::testing::HasSubstr;

// An alarm as the ledger has it.
struct Alarm {
  std::vector<std::string> events;
  v1::Notice notice;
  ledger::v1::EffectSettled settled;
  std::int64_t intended_us = 0;
  std::int64_t recorded_us = 0;
};

class LedgerDownTest : public ::testing::Test {
 protected:
  // Neither needs NATS for this.
  static nats::Login NoNats() {
    return {"nats://127.0.0.1:" + std::to_string(testing::FreePort()), "ledger", "password"};
  }

  static std::string Written(const std::string& path, const std::string& content) {
    std::ofstream(path) << content;
    return path;
  }

  void StartLedgerWithChannels() {
    ledger_.Start();
    ledger::LedgerClient client(ledger_.address(), testing::TokenOf("notify"));
    const auto channels = ReadChannels("channels.json", R"({"slack":{"critical":"env:CRITICAL"}})");
    const auto applied = Execute<Route>(client, "", *channels, CommandMeta());
    ASSERT_TRUE(applied.ok()) << applied.status();
    routed_at_ = applied->receipt().last_position();
  }

  void StartNotify(const std::string& fault) {
    notify_ = std::make_unique<testing::Program>(
        "hq-notify",
        std::map<std::string, std::string>{
            {"HQ_DATA_DIR", directory_ / "notify"},
            {"HQ_PRINCIPALS_FILE",
             Written(directory_ / "principals.json", testing::PrincipalsJson())},
            {"HQ_LEDGER", ledger_.address()},
            {"HQ_TOKEN_FILE", Written(directory_ / "token", testing::TokenOf("notify"))},
            {"HQ_NATS_URL", NoNats().url},
            {"HQ_NATS_USER", "notify"},
            {"HQ_NATS_PASSWORD_FILE", Written(directory_ / "password", "password")},
            {"HQ_RETRY_BASE_MS", "50"},
            {"HQ_LEDGER_DOWN_AFTER_MS", "400"},
            {"HQ_FAULT", fault},
            {"CRITICAL", slack_.url()},
        });
    port_ = std::stoi(notify_->url().substr(notify_->url().rfind(':') + 1));
  }

  // Until notify has folded the channels: what it does not know it cannot tell.
  void WaitForTheRoute() {
    const auto stub =
        v1::NotifyService::NewStub(rpc::Connect("127.0.0.1:" + std::to_string(port_)));
    ASSERT_TRUE(testing::Eventually([&] {
      grpc::ClientContext context;
      rpc::Prepare(context, testing::TokenOf("ann"), std::chrono::seconds(20));
      v1::ListDeliveriesRequest request;
      request.set_min_position(routed_at_);
      v1::ListDeliveriesResponse response;
      return stub->ListDeliveries(&context, request, &response).ok();
    }));
  }

  // True once `condition` is; puts notify up again whenever its fault has killed it.
  bool Eventually(const std::function<bool()>& condition) {
    return testing::Eventually(
        [&] {
          if (!testing::TakesConnections(port_)) {
            notify_->Kill();
            was_killed_ = true;
            notify_->Set("HQ_FAULT", "");
            notify_->Start();
          }
          return condition();
        },
        std::chrono::seconds(60));
  }

  std::size_t Told(std::string_view event) const {
    std::size_t count = 0;
    for (const auto& request : slack_.got()) count += request.body.find(event) != std::string::npos;
    return count;
  }

  // What the ledger has of alarms, by event.
  std::map<std::string, std::vector<Alarm>> Alarms() {
    ledger::LedgerClient client(ledger_.address(), testing::TokenOf("ann"));
    ledger::v1::ReadRequest request;
    request.mutable_filter()->set_category("delivery");
    const auto page = client.Read(request);
    std::map<std::string, Alarm> streams;
    for (const auto& recorded : page.ok() ? page->records : std::vector<hq::Recorded>()) {
      ledger::v1::EffectEvent event;
      if (!UnpackEvent(recorded.record.data(), event).ok()) continue;
      Alarm& alarm = streams[recorded.record.stream()];
      alarm.events.push_back(recorded.record.event());
      if (event.has_effect_intended()) {
        alarm.notice.ParseFromString(event.effect_intended().payload());
        alarm.intended_us = recorded.record.occurred_at_us();
        alarm.recorded_us = recorded.record.recorded_at_us();
      }
      if (event.has_effect_settled()) alarm.settled = event.effect_settled();
    }
    std::map<std::string, std::vector<Alarm>> alarms;
    for (auto& [stream, alarm] : streams) alarms[alarm.notice.event()].push_back(alarm);
    return alarms;
  }

  bool IsSpoolEmpty() const {
    std::error_code error;
    return std::filesystem::file_size(directory_ / "notify/spool/alarms.jsonl", error) == 0;
  }

  void ExpectToldAndRecorded(std::string_view event) {
    const auto recorded = Alarms()[std::string(event)];
    ASSERT_EQ(recorded.size(), 1u) << event;
    const Alarm& alarm = recorded[0];
    EXPECT_EQ(alarm.events.front(), "effect_intended");
    EXPECT_EQ(alarm.events.back(), "effect_settled");
    EXPECT_TRUE(alarm.settled.succeeded()) << alarm.settled.error();
    EXPECT_LT(alarm.intended_us, alarm.recorded_us) << "recorded with the time it happened";
    const std::size_t told = Told(event);
    EXPECT_GE(told, 1u);
    EXPECT_LE(told, alarm.settled.may_be_doubled() ? 2u : 1u) << event;
  }

  testing::TempDir directory_;
  Receiver slack_{{200, {}, "ok"}};
  testing::LedgerProcess ledger_{HQ_BIN_DIR, testing::PrincipalsJson(), NoNats()};
  std::unique_ptr<testing::Program> notify_;
  int port_ = 0;
  Position routed_at_ = 0;
  bool was_killed_ = false;
};

class LedgerDown : public LedgerDownTest, public ::testing::WithParamInterface<const char*> {};

TEST_P(LedgerDown, IsToldWithoutTheLedgerAndRecordedAfterwards) {
  const std::string fault = GetParam();
  ASSERT_NO_FATAL_FAILURE(StartLedgerWithChannels());
  ASSERT_NO_FATAL_FAILURE(StartNotify(fault));
  ASSERT_NO_FATAL_FAILURE(WaitForTheRoute());
  ledger_.Kill();
  ASSERT_TRUE(Eventually([&] { return Told(kLedgerDown) >= 1; }));
  ledger_.Start();
  const auto is_recorded = [&] {
    const auto alarms = Alarms();
    return alarms.contains(std::string(kLedgerBack)) && IsSpoolEmpty();
  };
  ASSERT_TRUE(Eventually(is_recorded)) << ledger_.Log();
  EXPECT_EQ(was_killed_, !fault.empty()) << "the fault was met";
  ExpectToldAndRecorded(kLedgerDown);
  ExpectToldAndRecorded(kLedgerBack);
  notify_->Stop();
  EXPECT_EQ(ledger_.Stop(), 0) << ledger_.Log();
}

std::string NameOfFault(const ::testing::TestParamInfo<const char*>& info) {
  std::string name = std::string(info.param).empty() ? "no_kill" : info.param;
  for (char& c : name)
    if (c == '.' || c == ':') c = '_';
  return name;
}

// The spool is written six times: intent, attempt and outcome of each of the two alarms.
INSTANTIATE_TEST_SUITE_P(, LedgerDown,
                         ::testing::Values("", "notify.spool.before:1", "notify.spool.after:1",
                                           "notify.spool.before:2", "notify.spool.after:2",
                                           "notify.send.before:1", "notify.send.after:1",
                                           "notify.spool.before:3", "notify.spool.after:3",
                                           "notify.spool.before:4", "notify.spool.after:4",
                                           "notify.spool.after:5", "notify.send.after:2",
                                           "notify.spool.after:6", "log.append.before:1",
                                           "log.append.after:1", "log.append.after:2"),
                         NameOfFault);

// It has the connection and says nothing, as one whose disk hangs.
TEST_F(LedgerDownTest, ALedgerThatDoesNotAnswerIsAway) {
  ledger_.Start();
  ledger::LedgerClient client(ledger_.address(), testing::TokenOf("notify"));
  ASSERT_TRUE(client.Head().ok());
  ASSERT_EQ(kill(ledger_.process(), SIGSTOP), 0);
  const Status away = client.Head().status();
  ASSERT_EQ(kill(ledger_.process(), SIGCONT), 0);
  EXPECT_EQ(away.code(), absl::StatusCode::kUnavailable) << away;
  EXPECT_EQ(AdviceOf(away).reason, "LEDGER_AWAY") << away;
  EXPECT_TRUE(testing::Eventually([&] { return client.Head().ok(); }));
}

TEST_F(LedgerDownTest, IsToldTwiceAndListedAmongTheDeliveries) {
  ASSERT_NO_FATAL_FAILURE(StartLedgerWithChannels());
  ASSERT_NO_FATAL_FAILURE(StartNotify(""));
  ASSERT_NO_FATAL_FAILURE(WaitForTheRoute());
  for (std::size_t outage = 1; outage <= 2; ++outage) {
    ledger_.Kill();
    ASSERT_TRUE(Eventually([&] { return Told(kLedgerDown) == outage; }));
    ledger_.Start();
    ASSERT_TRUE(Eventually([&] { return Told(kLedgerBack) == outage && IsSpoolEmpty(); }));
  }
  const auto stub = v1::NotifyService::NewStub(rpc::Connect("127.0.0.1:" + std::to_string(port_)));
  v1::ListDeliveriesResponse response;
  ASSERT_TRUE(Eventually([&] {
    grpc::ClientContext context;
    rpc::Prepare(context, testing::TokenOf("ann"), std::chrono::seconds(20));
    return stub->ListDeliveries(&context, v1::ListDeliveriesRequest(), &response).ok() &&
           response.deliveries_size() == 4;
  })) << response.ShortDebugString();
  for (const auto& delivery : response.deliveries()) {
    EXPECT_EQ(delivery.state(), v1::DELIVERY_STATE_DELIVERED);
    EXPECT_EQ(delivery.attempts(), 1u);
    EXPECT_EQ(delivery.target(), "slack:critical");
    EXPECT_EQ(delivery.branch(), "hq");
  }
  EXPECT_EQ(slack_.got().size(), 4u) << "nothing that was recorded is sent again";
  EXPECT_THAT(slack_.got()[0].body, HasSubstr("ledger_down"));
  notify_->Stop();
}

}  // namespace
}  // namespace hq::notify
