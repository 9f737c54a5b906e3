#include "services/sync/adapters/git_remote.hpp"

#include <absl/strings/escaping.h>
#include <git2.h>

#include <array>
#include <cstdlib>
#include <filesystem>

#include "common/runtime/fault.hpp"

namespace hq::sync {
namespace {

constexpr char kTopicPrefix[] = "hq/";

struct GitSetting {
  std::string key;
  std::string value;
};

// The header with the token is bound to the base URL: Git sends it to no other address.
std::vector<GitSetting> GitSettingsOf(const GitRemote::Settings& settings) {
  std::vector<GitSetting> list = {{"gc.auto", "0"},
                                  {"maintenance.auto", "false"},
                                  {"http.followRedirects", "false"},
                                  {"credential.helper", ""}};
  const bool is_url = settings.git_base_url.find("://") != std::string::npos;
  if (settings.token.empty() || !is_url) return list;
  std::string base = settings.git_base_url;
  while (base.ends_with('/')) base.pop_back();
  std::string encoded;
  absl::Base64Escape("x-access-token:" + settings.token, &encoded);
  list.push_back({"http." + base + "/.extraHeader", "Authorization: Basic " + encoded});
  return list;
}

std::vector<std::string> GitEnvironmentOf(const GitRemote::Settings& settings) {
  std::vector<std::string> environment = {
      "HOME=" + settings.folder, "LC_ALL=C",
      "GIT_CONFIG_NOSYSTEM=1",   "GIT_CONFIG_GLOBAL=/dev/null",
      "GIT_TERMINAL_PROMPT=0",   "GIT_ALLOW_PROTOCOL=http:https:file",
      "GIT_ASKPASS=/bin/false",  "no_proxy=127.0.0.1,localhost,::1"};
  for (const char* name : {"PATH", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR", "http_proxy",
                           "https_proxy", "HTTPS_PROXY"})
    if (const char* value = std::getenv(name))
      environment.push_back(std::string(name) + "=" + value);
  const auto list = GitSettingsOf(settings);
  environment.push_back("GIT_CONFIG_COUNT=" + std::to_string(list.size()));
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::string number = std::to_string(i);
    environment.push_back("GIT_CONFIG_KEY_" + number + "=" + list[i].key);
    environment.push_back("GIT_CONFIG_VALUE_" + number + "=" + list[i].value);
  }
  return environment;
}

bool HasAny(const std::string& text, std::initializer_list<const char*> words) {
  for (const char* word : words)
    if (text.find(word) != std::string::npos) return true;
  return false;
}

// The last line that says something, for people; bounded, printable.
std::string LastLineOf(const std::string& errors) {
  constexpr std::size_t kBytesMax = 200;
  std::string line;
  std::size_t begin = 0;
  while (begin < errors.size()) {
    const std::size_t end = std::min(errors.find('\n', begin), errors.size());
    if (end > begin) line = errors.substr(begin, std::min(end - begin, kBytesMax));
    begin = end + 1;
  }
  for (char& c : line)
    if (static_cast<unsigned char>(c) < ' ' || static_cast<unsigned char>(c) > '~') c = '?';
  return line;
}

Status GitFaultOf(const GitOutcome& outcome, const std::string& what) {
  if (outcome.is_late) return absl::UnavailableError(what + ": no answer in time");
  const std::string why = what + ": " + LastLineOf(outcome.errors);
  const bool is_denied = HasAny(outcome.errors, {"Authentication failed", "could not read Username",
                                                 "error: 401", "error: 403", "Permission denied"});
  if (is_denied) return absl::PermissionDeniedError(why);
  const bool is_absent =
      HasAny(outcome.errors, {"error: 404", "not found", "does not appear to be a git repository",
                              "couldn't find remote ref", "Couldn't find remote ref"});
  if (is_absent) return absl::NotFoundError(why);
  return absl::UnavailableError(why);  // What is not known is worth another try.
}

// Git tells by `--porcelain` what became of the one ref: "!\tsrc:dst\t[rejected] (stale info)".
Status PushFaultOf(const GitOutcome& outcome, const std::string& topic_branch) {
  const std::string what = "git push " + topic_branch;
  if (outcome.is_late) return absl::DeadlineExceededError(what + ": no answer in time");
  if (HasAny(outcome.output, {"(stale info)", "(fetch first)", "(non-fast-forward)"}))
    return absl::FailedPreconditionError(what + ": the branch is not what it was expected to be");
  if (HasAny(outcome.output, {"[remote rejected]"})) {
    if (HasAny(outcome.output, {"failed to update ref", "cannot lock ref", "failed to lock"}))
      return absl::UnavailableError(what + ": the branch is being changed by somebody else");
    return absl::PermissionDeniedError(what + ": the repository refuses it");
  }
  const Status fault = GitFaultOf(outcome, what);
  const bool may_be_taken =
      absl::IsUnavailable(fault) &&
      !HasAny(outcome.errors, {"Failed to connect", "Could not resolve", "unable to access"});
  return may_be_taken ? absl::DeadlineExceededError(fault.message()) : fault;
}

}  // namespace

