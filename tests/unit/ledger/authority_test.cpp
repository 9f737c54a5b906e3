// The table of who writes what stands here once more, so that a slip in the product's own table is
// seen. The behaviour on requests is in tests/contract.
#include "services/ledger/core/authority.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "common/events/event_name.hpp"
#include "hq/decision/v1/events.pb.h"
#include "services/ledger/core/append.hpp"
#include "tests/support/scenario.hpp"

namespace hq::ledger {
namespace {

TEST(AuthorityTest, EveryCategoryHasTheOwnerThatTheArchitectureNames) {
  const std::map<std::string, std::set<std::string>> expected = {
      {"ledger", {"ledger"}},
      {"decision",
       {"cell", "cell_lock", "kill_switch", "policy", "decision", "approval", "violation"}},
      {"sync",
       {"release", "sync_plan", "rollout", "rollout_fence", "cell_rollout", "conflict", "migration",
        "sync_effect"}},
      {"billing", {"price_book", "budget", "month", "invoice"}},
      {"notify", {"route", "incident", "delivery"}},
  };
  std::map<std::string, std::set<std::string>> actual;
  for (const auto& category : Categories())
    EXPECT_TRUE(actual[std::string(category.owner)].insert(std::string(category.name)).second);
  EXPECT_EQ(actual, expected);
}

TEST(AuthorityTest, OnlySyncsEffectsAreFenced) {
  for (const auto& category : Categories()) {
    const EffectRule expected = category.name == "sync_effect" ? EffectRule::kFenced
                                : category.name == "delivery"  ? EffectRule::kFree
                                                               : EffectRule::kNone;
    EXPECT_EQ(category.effects, expected) << category.name;
  }
}

TEST(AuthorityTest, EntriesBelongToNoService) {
  v1::AppendRequest request;
  auto* append = request.add_appends();
  append->set_stream("entry-koosy");
  append->add_events()->set_branch("koosy");
  append->mutable_events(0)->set_event("page_seen");
  for (const char* service : {"ledger", "decision", "sync", "billing", "notify"})
    EXPECT_EQ(CheckAuthority({service, "service", {}}, request).code(),
              absl::StatusCode::kPermissionDenied);
  EXPECT_TRUE(CheckAuthority({"ann", "hq_admin", {}}, request).ok());
  // A person who happens to be called as a service is none.
  append->set_stream("kill_switch-global");
  EXPECT_EQ(CheckAuthority({"decision", "hq_admin", {}}, request).code(),
            absl::StatusCode::kPermissionDenied);
}

v1::AppendRequest Imported() {
  v1::AppendRequest request;
  auto* append = request.add_appends();
  append->set_stream("entry-koosy");
  append->add_events()->set_branch("koosy");
  append->mutable_events(0)->set_event("deploy_failed");  // A name that an aggregate owns.
  append->mutable_events(0)->set_source_id("TXN-20260118-003");
  append->mutable_events(0)->set_source_line("{}");
  request.set_actor("ann");
  request.set_role("hq_admin");
  return request;
}

TEST(AuthorityTest, TheLedgerImportsForAnHqAdmin) {
  const Appender itself{"ledger", "service", {}};
  EXPECT_TRUE(CheckAuthority(itself, Imported()).ok()) << CheckAuthority(itself, Imported());
  const auto refused = [&itself](auto spoil) {
    v1::AppendRequest request = Imported();
    spoil(request);
    return CheckAuthority(itself, request).code() == absl::StatusCode::kPermissionDenied;
  };
  EXPECT_TRUE(refused([](auto& r) { r.set_role("worker"); }));
  EXPECT_TRUE(refused([](auto& r) { r.clear_actor(); }));
  EXPECT_TRUE(refused([](auto& r) { r.mutable_appends(0)->set_stream("entry-papafly"); }));
  EXPECT_TRUE(refused([](auto& r) { r.mutable_appends(0)->set_stream("cell-koosy"); }));
  EXPECT_TRUE(refused([](auto& r) { r.mutable_appends(0)->set_stream("ledger"); }));
  EXPECT_TRUE(
      refused([](auto& r) { r.mutable_appends(0)->mutable_events(0)->clear_source_line(); }));
  EXPECT_TRUE(refused([](auto& r) { r.mutable_appends(0)->mutable_events(0)->mutable_data(); }));
}

TEST(AuthorityTest, NobodyElseNamesASource) {
  for (const char* field : {"source_id", "source_line"}) {
    v1::AppendRequest request = Imported();
    auto* event = request.mutable_appends(0)->mutable_events(0);
    event->set_event("page_seen");
    event->GetReflection()->ClearField(event, event->GetDescriptor()->FindFieldByName(field));
    for (const Appender& appender :
         {Appender{"ann", "hq_admin", {}}, Appender{"ledger", "hq_admin", {}},
          Appender{"sync", "service", {}}, Appender{"llm-koosy", "llm", {"koosy"}}}) {
      const Status status = CheckAuthority(appender, request);
      EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied) << appender.principal;
      EXPECT_EQ(AdviceOf(status).reason, "SOURCE_NOT_YOURS") << appender.principal;
    }
  }
}

TEST(AuthorityTest, HqAdminsImport) {
  EXPECT_TRUE(CheckImportAuthority({"ann", "hq_admin", {}}).ok());
  for (const char* role : {"service", "worker", "ci", "auditor", "branch_owner", "llm"})
    EXPECT_EQ(CheckImportAuthority({"x", role, {}}).code(), absl::StatusCode::kPermissionDenied);
}

const Appender kAnn{"ann", "hq_admin", {}};

v1::AppendRequest Stop(const std::string& stream, const std::string& branch,
                       const std::string& event) {
  const auto data = testing::Text<decision::v1::KillSwitchEvent>(event);
  v1::AppendRequest request;
  auto* append = request.add_appends();
  append->set_stream(stream);
  auto* added = append->add_events();
  added->set_branch(branch);
  added->set_event(EventNameOf(data));
  added->set_schema_version(1);
  added->mutable_data()->PackFrom(data);
  return request;
}

constexpr const char* kFire = R"(kill_switch_activated { reason: "fire" })";

TEST(AuthorityTest, AnEventThatNobodyDeclaresIsRefused) {
  auto request = Stop("kill_switch-global", "hq", kFire);
  const Appender decision{"decision", "service", {}};
  EXPECT_TRUE(CheckAuthority(decision, request).ok());
  request.mutable_appends(0)->mutable_events(0)->set_event("kill_switch_forgotten");
  const Status refused = CheckAuthority(decision, request);
  EXPECT_EQ(refused.code(), absl::StatusCode::kInvalidArgument) << refused;
  EXPECT_EQ(AdviceOf(refused).reason, "UNKNOWN_EVENT");
}

TEST(EmergencyStopTest, IsAnHqAdminsAlone) {
  const auto everything = Stop("kill_switch-global", "hq", kFire);
  EXPECT_TRUE(CheckAuthority(kAnn, everything).ok());
  EXPECT_TRUE(CheckAuthority(kAnn, Stop("kill_switch-koosy", "koosy", kFire)).ok());
  for (const char* role :
       {"branch_owner", "llm", "worker", "auditor", "accountant", "on_call", "ci", ""})
    EXPECT_EQ(CheckAuthority({"ann", role, {}}, everything).code(),
              absl::StatusCode::kPermissionDenied)
        << role;
  EXPECT_EQ(
      CheckAuthority({"ann", "hq_admin", {"koosy"}}, Stop("kill_switch-koosy", "koosy", kFire))
          .code(),
      absl::StatusCode::kPermissionDenied)
      << "an admin bound to cells is none of the whole fleet";
  for (const char* service : {"sync", "billing", "notify", "ledger"})
    EXPECT_EQ(CheckAuthority({service, "service", {}}, everything).code(),
              absl::StatusCode::kPermissionDenied)
        << service;
}

TEST(EmergencyStopTest, IsOneActivationOfItsOwnStream) {
  struct Row {
    std::string stream, branch, event;
    absl::StatusCode code;
    std::string reason;
  };
  const auto denied = absl::StatusCode::kPermissionDenied;
  const auto invalid = absl::StatusCode::kInvalidArgument;
  const std::string long_reason(501, 'x');
  const std::vector<Row> rows = {
      {"kill_switch-global", "hq", R"(kill_switch_released { reason: "out" })", denied,
       "EVENT_NOT_YOURS"},
      {"kill_switch-global", "koosy", kFire, denied, "EVENT_NOT_YOURS"},
      {"kill_switch-koosy", "hq", kFire, denied, "EVENT_NOT_YOURS"},
      {"kill_switch-koosy", "papafly", kFire, denied, "EVENT_NOT_YOURS"},
      {"kill_switch-hq", "hq", kFire, denied, "EVENT_NOT_YOURS"},
      {"kill_switch-Koosy", "koosy", kFire, denied, "EVENT_NOT_YOURS"},
      {"kill_switch", "hq", kFire, denied, "EVENT_NOT_YOURS"},
      {"cell_lock-koosy", "koosy", kFire, denied, "CATEGORY_NOT_YOURS"},
      {"kill_switch-global", "hq", R"(kill_switch_activated { reason: "x" scope: "koosy" })",
       denied, "EVENT_NOT_YOURS"},
      {"kill_switch-global", "hq", R"(kill_switch_activated { reason: "x" actor: "bob" })", denied,
       "EVENT_NOT_YOURS"},
      {"kill_switch-global", "hq", "kill_switch_activated {}", invalid, "REASON_NEEDED"},
      {"kill_switch-global", "hq", "kill_switch_activated { reason: \"" + long_reason + "\" }",
       invalid, "REASON_NEEDED"},
  };
  for (const Row& row : rows) {
    const Status status = CheckAuthority(kAnn, Stop(row.stream, row.branch, row.event));
    EXPECT_EQ(status.code(), row.code) << row.stream << " " << row.event;
    EXPECT_EQ(AdviceOf(status).reason, row.reason) << row.stream << " " << row.event;
  }
  auto twice = Stop("kill_switch-global", "hq", kFire);
  *twice.mutable_appends(0)->add_events() = twice.appends(0).events(0);
  EXPECT_EQ(CheckAuthority(kAnn, twice).code(), denied);
  auto plain = Stop("kill_switch-global", "hq", kFire);
  plain.mutable_appends(0)->mutable_events(0)->clear_data();
  EXPECT_EQ(CheckAuthority(kAnn, plain).code(), denied);
}

TEST(EmergencyStopTest, IsSignedWithTheCallersName) {
  auto request = Stop("kill_switch-koosy", "koosy", kFire);
  ASSERT_TRUE(CompleteAppend(kAnn, request).ok());
  decision::v1::KillSwitchEvent event;
  ASSERT_TRUE(request.appends(0).events(0).data().UnpackTo(&event));
  EXPECT_EQ(event.kill_switch_activated().actor(), "ann");
  EXPECT_EQ(event.kill_switch_activated().scope(), "koosy");
  EXPECT_EQ(event.kill_switch_activated().reason(), "fire");
  auto of_decision = Stop("kill_switch-koosy", "koosy", kFire);
  ASSERT_TRUE(CompleteAppend({"decision", "service", {}}, of_decision).ok());
  ASSERT_TRUE(of_decision.appends(0).events(0).data().UnpackTo(&event));
  EXPECT_EQ(event.kill_switch_activated().actor(), "") << "a service says itself for whom it acts";
}

}  // namespace
}  // namespace hq::ledger
