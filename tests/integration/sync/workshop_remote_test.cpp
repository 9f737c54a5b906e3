// What the workshop fetches, reads and pushes, and above all what it refuses to push.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/integration/sync/workshop_fixture.hpp"

namespace hq::sync {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Takes connections and never says a word.
class SilentServer {
 public:
  SilentServer() : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    bind(socket_, reinterpret_cast<const sockaddr*>(&address), size);
    listen(socket_, 16);
    getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
  }
  ~SilentServer() { close(socket_); }
  SilentServer(const SilentServer&) = delete;
  SilentServer& operator=(const SilentServer&) = delete;

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

 private:
  int socket_;
  int port_ = 0;
};

TEST_F(WorkshopTest, ReadsAReleaseWithoutItsManifest) {
  hq_.Put("site/hq-release.json", "{\"release\":\"left over\"}");
  const auto release = Release("release-1");
  std::vector<std::string> paths;
  for (const auto& entry : release.entries) paths.push_back(entry.path);
  EXPECT_THAT(paths, ElementsAre("assets/hq.css", "content/welcome.html", "index.html"));
  EXPECT_EQ(release.tree, base_.tree);
  EXPECT_EQ(release.manifest_bytes, kManifest);
  EXPECT_EQ(release.manifest.rules.size(), 2u);
  EXPECT_EQ(release.entries[0].mode, 0100644u);
  EXPECT_EQ(release.entries[0].sha256.size(), 32u);
}

