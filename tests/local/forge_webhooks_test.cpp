// The forge tells of opened and closed pull requests, signed as GitHub signs.
#include <absl/strings/escaping.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <fstream>

#include "tests/local/forge_fixture.hpp"

namespace hq::testing {
namespace {

using nlohmann::json;

class ForgeWebhooks : public ForgeTest {};

std::string SignatureOf(const std::string& body, const std::string& secret) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(body.data()), body.size(), digest, &size);
  return "sha256=" +
         absl::BytesToHexString(absl::string_view(reinterpret_cast<const char*>(digest), size));
}

TEST_F(ForgeWebhooks, SendsSignedEventsForOpenedAndClosed) {
  Program inbox("hq-inbox", {{"HQ_INBOX_DATA", folder_ / "inbox"}});
  std::ofstream(folder_ / "secret") << "webhook-secret\n";
  forge_->Stop();
  forge_->Set("HQ_FORGE_WEBHOOK_URL", inbox.url() + "/webhook/forge");
  forge_->Set("HQ_FORGE_WEBHOOK_SECRET_FILE", folder_ / "secret");
  forge_->Start();
  PushTopic("hq/one", "data/news.json", "{}");
  Open("hq/one");
  Ask("PATCH", "pulls/1", {{"state", "closed"}});
  const auto messages = [&inbox] { return AskHttp("GET", inbox.url() + "/messages").json; };
  ASSERT_TRUE(Until([&] { return messages().size() == 2; }));
  std::vector<std::string> actions;
  for (const json& message : messages()) {
    actions.push_back(message["body"]["action"]);
    EXPECT_EQ(message["body"]["repository"]["full_name"], "dtslib/koosy");
    EXPECT_EQ(message["headers"]["x-github-event"], "pull_request");
    EXPECT_EQ(message["headers"]["x-hub-signature-256"],
              SignatureOf(message["body"].dump(), "webhook-secret"));
  }
  EXPECT_EQ(actions, (std::vector<std::string>{"opened", "closed"}));
}

}  // namespace
}  // namespace hq::testing
