// HQ's token on its way to the forge: sent to the forge's own address only, and on no command line.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <mutex>
#include <sstream>
#include <thread>

#include "deploy/local/http_server/server.hpp"
#include "services/sync/adapters/git_workshop.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/temp_dir.hpp"

namespace hq::sync {
namespace {

using ::testing::Contains;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr char kToken[] = "a-very-secret-token";
// "x-access-token:" and the token, as basic authentication writes it.
constexpr char kBasic[] = "Basic eC1hY2Nlc3MtdG9rZW46YS12ZXJ5LXNlY3JldC10b2tlbg==";

class TokenTest : public ::testing::Test {
 protected:
  void SetUp() override {
    http_server::Server::Options options;
    options.listen = "127.0.0.1:0";
    auto server = http_server::Server::Listen(options, [this](const http_server::Request& request) {
      std::unique_lock lock(mutex_);
      authorizations_.push_back(request.Header("authorization"));
      may_answer_.wait(lock, [this] { return !is_held_; });
      return http_server::Response{404, {}, ""};
    });
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    thread_ = std::jthread([this](std::stop_token stop) { server_->Run(stop); });
  }

  void Hold(bool is_held) {
    const std::lock_guard lock(mutex_);
    is_held_ = is_held;
    may_answer_.notify_all();
  }

  std::string url() const { return "http://127.0.0.1:" + std::to_string(server_->port()); }

  std::unique_ptr<GitWorkshop> OpenWorkshop(const std::string& base_url) const {
    GitWorkshop::Settings settings;
    settings.folder = folder_ / "workshop";
    settings.hq_repo = "dtslib/hq";
    settings.git_base_url = base_url;
    settings.token = kToken;
    auto opened = GitWorkshop::Open(settings);
    EXPECT_TRUE(opened.ok()) << opened.status();
    return *std::move(opened);
  }

  // The command lines of all processes that mention our server.
  std::vector<std::string> CommandLines() const {
    std::vector<std::string> lines;
    for (const auto& process : std::filesystem::directory_iterator("/proc")) {
      std::ifstream file(process.path() / "cmdline", std::ios::binary);
      std::ostringstream line;
      line << file.rdbuf();
      if (line.str().find(url()) != std::string::npos) lines.push_back(line.str());
    }
    return lines;
  }

  testing::TempDir folder_;
  std::mutex mutex_;
  std::condition_variable may_answer_;
  bool is_held_ = false;
  std::vector<std::string> authorizations_;
  std::unique_ptr<http_server::Server> server_;
  std::jthread thread_;  // The last: it ends before what it uses.
};

TEST_F(TokenTest, GoesToTheForgeAndNowhereElse) {
  EXPECT_FALSE(OpenWorkshop(url())->FetchCell("koosy", "dtslib/koosy").ok());
  EXPECT_THAT(authorizations_, Contains(kBasic));
  authorizations_.clear();
  const auto elsewhere = OpenWorkshop("http://127.0.0.1:1");
  EXPECT_FALSE(elsewhere->FetchCell("koosy", url() + "/dtslib/koosy.git").ok());
  EXPECT_FALSE(elsewhere->RemoteBranch(url() + "/dtslib/koosy.git", "hq/r-1").ok());
  EXPECT_THAT(authorizations_, Not(IsEmpty()));
  EXPECT_THAT(authorizations_, Each(""));
}

TEST_F(TokenTest, IsOnNoCommandLine) {
  Hold(true);
  const auto workshop = OpenWorkshop(url());
  std::jthread fetch([&] { EXPECT_FALSE(workshop->FetchCell("koosy", "dtslib/koosy").ok()); });
  std::vector<std::string> lines;
  EXPECT_TRUE(testing::Eventually([&] {
    lines = CommandLines();
    return !lines.empty();
  }));
  Hold(false);
  EXPECT_THAT(lines, Each(Not(HasSubstr(kToken))));
  EXPECT_THAT(lines, Each(Not(HasSubstr(std::string(kBasic).substr(6)))));
}

}  // namespace
}  // namespace hq::sync
