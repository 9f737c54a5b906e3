#include "tests/demo/repositories.hpp"

#include <algorithm>

#include "deploy/local/house/files.hpp"
#include "tests/demo/command.hpp"

namespace hq::demo {
namespace {

constexpr std::chrono::seconds kGitPatience(30);

Result<std::string> RunGit(const house::House& house, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "/usr/bin/git");
  const runtime::Environment environment = {
      {"PATH", "/usr/bin:/bin"},           {"HOME", house.directory().string()},
      {"GIT_CONFIG_GLOBAL", "/dev/null"},  {"GIT_CONFIG_NOSYSTEM", "1"},
      {"GIT_AUTHOR_NAME", "DTSLIB HQ"},    {"GIT_AUTHOR_EMAIL", "hq@dtslib.com"},
      {"GIT_COMMITTER_NAME", "DTSLIB HQ"}, {"GIT_COMMITTER_EMAIL", "hq@dtslib.com"}};
  HQ_ASSIGN_OR_RETURN(auto outcome,
                      RunCommand(arguments, environment, house.directory(), kGitPatience));
  if (outcome.exit_code != 0) return absl::InternalError("git: " + outcome.errors);
  return std::move(outcome.output);
}

std::filesystem::path FolderOf(const house::House& house, const std::string& name) {
  return house.directory() / "forge" / "repos" / "dtslib" / (name + ".git");
}

}  // namespace

Result<std::string> Repositories::Git(const std::string& name,
                                      const std::vector<std::string>& arguments) const {
  std::vector<std::string> all = {"--git-dir=" + FolderOf(house_, name).string()};
  all.insert(all.end(), arguments.begin(), arguments.end());
  return RunGit(house_, all);
}

std::string Repositories::HeadOf(const std::string& name) const {
  return Git(name, {"rev-parse", "main"}).value_or("");
}

std::string Repositories::TreeOf(const std::string& name) const {
  return Git(name, {"rev-parse", "main^{tree}"}).value_or("");
}

std::string Repositories::FileOf(const std::string& name, const std::string& path) const {
  return Git(name, {"show", "main:" + path}).value_or("");
}

bool Repositories::Has(const std::string& name, const std::string& commit) const {
  return Git(name, {"merge-base", "--is-ancestor", commit, "main"}).ok();
}

int Repositories::CountSince(const std::string& name, const std::string& commit,
                             const std::string& text) const {
  const auto subjects = Git(name, {"log", "--first-parent", "--format=%s", "--fixed-strings",
                                   "--grep=" + text, commit + "..main"});
  if (!subjects.ok() || subjects->empty()) return 0;
  return static_cast<int>(std::count(subjects->begin(), subjects->end(), '\n')) + 1;
}

Status Repositories::CommitToHq(const std::string& from, const std::string& to,
                                const std::string& path, const std::string& content) const {
  const auto clone = house_.directory() / "hq-clone";
  const std::string folder = clone.string();
  std::error_code ignored;
  std::filesystem::remove_all(clone, ignored);
  HQ_RETURN_IF_ERROR(
      RunGit(house_, {"clone", "-q", FolderOf(house_, "hq").string(), folder}).status());
  HQ_RETURN_IF_ERROR(RunGit(house_, {"-C", folder, "checkout", "-q", "--detach", from}).status());
  HQ_RETURN_IF_ERROR(house::WriteFile(clone / path, content));
  HQ_RETURN_IF_ERROR(RunGit(house_, {"-C", folder, "commit", "-q", "-a", "-m", to}).status());
  return RunGit(house_, {"-C", folder, "push", "-q", "origin", "HEAD:refs/heads/" + to}).status();
}

}  // namespace hq::demo