TEST_F(WorkshopTest, RefusesWhatCannotBeReleased) {
  const auto read = [this] {
    hq_.Commit();
    return workshop_->ReadRelease(*workshop_->FetchHq("main")).status();
  };
  hq_.Put("site/data.json", "{");
  EXPECT_EQ(read().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(read().message()), HasSubstr("data.json"));
  hq_.Remove("site/data.json");
  std::filesystem::create_symlink("/etc/passwd", (folder_ / "dtslib/hq.git.work/site/") + "link");
  EXPECT_EQ(read().code(), absl::StatusCode::kFailedPrecondition);
  hq_.Remove("site/link");
  hq_.Put("site/hq-manifest.json", "{\"paths\":[{\"path\":\"a\"}]}");
  EXPECT_EQ(read().code(), absl::StatusCode::kInvalidArgument);
  hq_.Remove("site/hq-manifest.json");
  EXPECT_EQ(read().code(), absl::StatusCode::kFailedPrecondition);
  hq_.Remove("site");
  hq_.Put("README", "no site");
  EXPECT_EQ(read().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(WorkshopTest, FindsWhatHqHasAndNothingElse) {
  const std::string tagged = *workshop_->FetchHq("release-0");
  hq_.Put("README", "more");
  const std::string head = hq_.Commit();
  hq_.Git("tag -a annotated -m annotated");
  EXPECT_EQ(*workshop_->FetchHq(""), head);
  EXPECT_EQ(*workshop_->FetchHq("main"), head);
  EXPECT_EQ(*workshop_->FetchHq("annotated"), head);
  EXPECT_EQ(*workshop_->FetchHq(tagged), tagged);
  EXPECT_TRUE(workshop_->PinRelease("r-1", head).ok());
  EXPECT_TRUE(workshop_->PinRelease("r-1", tagged).ok()) << "pinned before: harmless";
  for (const std::string ref : {"release-9", "release-0^", "../main", "a b", "-x", "HEAD~1"})
    EXPECT_EQ(workshop_->FetchHq(ref).status().code(), absl::StatusCode::kNotFound) << ref;
  // A cell's objects are in the same store, and are not HQ's for that.
  EXPECT_EQ(workshop_->FetchHq(CellHead()).status().code(), absl::StatusCode::kNotFound);
  hq_.Git("tag -d annotated");
  EXPECT_EQ(workshop_->FetchHq("annotated").status().code(), absl::StatusCode::kNotFound);
}

TEST_F(WorkshopTest, KnowsWhichReleaseACommitNames) {
  EXPECT_EQ(*workshop_->ReleaseOf(CellHead()), "seed");
  cell_.Put("hq-release.json", "not json");
  cell_.Commit();
  EXPECT_EQ(*workshop_->ReleaseOf(CellHead()), "");
  cell_.Remove("hq-release.json");
  cell_.Commit();
  EXPECT_EQ(*workshop_->ReleaseOf(CellHead()), "");
  EXPECT_EQ(workshop_->ReleaseOf(std::string(40, '0')).status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_EQ(workshop_->TreeOf("HEAD").status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(WorkshopTest, PushesTopicBranchesAndNothingElse) {
  const std::string head = CellHead();
  const std::string commit =
      *workshop_->Commit(*workshop_->TreeOf(head), head, "pushed", FromMicros(0));
  const std::string before = cell_.Git("show-ref");
  for (const std::string branch : {"main", "", "hq", "hq/", "hq/../main", "refs/heads/main",
                                   "hq/a:refs/heads/main", "hq/a b", "+hq/a", "hq/a..b"})
    EXPECT_EQ(workshop_->Push(cell_.path(), branch, commit, "").code(),
              absl::StatusCode::kInvalidArgument)
        << branch;
  EXPECT_EQ(workshop_->Push(cell_.path(), "hq/a", "HEAD", "").code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(workshop_->Push(cell_.path(), "hq/a", commit, "--mirror").code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(cell_.Git("show-ref"), before);
  EXPECT_TRUE(workshop_->Push(cell_.path(), "hq/r-1", commit, "").ok());
  EXPECT_EQ(*workshop_->RemoteBranch(cell_.path(), "hq/r-1"), commit);
  EXPECT_EQ(*workshop_->RemoteBranch(cell_.path(), "r-1"), "");
  EXPECT_EQ(cell_.Git("rev-parse main"), head);
}

TEST_F(WorkshopTest, NeverOverwritesWhatItDidNotExpect) {
  const std::string head = CellHead();
  const std::string tree = *workshop_->TreeOf(head);
  const std::string first = *workshop_->Commit(tree, head, "first", FromMicros(0));
  const std::string second = *workshop_->Commit(tree, head, "second", FromMicros(0));
  const auto push = [&](const std::string& commit, const std::string& expected) {
    return workshop_->Push(cell_.path(), "hq/r-1", commit, expected).code();
  };
  EXPECT_EQ(push(first, second), absl::StatusCode::kFailedPrecondition) << "there is nothing";
  EXPECT_EQ(push(first, ""), absl::StatusCode::kOk);
  EXPECT_EQ(push(first, ""), absl::StatusCode::kOk) << "pushed already";
  EXPECT_EQ(push(second, ""), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(push(second, head), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(*workshop_->RemoteBranch(cell_.path(), "hq/r-1"), first);
  EXPECT_EQ(push(second, first), absl::StatusCode::kOk);
  EXPECT_EQ(*workshop_->RemoteBranch(cell_.path(), "hq/r-1"), second);
}

TEST_F(WorkshopTest, EndsAtItsDeadline) {
  const SilentServer server;
  const std::string head = CellHead();
  GitWorkshop::Settings settings;
  settings.folder = folder_ / "workshop";
  settings.hq_repo = hq_.path();
  settings.git_base_url = server.url();
  settings.token = "a-token";
  settings.deadline = std::chrono::milliseconds(300);
  const auto hasty = *GitWorkshop::Open(settings);
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(hasty->FetchCell("koosy", "dtslib/koosy").status().code(),
            absl::StatusCode::kUnavailable);
  EXPECT_EQ(hasty->Push("dtslib/koosy", "hq/r-1", head, "").code(),
            absl::StatusCode::kDeadlineExceeded)
      << "it may have been taken";
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));
}

TEST_F(WorkshopTest, SaysWhatIsNotThere) {
  EXPECT_EQ(workshop_->FetchCell("koosy", folder_ / "dtslib/nobody.git").status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_EQ(workshop_->FetchCell("koosy", "https://u:p@host/a/b").status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(workshop_->FetchCell("../koosy", cell_.path()).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(workshop_->FetchCell("koosy", "http://127.0.0.1:1/a/b").status().code(),
            absl::StatusCode::kUnavailable);
}

TEST_F(WorkshopTest, TakesAwayTheLocksOfTheDead) {
  CellHead();
  const std::string lock = folder_ / "workshop/refs/cells/koosy/HEAD.lock";
  std::ofstream(lock) << "left by a killed git";
  std::filesystem::last_write_time(
      lock, std::filesystem::file_time_type::clock::now() - std::chrono::hours(1));
  cell_.Put("index.html", Page({{1, "moved on"}}));
  const std::string head = cell_.Commit();
  EXPECT_EQ(CellHead(), head);
}

}  // namespace
}  // namespace hq::sync
