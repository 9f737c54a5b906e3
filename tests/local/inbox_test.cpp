// The inbox takes what notify sends and keeps what it acknowledged.
#include <gtest/gtest.h>

#include <fstream>

#include "tests/local/program.hpp"
#include "tests/local/rest_client.hpp"
#include "tests/support/temp_dir.hpp"

namespace hq::testing {
namespace {

class InboxTest : public ::testing::Test {
 protected:
  RestAnswer Post(const std::string& path, const std::string& body) const {
    return AskHttp("POST", inbox_.url() + path, body,
                   {"Content-Type: application/json", "Idempotency-Key: delivery-1"});
  }
  nlohmann::json Messages(const std::string& query = {}) const {
    return AskHttp("GET", inbox_.url() + "/messages" + query).json;
  }

  TempDir folder_;
  Program inbox_{"hq-inbox", {{"HQ_INBOX_DATA", folder_ / "inbox"}}};
};

TEST_F(InboxTest, AnswersAsSlackAndAsAWebhook) {
  EXPECT_EQ(Post("/slack/critical", R"({"text":"down"})").text, "ok");
  EXPECT_EQ(Post("/slack/critical", R"({"text":""})").text, "invalid_payload");
  EXPECT_EQ(Post("/slack/critical", "down").status, 400);
  EXPECT_EQ(Post("/webhook/kakao-hq", R"(["any"])").json, (nlohmann::json{{"ok", true}}));
  EXPECT_EQ(Post("/webhook/kakao-hq", "{").status, 400);
  EXPECT_EQ(Post("/slack/a/b", R"({"text":"x"})").status, 404);
  const auto messages = Messages("?box=slack/critical");
  ASSERT_EQ(messages.size(), 1u);
  EXPECT_EQ(messages[0]["body"]["text"], "down");
  EXPECT_EQ(messages[0]["headers"]["idempotency-key"], "delivery-1");
  EXPECT_EQ(Messages().size(), 2u);
}

TEST_F(InboxTest, KeepsItsMessagesWhenKilledAndCutsOffATornOne) {
  Post("/slack/ops", R"({"text":"one"})");
  inbox_.Kill();
  std::ofstream(folder_ / "inbox/messages.jsonl", std::ios::app) << R"({"box":"slack/o)";
  inbox_.Set("HQ_INBOX_FAIL_FIRST", "1");
  inbox_.Start();
  const RestAnswer refused = Post("/slack/ops", R"({"text":"two"})");
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(refused.headers.at("retry-after"), "1");
  EXPECT_EQ(Post("/slack/ops", R"({"text":"two"})").status, 200);
  EXPECT_EQ(Messages().size(), 2u);
}

}  // namespace
}  // namespace hq::testing
