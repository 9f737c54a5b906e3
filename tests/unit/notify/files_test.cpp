// channels.json and rules.json: the whitepaper's shapes, and what is refused.
#include "services/notify/api/files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/notify/core/route.hpp"

namespace hq::notify {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr const char* kChannels =
    R"({"kakao":{"hq":"env:KAKAO_HQ_URL","koosy":"env:KAKAO_KOOSY_URL"},
                                      "slack":{"critical":"env:SLACK_CRITICAL_URL"}})";
constexpr const char* kRules = R"({"deploy_failed":["slack:critical","kakao:hq"],
                                   "conflict_detected":["kakao:branch_owner"]})";

TEST(Files, ReadTheWhitepapersShapes) {
  const auto channels = ReadChannels("channels.json", kChannels);
  ASSERT_TRUE(channels.ok()) << channels.status();
  ASSERT_EQ(channels->channels_size(), 3);
  EXPECT_EQ(channels->channels(1).key(), "koosy");
  EXPECT_EQ(channels->channels(2).url_reference(), "env:SLACK_CRITICAL_URL");
  const auto rules = ReadRules("rules.json", kRules);
  ASSERT_TRUE(rules.ok()) << rules.status();
  ASSERT_EQ(rules->rules_size(), 2);
  EXPECT_EQ(rules->rules(0).event(), "conflict_detected");
  EXPECT_EQ(rules->rules(1).targets(1), "kakao:hq");
}

TEST(Files, RefuseAUrlNamingTheFixAndNotTheUrl) {
  for (const char* url :
       {"https://slack.webhook/hq-critical", "https://hooks.slack.com/services/T0/B0/hidden",
        "env:lower", "env:", "", "file:///etc/passwd"}) {
    const auto channels =
        ReadChannels("n/channels.json", std::string(R"({"slack":{"critical":")") + url + "\"}}");
    EXPECT_EQ(channels.status().code(), absl::StatusCode::kInvalidArgument) << url;
    const std::string message(channels.status().message());
    EXPECT_THAT(message, HasSubstr("n/channels.json: $.slack.critical: "));
    EXPECT_THAT(message, HasSubstr("env:"));
    EXPECT_THAT(message, Not(HasSubstr("hidden")));
    EXPECT_THAT(message, Not(HasSubstr("hq-critical")));
  }
  const auto named = ReadChannels("c", R"({"kakao":{"ko-sy":"https://x/y"}})");
  EXPECT_THAT(std::string(named.status().message()), HasSubstr("env:KAKAO_KO_SY_URL"));
}

TEST(Files, RefuseWhatTheyDoNotKnow) {
  const auto channels_fault = [](const std::string& text) {
    return std::string(ReadChannels("c", text).status().message());
  };
  EXPECT_THAT(channels_fault(R"({"slak":{"a":"env:A"}})"), HasSubstr("$.slak: unknown field"));
  EXPECT_THAT(channels_fault("{}"), HasSubstr("no channel at all"));
  EXPECT_THAT(channels_fault(R"({"slack":"env:A"})"), HasSubstr("$.slack: must be an object"));
  EXPECT_THAT(channels_fault(R"({"slack":{"A B":"env:A"}})"), HasSubstr("no channel key"));
  EXPECT_THAT(channels_fault(R"({"kakao":{"branch_owner":"env:A"}})"), HasSubstr("no channel key"));
  EXPECT_THAT(channels_fault(R"({"slack":{"a":"env:A","a":"env:B"}})"), HasSubstr("twice"));

  const auto rules_fault = [](const std::string& text) {
    return std::string(ReadRules("r", text).status().message());
  };
  EXPECT_THAT(rules_fault(R"({"Deploy Failed":["slack:a"]})"), HasSubstr("no event name"));
  EXPECT_THAT(rules_fault(R"({"deploy_failed":"slack:a"})"),
              HasSubstr("$.deploy_failed: must be an array"));
  EXPECT_THAT(rules_fault(R"({"deploy_failed":[]})"), HasSubstr("1 to 20"));
  EXPECT_THAT(rules_fault(R"({"deploy_failed":["slack"]})"),
              HasSubstr("$.deploy_failed[0]: must be kind:key"));
  EXPECT_THAT(rules_fault(R"({"deploy_failed":["mail:ann"]})"), HasSubstr("must be kind:key"));
  EXPECT_THAT(rules_fault(R"({"deploy_failed":[7]})"), HasSubstr("must be kind:key"));
  EXPECT_THAT(rules_fault(R"({"deploy_failed":["slack:a","slack:a"]})"), HasSubstr("twice"));
  EXPECT_THAT(rules_fault(R"({"effect_settled":["slack:a"]})"), HasSubstr("would never end"));
  EXPECT_THAT(rules_fault("[]"), HasSubstr("$: must be an object"));
}

TEST(Route, ChangesNothingWhenNothingChanges) {
  const CommandMeta meta;
  const auto channels = *ReadChannels("c", kChannels);
  const auto rules = *ReadRules("r", kRules);
  Route::State state;
  const auto first = Route::Decide(state, channels, meta);
  ASSERT_TRUE(first.ok());
  ASSERT_EQ(first->size(), 1u);
  const auto with_channels = Route::Fold(state, first->front());
  EXPECT_THAT(*Route::Decide(with_channels, channels, meta), IsEmpty());
  EXPECT_THAT(Route::Changes(state, with_channels),
              ElementsAre("channel kakao:hq added: env:KAKAO_HQ_URL",
                          "channel kakao:koosy added: env:KAKAO_KOOSY_URL",
                          "channel slack:critical added: env:SLACK_CRITICAL_URL"));

  const auto with_rules =
      Route::Fold(with_channels, Route::Decide(with_channels, rules, meta)->front());
  EXPECT_THAT(*Route::Decide(with_rules, rules, meta), IsEmpty());
  EXPECT_THAT(Route::Changes(with_channels, with_rules),
              ElementsAre("rule conflict_detected added: kakao:branch_owner",
                          "rule deploy_failed added: slack:critical, kakao:hq"));
  const auto fewer = *ReadChannels("c", R"({"slack":{"critical":"env:OTHER"}})");
  const auto after = Route::Fold(with_rules, Route::Decide(with_rules, fewer, meta)->front());
  EXPECT_THAT(Route::Changes(with_rules, after),
              ElementsAre("channel slack:critical: env:SLACK_CRITICAL_URL -> env:OTHER",
                          "channel kakao:hq removed", "channel kakao:koosy removed",
                          HasSubstr("note: rule deploy_failed names kakao:hq")));
}

}  // namespace
}  // namespace hq::notify
