// What the view makes of records: who is to be told by the rules in force at that moment, and how
// far that has come.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hq/decision/v1/events.pb.h"
#include "hq/sync/v1/events.pb.h"
#include "services/notify/api/files.hpp"
#include "services/notify/core/delivery.hpp"
#include "services/notify/views/all.hpp"
#include "tests/support/scenario.hpp"
#include "tests/support/view_feeder.hpp"

namespace hq::notify {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class DeliveriesTest : public ::testing::Test {
 protected:
  void ApplyChannels(const std::string& json) {
    v1::RouteEvent event;
    *event.mutable_channels_applied() = *ReadChannels("c", json);
    feeder_.Feed("route", "hq", event);
  }
  void ApplyRules(const std::string& json) {
    v1::RouteEvent event;
    *event.mutable_rules_applied() = *ReadRules("r", json);
    feeder_.Feed("route", "hq", event);
  }
  void FeedRecord(const std::string& id, const std::string& stream, const std::string& branch,
                  const google::protobuf::Message& event) {
    ledger::v1::Record record;
    record.set_id(id);
    record.set_stream(stream);
    record.set_branch(branch);
    record.set_event(EventNameOf(event));
    record.mutable_data()->PackFrom(event);
    feeder_.Feed(std::move(record));
  }
  // A plain entry; imported, if it has a line that it comes from.
  void FeedEntry(const std::string& event, const std::string& source_line) {
    ledger::v1::Record record;
    record.set_id("TXN-20260118-003");
    record.set_stream("entry-koosy");
    record.set_branch("koosy");
    record.set_event(event);
    record.set_source_line(source_line);
    feeder_.Feed(std::move(record));
  }
  void FeedConflict(const std::string& id, const std::string& branch) {
    FeedRecord(
        id, "cell_rollout-x." + branch, branch,
        testing::Text<sync::v1::CellRolloutEvent>(R"(conflict_detected { paths: "index.html" })"));
  }
  void FeedEffect(const std::string& id, const std::string& text) {
    feeder_.Feed("delivery-" + id, "hq", testing::Text<ledger::v1::EffectEvent>(text));
  }
  std::vector<std::string> PendingTargets() const {
    std::vector<std::string> targets;
    for (const auto& pending : views_.deliveries.Pending(100))
      targets.push_back(pending.delivery.txn_id() + " " + pending.intended.target());
    return targets;
  }
  std::vector<v1::Delivery> Newest(const std::string& branch = "") const {
    return views_.deliveries.Newest(
        branch, "", [](const std::string&) { return true; }, 100);
  }

