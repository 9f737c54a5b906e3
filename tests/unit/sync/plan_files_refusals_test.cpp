// Everything that sync's three files must not say, each refused with file and path.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "services/sync/adapters/plan_files.hpp"

namespace hq::sync {
namespace {

using ::testing::HasSubstr;

using Fields = std::map<std::string, std::string>;

// `more` instead of, or besides, `fields`; an empty value leaves the field out.
std::string Json(Fields fields, const Fields& more) {
  for (const auto& [name, value] : more) fields[name] = value;
  std::string text;
  for (const auto& [name, value] : fields)
    if (!value.empty()) text += (text.empty() ? "" : ", ") + ("\"" + name + "\": ") + value;
  return "{" + text + "}";
}

// The whitepaper's own examples, with fields changed.
std::string SyncPlanJson(const Fields& more = {}) {
  return Json({{"strategy", R"("canary")"},
               {"tiers", R"(["canary", "standard", "incubation"])"},
               {"order", R"(["papafly", "koosy", "*"])"},
               {"onFailure", R"("halt")"},
               {"maxRetries", "3"}},
              more);
}

std::string ConflictJson(const Fields& inner = {}, const Fields& more = {}) {
  const std::string on_conflict = Json({{"label", R"("conflict")"},
                                        {"notify", R"("cell_owner")"},
                                        {"timeoutHours", "72"},
                                        {"escalateTo", R"("hq_admin")"}},
                                       inner);
  return Json({{"priority", R"("cell")"}, {"onConflict", on_conflict}}, more);
}

std::string HealthJson(const Fields& more = {}) {
  return Json({{"endpoints", R"(["https://papafly.dtslib.com", "https://koosy.dtslib.com"])"},
               {"interval", R"("5m")"},
               {"onFailure", R"(["notify", "rollback"])"}},
              more);
}

// INVALID_ARGUMENT, and the message names the file and the place.
void ExpectPlanFault(const std::string& file, const std::string& text, const std::string& place) {
  const auto parsed = ParsePlanFile(file, text);
  EXPECT_EQ(parsed.status().code(), absl::StatusCode::kInvalidArgument) << text;
  const std::string message(parsed.status().message());
  EXPECT_THAT(message, HasSubstr(file)) << text;
  EXPECT_THAT(message, HasSubstr(place)) << text;
}

TEST(PlanFilesRefusals, IntervalsAreSecondsMinutesOrHours) {
  const std::map<std::string, std::int64_t> good{
      {"1s", 1'000}, {"30s", 30'000}, {"5m", 300'000}, {"24h", 86'400'000}};
  for (const auto& [text, interval_ms] : good) {
    const auto event =
        ParsePlanFile("health-check.json", HealthJson({{"interval", "\"" + text + "\""}}));
    ASSERT_TRUE(event.ok()) << event.status();
    EXPECT_EQ(event->health_policy_applied().interval_ms(), interval_ms);
  }
  for (const std::string text : {"", "5", "m", "0s", "-5m", "5 m", "5M", "5mm", "1.5h", "25h", "1d",
                                 "99999999999999999999s"})
    ExpectPlanFault("health-check.json", HealthJson({{"interval", "\"" + text + "\""}}),
                    "$.interval");
}

TEST(PlanFilesRefusals, OfABadSyncPlanByItsPath) {
  const std::string file = "sync/sync-plan.json";
  const std::vector<std::pair<std::string, std::string>> bad{{"strategy", ""},
                                                             {"strategy", R"("blue-green")"},
                                                             {"strategy", "1"},
                                                             {"onFailure", ""},
                                                             {"onFailure", R"("continue")"},
                                                             {"maxRetries", ""},
                                                             {"maxRetries", "11"},
                                                             {"maxRetries", "-1"},
                                                             {"maxRetries", "1.5"},
                                                             {"maxRetries", R"("3")"},
                                                             {"tiers", ""},
                                                             {"tiers", "[]"},
                                                             {"tiers", R"("canary")"},
                                                             {"tiers", R"(["standard", "canary"])"},
                                                             {"tiers", R"(["canary", "canary"])"},
                                                             {"tiers", R"(["canary", "gold"])"},
                                                             {"tiers", R"(["canary", "*"])"},
                                                             {"tiers", R"(["canary", 1])"},
                                                             {"order", ""},
                                                             {"order", "{}"},
                                                             {"order", R"(["*", "*"])"},
                                                             {"order", R"(["papafly", "papafly"])"},
                                                             {"order", R"(["Papa Fly"])"},
                                                             {"order", R"([""])"},
                                                             {"dryRun", "true"}};
  for (const auto& [field, value] : bad)
    ExpectPlanFault(file, SyncPlanJson({{field, value}}), "$." + field);
}

TEST(PlanFilesRefusals, OfABadConflictPolicyByItsPath) {
  const std::string file = "sync/conflict-policy.json";
  ExpectPlanFault(file, ConflictJson({}, {{"priority", R"("hq")"}}), "$.priority");
  ExpectPlanFault(file, ConflictJson({}, {{"onConflict", ""}}), "$.onConflict");
  ExpectPlanFault(file, ConflictJson({}, {{"onConflict", "[]"}}), "$.onConflict");
  ExpectPlanFault(file, ConflictJson({}, {{"more", "1"}}), "$.more");
  const std::vector<std::pair<std::string, std::string>> bad{
      {"label", ""},
      {"label", R"("")"},
      {"label", "\"" + std::string(51, 'x') + "\""},
      {"notify", R"("all")"},
      {"timeoutHours", "0"},
      {"timeoutHours", R"("72")"},
      {"timeoutHours", "8761"},
      {"escalateTo", R"("nobody")"},
      {"force", "true"}};
  for (const auto& [field, value] : bad)
    ExpectPlanFault(file, ConflictJson({{field, value}}), "$.onConflict." + field);
}

TEST(PlanFilesRefusals, OfABadHealthCheckByItsPath) {
  const std::string file = "recovery/health-check.json";
  const std::vector<std::pair<std::string, std::string>> bad{
      {"endpoints", ""},
      {"endpoints", R"("https://koosy.dtslib.com")"},
      {"endpoints", R"(["file:///etc/passwd"])"},
      {"endpoints", R"(["koosy.dtslib.com"])"},
      {"endpoints", R"(["https://)" + std::string(500, 'x') + R"("])"},
      {"interval", "5"},
      {"onFailure", R"(["shrug"])"},
      {"onFailure", R"("notify")"},
      {"retries", "1"}};
  for (const auto& [field, value] : bad)
    ExpectPlanFault(file, HealthJson({{field, value}}), "$." + field);
}

TEST(PlanFilesRefusals, OfWhatIsNoPlainJsonObject) {
  for (const std::string file : {"sync-plan.json", "conflict-policy.json", "health-check.json"})
    for (const std::string text : {"", "null", "[]", "{", R"({"a":1,})", R"({"a":1,"a":1})",
                                   R"({"strategy":"canary"} x)", "\xff"})
      ExpectPlanFault(file, text, file);
  ExpectPlanFault("sync-plan.json", "{" + std::string(1 << 20, ' ') + "}", "sync-plan.json");
}

TEST(PlanFilesRefusals, OfAFileOfSomebodyElse) {
  for (const std::string file : {"", "registry/policy.json", "sync/sync-plan.json/x",
                                 "sync-plan.json.bak", "sync/Sync-Plan.json"}) {
    const auto parsed = ParsePlanFile(file, SyncPlanJson());
    EXPECT_EQ(parsed.status().code(), absl::StatusCode::kInvalidArgument) << file;
    EXPECT_EQ(AdviceOf(parsed.status()).reason, "UNKNOWN_FILE") << file;
  }
}

}  // namespace
}  // namespace hq::sync
