#include "tests/local/forge_fixture.hpp"

#include <fstream>

namespace hq::testing {
namespace {

void WriteFile(const std::string& path, const std::string& content) {
  std::ofstream(path, std::ios::binary) << content;
}

}  // namespace

void ForgeTest::SetUp() {
  WriteFile(folder_ / "hq", std::string(kHqToken) + "\n");
  WriteFile(folder_ / "owner", std::string(kOwnerToken) + "\n");
  MustShell(std::string(HQ_SOURCE_DIR) + "/deploy/local/franchise/seed.sh " + (folder_ / "forge"));
  forge_ = std::make_unique<Program>(
      "hq-forge",
      std::map<std::string, std::string>{{"HQ_FORGE_DATA", folder_ / "forge"},
                                         {"HQ_FORGE_TOKEN_FILE", folder_ / "hq"},
                                         {"HQ_FORGE_OWNER_TOKEN_FILE", folder_ / "owner"},
                                         {"HQ_FORGE_REQUEST_LOG", folder_ / "requests.jsonl"},
                                         {"HQ_FORGE_CHECK_DELAY_MS", "200"},
                                         {"HQ_FORGE_DEPLOY_DELAY_MS", "200"}});
  MustShell("git clone -q " + Koosy() + " " + Clone() + " && git -C " + Clone() +
            " remote set-url origin " + forge_->url() + "/dtslib/koosy.git");
}

void ForgeTest::TearDown() { forge_.reset(); }

void ForgeTest::RestartWith(const std::string& setting, const std::string& value) {
  forge_->Stop();
  forge_->Set(setting, value);
  forge_->Start();
}

RestAnswer ForgeTest::Ask(const std::string& method, const std::string& path,
                          const nlohmann::json& body) const {
  const std::string whole = path.starts_with("/") ? path : "/repos/dtslib/koosy/" + path;
  return AskHttp(method, forge_->url() + whole, body.is_null() ? "" : body.dump(),
                 {"Authorization: Bearer " + std::string(kHqToken),
                  "X-GitHub-Api-Version: 2022-11-28", "Content-Type: application/json"});
}

RestAnswer ForgeTest::Get(const std::string& path, const std::string& host) const {
  std::vector<std::string> headers;
  if (!host.empty()) headers.push_back("Host: " + host);
  return AskHttp("GET", forge_->url() + path, "", headers);
}

ShellResult ForgeTest::Git(const std::string& arguments, const std::string& token) const {
  return Shell("export GIT_TERMINAL_PROMPT=0; git -C " + Clone() +
               " -c user.name=test -c user.email=test@localhost -c http.extraHeader="
               "'Authorization: Bearer " +
               token + "' " + arguments);
}

void ForgeTest::PushTopic(const std::string& branch, const std::string& file,
                          const std::string& content) {
  ASSERT_EQ(Git("fetch -q origin main").exit_code, 0);
  ASSERT_EQ(Git("checkout -q -B work FETCH_HEAD").exit_code, 0);
  WriteFile(Clone() + "/" + file, content);
  ASSERT_EQ(Git("add -A").exit_code, 0);
  ASSERT_EQ(Git("commit -q -m " + branch).exit_code, 0);
  const ShellResult pushed = Git("push -q origin +work:refs/heads/" + branch);
  ASSERT_EQ(pushed.exit_code, 0) << pushed.output;
}

void ForgeTest::PushAsOwner(const std::string& file, const std::string& content) {
  ASSERT_EQ(Git("fetch -q origin main").exit_code, 0);
  ASSERT_EQ(Git("checkout -q -B own FETCH_HEAD").exit_code, 0);
  WriteFile(Clone() + "/" + file, content);
  ASSERT_EQ(Git("add -A").exit_code, 0);
  ASSERT_EQ(Git("commit -q -m own").exit_code, 0);
  const ShellResult pushed = Git("push -q origin own:main", kOwnerToken);
  ASSERT_EQ(pushed.exit_code, 0) << pushed.output;
}

std::int64_t ForgeTest::Open(const std::string& branch) {
  const RestAnswer answer =
      Ask("POST", "pulls", {{"title", branch}, {"head", branch}, {"base", "main"}});
  EXPECT_EQ(answer.status, 201) << answer.text;
  return answer.json.value("number", std::int64_t{0});
}

std::string ForgeTest::MergeableState(std::int64_t number) const {
  return Ask("GET", "pulls/" + std::to_string(number)).json.value("mergeable_state", "");
}

std::string ForgeTest::HeadOf(std::int64_t number) const {
  return Ask("GET", "pulls/" + std::to_string(number)).json["head"].value("sha", "");
}

}  // namespace hq::testing
