// A delivery's life, its waits, and the text that people get.
#include "services/notify/core/delivery.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hq/sync/v1/events.pb.h"
#include "services/notify/core/notice.hpp"

namespace hq::notify {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const CommandMeta kMeta;

Delivery::State After(Delivery::State state, const Result<Delivery::Events>& events) {
  EXPECT_TRUE(events.ok()) << events.status();
  if (events.ok())
    for (const auto& event : *events) state = Delivery::Fold(std::move(state), event);
  return state;
}

TEST(Delivery, IsIntendedAttemptedSettled) {
  const auto intent = Delivery::IntentOf("id", "slack:ops", v1::Notice());
  EXPECT_EQ(intent.kind(), "slack");
  Delivery::State state;
  EXPECT_TRUE(absl::IsNotFound(Delivery::Decide(state, BeginAttempt{}, kMeta).status()));
  state = After(state, Delivery::Decide(state, intent, kMeta));
  EXPECT_THAT(*Delivery::Decide(state, intent, kMeta), IsEmpty());
  for (std::uint32_t attempt = 1; attempt <= kAttemptsMax; ++attempt) {
    const auto begun = Delivery::Decide(state, BeginAttempt{1'000}, kMeta);
    ASSERT_TRUE(begun.ok());
    EXPECT_EQ(begun->front().effect_attempted().attempt(), attempt);
    EXPECT_EQ(begun->front().effect_attempted().not_after_us(), 1'000);
    state = After(state, begun);
  }
  EXPECT_EQ(AdviceOf(Delivery::Decide(state, BeginAttempt{}, kMeta).status()).reason,
            "ATTEMPTS_SPENT");
  ledger::v1::EffectSettled settled;
  settled.set_succeeded(true);
  state = After(state, Delivery::Decide(state, settled, kMeta));
  EXPECT_THAT(*Delivery::Decide(state, settled, kMeta), IsEmpty());
  EXPECT_THAT(*Delivery::Decide(state, BeginAttempt{}, kMeta), IsEmpty());
}

TEST(Delivery, HasTheSameIdForEver) {
  EXPECT_EQ(Delivery::IdOf("TXN-20260118-003", "slack:critical"),
            Delivery::IdOf("TXN-20260118-003", "slack:critical"));
  EXPECT_NE(Delivery::IdOf("TXN-20260118-003", "slack:critical"),
            Delivery::IdOf("TXN-20260118-003", "slack:ops"));
}

TEST(Backoff, DoublesIsSpreadAndBelievesTheChannel) {
  const milliseconds base(1'000);
  EXPECT_EQ(BackoffAfter(1, base, 0, {}), milliseconds(1'000));
  EXPECT_EQ(BackoffAfter(3, base, 0, {}), milliseconds(4'000));
  EXPECT_EQ(BackoffAfter(3, base, 0.5, {}), milliseconds(3'000));
  EXPECT_EQ(BackoffAfter(60, base, 0, {}), milliseconds(60'000));
  EXPECT_EQ(BackoffAfter(1, base, 0.9, milliseconds(30'000)), milliseconds(30'000));
  EXPECT_EQ(BackoffAfter(1, base, 0, std::chrono::hours(9)), std::chrono::minutes(10));
}

ledger::v1::Record DeployFailedRecord(const std::string& reason) {
  sync::v1::CellRolloutEvent event;
  event.mutable_deploy_failed()->set_reason(reason);
  event.mutable_deploy_failed()->set_release_id("r-3");
  event.mutable_deploy_failed()->set_bad(3);
  ledger::v1::Record record;
  record.set_id("TXN-20260118-003");
  record.set_branch("koosy");
  record.set_event("deploy_failed");
  record.set_actor("ann");
  record.set_role("hq_admin");
  record.mutable_data()->PackFrom(event);
  return record;
}

TEST(Notice, SaysWhatWhereWhyAndWhatToDo) {
  const auto notice = ComposeNotice(DeployFailedRecord("3 of 5 probes failed"));
  EXPECT_EQ(notice.severity(), options::v1::SEVERITY_CRITICAL);
  EXPECT_EQ(notice.txn_id(), "TXN-20260118-003");
  for (const char* part :
       {"[CRITICAL] deploy_failed · koosy · TXN-20260118-003\n", "\nreason: 3 of 5 probes failed\n",
        "release_id: r-3", "bad: 3", "by ann (hq_admin)", "What to do: "})
    EXPECT_THAT(notice.text(), HasSubstr(part));
}

TEST(Notice, IsBoundedAndStaysUtf8) {
  std::string endless;
  for (int i = 0; i < 50'000; ++i) endless += "롤";
  const auto notice = ComposeNotice(DeployFailedRecord(endless));
  EXPECT_LE(notice.text().size(), 3000u);
  EXPECT_THAT(notice.text(), HasSubstr("롤…"));
  EXPECT_THAT(notice.text(), HasSubstr("What to do: "));
}

TEST(Notice, TellsOfPlainEntries) {
  ledger::v1::Record record;
  record.set_id("TXN-20260118-004");
  record.set_branch("koosy");
  record.set_event("cost_limit_exceeded");
  record.set_tokens(1520);
  const auto notice = ComposeNotice(record);
  EXPECT_EQ(notice.severity(), options::v1::SEVERITY_WARNING);
  EXPECT_THAT(notice.text(), HasSubstr("tokens: 1520"));
  EXPECT_THAT(notice.text(), HasSubstr("hqctl usage"));
}

}  // namespace
}  // namespace hq::notify
