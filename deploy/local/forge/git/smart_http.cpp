#include "deploy/local/forge/git/smart_http.hpp"

#include <algorithm>
#include <cctype>
#include <cstdlib>

#include "common/runtime/durable_file.hpp"
#include "deploy/local/forge/git/child_process.hpp"

namespace hq::forge::git {
namespace {

using http_server::Request;
using http_server::Response;

// Git runs this once per pushed ref, with the ref's name as the first argument.
constexpr char kUpdateHook[] = R"(#!/bin/sh
case "$HQ_FORGE_ROLE:$1" in
  owner:*) exit 0 ;;
  hq:refs/heads/hq/*) exit 0 ;;
esac
echo "error: GH006: Protected branch update failed for $1." >&2
echo "error: Changes must be made through a pull request." >&2
exit 1
)";

Response PlainText(int status, const std::string& text) {
  return {status, {{"Content-Type", "text/plain; charset=utf-8"}}, text};
}

// What the child may know: the request, the data folder and who asks. Settings go in as
// command-scope configuration, so that no repository's own file can undo them.
std::vector<std::string> CgiEnvironment(const std::filesystem::path& folder, const Request& request,
                                        const Principal& principal) {
  const char* path = std::getenv("PATH");
  return {
      "PATH=" + std::string(path ? path : "/usr/bin:/bin"),
      "HOME=" + folder.string(),
      "GIT_CONFIG_NOSYSTEM=1",
      "GIT_PROJECT_ROOT=" + (folder / "repos").string(),
      "GIT_HTTP_EXPORT_ALL=1",
      "GIT_CONFIG_COUNT=4",
      "GIT_CONFIG_KEY_0=core.hooksPath",
      "GIT_CONFIG_VALUE_0=" + (folder / "state" / "hooks").string(),
      "GIT_CONFIG_KEY_1=safe.directory",
      "GIT_CONFIG_VALUE_1=*",
      "GIT_CONFIG_KEY_2=receive.autogc",
      "GIT_CONFIG_VALUE_2=false",
      "GIT_CONFIG_KEY_3=http.getanyfile",
      "GIT_CONFIG_VALUE_3=false",
      "HQ_FORGE_ROLE=" + std::string(principal.is_owner ? "owner" : "hq"),
      "REMOTE_USER=" + principal.login,
      "REMOTE_ADDR=127.0.0.1",
      "REQUEST_METHOD=" + request.method,
      "PATH_INFO=" + request.path,
      "QUERY_STRING=" + request.query,
      "CONTENT_TYPE=" + request.Header("content-type"),
      "CONTENT_LENGTH=" + std::to_string(request.body.size()),
      "HTTP_CONTENT_ENCODING=" + request.Header("content-encoding"),
      "GIT_PROTOCOL=" + request.Header("git-protocol"),
  };
}

// A CGI answer is header lines, an empty line and the body; "Status:" is the status line.
Response FromCgi(const std::string& output) {
  Response response;
  std::size_t begin = 0;
  while (begin < output.size()) {
    const auto end = output.find("\r\n", begin);
    if (end == std::string::npos) return PlainText(502, "Git gave no answer.\n");
    const std::string line = output.substr(begin, end - begin);
    begin = end + 2;
    if (line.empty()) break;
    const auto colon = line.find(": ");
    if (colon == std::string::npos) return PlainText(502, "Git gave no answer.\n");
    const std::string name = line.substr(0, colon);
    const std::string value = line.substr(colon + 2);
    if (name == "Status") {
      response.status = std::atoi(value.c_str());
    } else {
      response.headers.emplace_back(name, value);
    }
  }
  response.body = output.substr(begin);
  return response;
}

// Letters, digits, '-', '_' and '.', but not first: nothing that a path could mean otherwise.
bool IsPlainName(const std::string& name) {
  return !name.empty() && name[0] != '.' &&
         std::all_of(name.begin(), name.end(), [](unsigned char c) {
           return std::isalnum(c) || c == '-' || c == '_' || c == '.';
         });
}

// What follows /{owner}/{name}.git/ in the path; empty if the path does not begin so.
std::string ServiceOf(const std::string& path) {
  const auto owner_end = path.find('/', 1);
  if (owner_end == std::string::npos) return {};
  const auto name_end = path.find('/', owner_end + 1);
  if (name_end == std::string::npos) return {};
  const std::string name = path.substr(owner_end + 1, name_end - owner_end - 1);
  const bool is_repository =
      IsPlainName(path.substr(1, owner_end - 1)) && IsPlainName(name) && name.ends_with(".git");
  return is_repository ? path.substr(name_end + 1) : std::string();
}

}  // namespace

Result<SmartHttp> SmartHttp::Create(const std::filesystem::path& folder) {
  std::error_code error;
  const auto absolute = std::filesystem::absolute(folder, error);
  const auto hook = absolute / "state" / "hooks" / "update";
  HQ_RETURN_IF_ERROR(runtime::WriteDurably(hook, kUpdateHook));
  std::filesystem::permissions(hook, std::filesystem::perms::owner_all, error);
  if (error) return absl::UnavailableError(hook.string() + ": " + error.message());
  return SmartHttp(absolute);
}

bool SmartHttp::Owns(const std::string& path) { return !ServiceOf(path).empty(); }

Response SmartHttp::Handle(const Request& request, const Principal& principal) const {
  const std::string service = ServiceOf(request.path);
  const bool is_known =
      (request.method == "GET" && service == "info/refs") ||
      (request.method == "POST" && (service == "git-upload-pack" || service == "git-receive-pack"));
  if (!is_known) return PlainText(404, "Not Found\n");
  ChildProcess child;
  child.argv = {"git", "http-backend"};
  child.environment = CgiEnvironment(folder_, request, principal);
  child.input = request.body;
  const auto output = RunChild(child);
  if (output.ok()) return FromCgi(*output);
  const bool is_late = absl::IsDeadlineExceeded(output.status());
  return PlainText(is_late ? 504 : 502, "Git failed.\n");
}

}  // namespace hq::forge::git
