// Somebody is away for a while in the middle of a rollout: NATS, the forge, the ledger, decision.
// What needs them waits, nothing is lost, and nobody has to be started again but the one who was
// away.
#include <gtest/gtest.h>

#include <algorithm>

#include "common/http/client.hpp"
#include "tests/demo/stage.hpp"
#include "tests/support/temp_dir.hpp"

namespace hq::demo {
namespace {

constexpr int kUnavailable = 6;  // hqctl's exit code.

class Away : public ::testing::Test {
 protected:
  // A rollout of release 1 to five cells, with short delays, until the canary serves it.
  void SetUp() override {
    const std::map<std::string, runtime::Environment> short_delays = {
        {"forge", {{"HQ_FORGE_CHECK_DELAY_MS", "50"}, {"HQ_FORGE_DEPLOY_DELAY_MS", "50"}}},
        {"sync", {{"HQ_POLL_MS", "50"}, {"HQ_PROBE_INTERVAL_MS", "20"}}}};
    auto opened = Stage::Open(directory_.path(), HQ_BIN_DIR, short_delays);
    ASSERT_TRUE(opened.ok()) << opened.status();
    stage_ = *std::move(opened);
    const std::string franchise = std::string(HQ_SOURCE_DIR) + "/deploy/local/franchise";
    ASSERT_TRUE(stage_->people->Do("ann", {"apply", franchise}).ok());
    ASSERT_TRUE(stage_->people->Do("ann", {"release", "create", "--ref", "release-0"}).ok());
    const auto planned = stage_->Plan("release-1");
    ASSERT_TRUE(planned.ok()) << planned.status();
    rollout_ = *planned;
    ASSERT_TRUE(stage_->people->Do("ann", {"rollout", "start", rollout_}).ok());
    ASSERT_TRUE(stage_
                    ->Await("the canary serves it",
                            [this] {
                              return stage_->sites->ReleaseOf("papafly") ==
                                     stage_->releases["release-1"];
                            })
                    .ok());
    for (const std::string& name : house::Blueprint::Names())
      processes_[name] = stage_->house->ProcessOf(name);
  }

  void TakeAway(const std::string& name) {
    const Status killed = stage_->house->Kill(name);
    ASSERT_TRUE(killed.ok()) << killed;
    processes_.erase(name);
  }

  void BringBack(const std::string& name) {
    const Status launched = stage_->house->Launch(name);
    ASSERT_TRUE(launched.ok()) << launched;
  }

  // What a service's metrics say of that name; 0 where they do not say it.
  double MetricOf(const std::string& service, const std::string& name) const {
    http::Request request;
    request.url = "http://" + stage_->house->AddressOf(service + "-metrics") + "/metrics";
    const auto page = http::Client().Send(request);
    if (!page.ok()) return 0;
    const std::string line = "\n" + name + " ";
    const auto at = page->body.find(line);
    return at == std::string::npos ? 0 : std::stod(page->body.substr(at + line.size()));
  }

  // Until sync has tried its step many times in vain: the others live on, although somebody is
  // away.
  void ExpectPatience() {
    constexpr double kTries = 20;
    const double before = MetricOf("sync", "hq_rollout_steps_total");
    const Status tried = stage_->Await("sync tries again and again", [&] {
      return MetricOf("sync", "hq_rollout_steps_total") >= before + kTries;
    });
    EXPECT_TRUE(tried.ok()) << tried;
    ExpectTheSameProcesses();
  }

  // Until notify misses the ledger, which takes a few looks.
  void ExpectTheLedgerIsMissed() {
    const Status missed = stage_->Await("notify misses the ledger", [&] {
      return MetricOf("notify", "hq_notify_ledger_down") > 0;
    });
    EXPECT_TRUE(missed.ok()) << missed;
    ExpectTheSameProcesses();
  }

  void ExpectTheSameProcesses() {
    for (const auto& [name, process] : processes_) {
      EXPECT_TRUE(stage_->house->IsRunning(name)) << name;
      EXPECT_EQ(stage_->house->ProcessOf(name), process) << name;
    }
  }

