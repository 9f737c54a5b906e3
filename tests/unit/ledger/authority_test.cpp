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

}  // namespace
}  // namespace hq::ledger
