// The table of who writes what stands here once more, so that a slip in the product's own table is
// seen. The behaviour on requests is in tests/contract.
#include "services/ledger/core/authority.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>

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

}  // namespace
}  // namespace hq::ledger