  void ExpectCompletion() {
    const auto completed = stage_->AwaitPhase(rollout_, "COMPLETED");
    ASSERT_TRUE(completed.ok()) << completed.status();
    const std::string release = stage_->releases["release-1"];
    EXPECT_TRUE(stage_->AllServe(stage_->Cells(), release));
    for (const std::string& cell : stage_->Cells())
      EXPECT_EQ(stage_->forge->PullsOpened(cell, "hq/" + release), 1) << cell;
    ExpectTheSameProcesses();
  }

  void ExpectAWellEnd() {
    const Status ended = stage_->house->StopAll();
    EXPECT_TRUE(ended.ok()) << ended;
  }

  testing::TempDir directory_;
  std::unique_ptr<Stage> stage_;
  std::string rollout_;
  std::map<std::string, pid_t> processes_;
};

TEST_F(Away, NatsIsNotNeededForARolloutAndTellsTheNewsWhenItIsBack) {
  const auto outsider = Subscriber::To("hq.events.>", stage_->NatsLogin("subscriber"));
  ASSERT_TRUE(outsider.ok()) << outsider.status();
  TakeAway("nats");
  ExpectCompletion();
  BringBack("nats");
  const auto head = stage_->LedgerHead();
  ASSERT_TRUE(head.ok()) << head.status();
  const Status announced = stage_->Await("all that happened is announced", [&] {
    return MetricOf("ledger", "hq_ledger_announced_position") >= static_cast<double>(*head);
  });
  EXPECT_TRUE(announced.ok()) << announced;
  // Plain NATS has no memory: whoever comes back later than the ledger has missed that, and hears
  // what is new from then on.
  const Status heard = stage_->Await("the subscriber hears the news again", [&] {
    for (const char* command : {"lock", "unlock"})
      EXPECT_TRUE(stage_->people->Look("ann", {command, "bari", "--reason", "news"}).ok());
    return (*outsider)->HasHeard("bari", "cell_locked");
  });
  EXPECT_TRUE(heard.ok()) << heard;
  ExpectAWellEnd();
}

TEST_F(Away, TheForgeComesBackAndTheRolloutGoesOn) {
  TakeAway("forge");
  ExpectPatience();
  BringBack("forge");
  ExpectCompletion();
  ExpectAWellEnd();
}

TEST_F(Away, WithoutTheLedgerCommandsSayUnavailableAndNothingIsLost) {
  const auto before = stage_->RecordsAfter(0);
  ASSERT_TRUE(before.ok()) << before.status();
  TakeAway("ledger");
  const auto refused = stage_->people->Type(
      "ann", {"--timeout", "3", "lock", "bari", "--reason", "nobody will hear of this"});
  ASSERT_TRUE(refused.ok()) << refused.status();
  EXPECT_EQ(refused->exit_code, kUnavailable) << refused->errors;
  ExpectTheLedgerIsMissed();
  BringBack("ledger");
  ExpectCompletion();
  const auto after = stage_->RecordsAfter(0);
  ASSERT_TRUE(after.ok()) << after.status();
  ASSERT_GE(after->size(), before->size());
  for (std::size_t i = 0; i < before->size(); ++i)
    ASSERT_EQ((*after)[i].bytes, (*before)[i].bytes) << "position " << i + 1;
  ExpectAWellEnd();
}

TEST_F(Away, WithoutDecisionNothingEntersAndTheRolloutWaits) {
  TakeAway("decision");
  const auto attempts = [this] {
    const auto records = stage_->RecordsAfter(0);
    EXPECT_TRUE(records.ok()) << records.status();
    return !records.ok() ? 0 : std::count_if(records->begin(), records->end(), [](const auto& one) {
      return one.record.event() == "effect_attempted" &&
             one.record.stream().starts_with("sync_effect-");
    });
  };
  const auto before = attempts();
  ExpectPatience();
  EXPECT_LE(attempts(), before + 1) << "one may have had its verdict already";
  BringBack("decision");
  ExpectCompletion();
  ExpectAWellEnd();
}

}  // namespace
}  // namespace hq::demo