  testing::ScratchDatabase database_;
  AllViews views_{*database_};
  testing::ViewFeeder feeder_{*database_, views_.List()};
};

constexpr const char* kSomeChannels =
    R"({"kakao":{"hq":"env:H","koosy":"env:K"},"slack":{"ops":"env:O"}})";

TEST_F(DeliveriesTest, UsesTheRulesInForceAtThatMoment) {
  FeedConflict("TXN-1", "koosy");  // No channels yet: nobody can be told.
  ApplyChannels(kSomeChannels);
  FeedConflict("TXN-2", "koosy");
  ApplyRules(R"({"conflict_detected":["kakao:branch_owner"]})");
  FeedConflict("TXN-3", "koosy");
  ApplyRules(R"({"conflict_detected":["kakao:hq","slack:ops"]})");
  FeedConflict("TXN-4", "koosy");
  EXPECT_THAT(PendingTargets(), ElementsAre("TXN-2 slack:ops", "TXN-3 kakao:koosy",
                                            "TXN-4 kakao:hq", "TXN-4 slack:ops"));
  EXPECT_EQ(views_.deliveries.UrlReferenceOf("kakao:koosy"), "env:K");
  EXPECT_EQ(views_.deliveries.UrlReferenceOf("kakao:nobody"), std::nullopt);
}

TEST_F(DeliveriesTest, WakesNobodyForAnImportedEntry) {
  ApplyChannels(kSomeChannels);
  ApplyRules(R"({"deploy_failed":["slack:ops"]})");
  FeedEntry("deploy_failed", "{}");
  EXPECT_THAT(PendingTargets(), IsEmpty());
  FeedEntry("deploy_failed", "");
  EXPECT_THAT(PendingTargets(), ElementsAre("TXN-20260118-003 slack:ops"));
}

// Outsiders may give theirs any name.
TEST_F(DeliveriesTest, TakesNoEntryForARestoreOfTheLedger) {
  ApplyChannels(kSomeChannels);
  ApplyRules(R"({"deploy_failed":["slack:ops"]})");
  FeedEntry("epoch_started", "{}");
  FeedEntry("deploy_failed", "");
  EXPECT_THAT(PendingTargets(), ElementsAre("TXN-20260118-003 slack:ops"));
}

TEST_F(DeliveriesTest, KnowsOwnersAndSaysWhenThereIsNone) {
  ApplyChannels(R"({"kakao":{"hq":"env:H","dimas":"env:D"}})");
  ApplyRules(R"({"conflict_detected":["kakao:branch_owner"]})");
  FeedConflict("TXN-1", "papafly");
  FeedRecord("TXN-2", "cell-papafly", "papafly",
             testing::Text<decision::v1::CellEvent>(
                 R"(cell_registered { cell { id: "papafly" owner: "dimas" } })"));
  FeedConflict("TXN-3", "papafly");
  EXPECT_THAT(PendingTargets(), ElementsAre("TXN-1 kakao:hq", "TXN-3 kakao:dimas"));
  const auto pending = views_.deliveries.Pending(100);
  ASSERT_TRUE(pending[0].unresolved);
  EXPECT_EQ(pending[0].unresolved->target(), "kakao:branch_owner");
  EXPECT_FALSE(pending[1].unresolved);
}

TEST_F(DeliveriesTest, FollowsADeliveryToItsEnd) {
  ApplyChannels(kSomeChannels);
  FeedConflict("TXN-1", "koosy");
  FeedConflict("TXN-2", "haneul");
  const std::string id = Delivery::IdOf("TXN-1", "slack:ops");
  ASSERT_EQ(views_.deliveries.Pending(100).front().delivery.id(), id);

  FeedEffect(id, R"(effect_intended { effect_key: "x" target: "slack:ops" payload: "frozen" })");
  EXPECT_EQ(views_.deliveries.Pending(100).front().intended.payload(), "frozen");
  FeedEffect(id, "effect_attempted { attempt: 2 }");
  EXPECT_EQ(views_.deliveries.Pending(100).front().delivery.attempts(), 2u);
  FeedEffect(id, R"(effect_settled { error: "HTTP 404" })");
  EXPECT_THAT(PendingTargets(), ElementsAre("TXN-2 slack:ops"));
  FeedEffect(Delivery::IdOf("TXN-2", "slack:ops"), "effect_settled { succeeded: true }");
  EXPECT_THAT(PendingTargets(), IsEmpty());

  const auto newest = Newest();
  ASSERT_EQ(newest.size(), 2u);
  EXPECT_EQ(newest[0].txn_id(), "TXN-2");
  EXPECT_EQ(newest[0].state(), v1::DELIVERY_STATE_DELIVERED);
  EXPECT_EQ(newest[1].state(), v1::DELIVERY_STATE_FAILED);
  EXPECT_EQ(newest[1].error(), "HTTP 404");
  EXPECT_EQ(Newest("haneul").size(), 1u);
  EXPECT_EQ(Newest("bari").size(), 0u);
  EXPECT_THAT(views_.deliveries.Newest(
                  "", "", [](const std::string& cell) { return cell == "koosy"; }, 9),
              ::testing::SizeIs(1));
}

}  // namespace
}  // namespace hq::notify