GitRemote::GitRemote(Settings settings)
    : settings_(std::move(settings)), environment_(GitEnvironmentOf(settings_)) {}

Status GitRemote::Fetch(const std::string& clone_url,
                        const std::vector<std::string>& refspecs) const {
  RemoveStaleLocks();
  std::vector<std::string> arguments = {"fetch",
                                        "--prune",
                                        "--quiet",
                                        "--no-tags",
                                        "--no-write-fetch-head",
                                        "--no-recurse-submodules",
                                        clone_url};
  arguments.insert(arguments.end(), refspecs.begin(), refspecs.end());
  HQ_ASSIGN_OR_RETURN(const GitOutcome outcome, Run(arguments));
  if (!outcome.is_late && outcome.exit_code == 0) return absl::OkStatus();
  return GitFaultOf(outcome, "git fetch");
}

Result<std::string> GitRemote::LookUp(const std::string& clone_url, const std::string& ref) const {
  HQ_ASSIGN_OR_RETURN(const GitOutcome outcome, Run({"ls-remote", "--quiet", clone_url, ref}));
  if (outcome.is_late || outcome.exit_code != 0) return GitFaultOf(outcome, "git ls-remote");
  // A pattern also matches refs that end alike, so the whole name is compared.
  std::size_t begin = 0;
  while (begin < outcome.output.size()) {
    const std::size_t end = std::min(outcome.output.find('\n', begin), outcome.output.size());
    const std::string line = outcome.output.substr(begin, end - begin);
    const auto tab = line.find('\t');
    if (tab != std::string::npos && line.substr(tab + 1) == ref &&
        IsObjectName(line.substr(0, tab)))
      return line.substr(0, tab);
    begin = end + 1;
  }
  return std::string();
}

Status GitRemote::Push(const std::string& clone_url, const std::string& topic_branch,
                       const std::string& commit, const std::string& expected_old) const {
  const std::string ref = "refs/heads/" + topic_branch;
  int is_name = 0;
  const bool is_ours = topic_branch.starts_with(kTopicPrefix) &&
                       git_reference_name_is_valid(&is_name, ref.c_str()) == 0 && is_name == 1;
  if (!is_ours)
    return absl::InvalidArgumentError(
        "only branches below refs/heads/hq/ are pushed, and this is "
        "none of them");
  const bool are_commits =
      IsObjectName(commit) && (expected_old.empty() || IsObjectName(expected_old));
  if (!are_commits) return absl::InvalidArgumentError("git push: no commit");
  fault::Point("git.push.before");
  const auto outcome =
      Run({"push", "--porcelain", "--no-verify", "--no-recurse-submodules",
           "--force-with-lease=" + ref + ":" + expected_old, clone_url, commit + ":" + ref});
  fault::Point("git.push.after");
  HQ_RETURN_IF_ERROR(outcome.status());
  if (!outcome->is_late && outcome->exit_code == 0) return absl::OkStatus();
  return PushFaultOf(*outcome, topic_branch);
}

void GitRemote::RemoveStaleLocks() const {
  namespace fs = std::filesystem;
  constexpr std::chrono::seconds kMargin(30);
  const auto oldest = fs::file_time_type::clock::now() - settings_.deadline - kMargin;
  std::error_code error;
  // A folder that cannot be read shows itself in the fetch that follows.
  for (fs::recursive_directory_iterator it(fs::path(settings_.folder) / "refs", error), end;
       !error && it != end; it.increment(error)) {
    std::error_code gone;  // Somebody else may have been faster.
    if (it->path().extension() == ".lock" && fs::last_write_time(it->path(), gone) < oldest &&
        !gone)
      fs::remove(it->path(), gone);
  }
}

Result<GitOutcome> GitRemote::Run(const std::vector<std::string>& arguments) const {
  GitRun run;
  run.arguments = {"--git-dir=" + settings_.folder};
  run.arguments.insert(run.arguments.end(), arguments.begin(), arguments.end());
  run.environment = environment_;
  run.deadline = settings_.deadline;
  return RunGit(run);
}

}  // namespace hq::sync
