#include "deploy/local/forge/site/site.hpp"

#include <nlohmann/json.hpp>

#include "deploy/local/forge/site/health.hpp"
#include "deploy/local/forge/state/refresh.hpp"
#include "deploy/local/http_server/url.hpp"

namespace hq::forge::site {
namespace {

using http_server::Request;
using http_server::Response;
using nlohmann::json;

Response Answer(int status, const std::string& content_type, std::string body) {
  return {status, {{"Content-Type", content_type}, {"Cache-Control", "no-cache"}}, std::move(body)};
}

Response NotFound() { return Answer(404, "text/plain; charset=utf-8", "Not found.\n"); }

std::string ContentType(const std::string& file) {
  static const std::map<std::string, std::string> kTypes = {
      {"html", "text/html; charset=utf-8"},
      {"htm", "text/html; charset=utf-8"},
      {"css", "text/css; charset=utf-8"},
      {"js", "text/javascript; charset=utf-8"},
      {"json", "application/json"},
      {"svg", "image/svg+xml"},
      {"png", "image/png"},
      {"jpg", "image/jpeg"},
      {"jpeg", "image/jpeg"},
      {"gif", "image/gif"},
      {"webp", "image/webp"},
      {"ico", "image/x-icon"},
      {"txt", "text/plain; charset=utf-8"},
      {"md", "text/markdown; charset=utf-8"},
      {"xml", "application/xml"},
      {"woff2", "font/woff2"}};
  const auto dot = file.rfind('.');
  const auto found = kTypes.find(dot == std::string::npos ? "" : file.substr(dot + 1));
  return found == kTypes.end() ? "application/octet-stream" : found->second;
}

Response HealthAnswer(const Health& health) {
  const json release = health.release.empty() ? json(nullptr) : json(health.release);
  const bool is_ok = health.missing.empty();
  json body = {{"status", is_ok ? "ok" : "failing"}, {"release", release}};
  if (!is_ok) body["missing"] = health.missing;
  return Answer(is_ok ? 200 : 500, "application/json", body.dump());
}

bool HasDotPart(const std::vector<std::string>& segments) {
  for (const auto& segment : segments)
    if (segment.starts_with(".") || segment.find('/') != std::string::npos) return true;
  return false;
}

std::string Join(const std::vector<std::string>& segments, std::size_t from) {
  std::string path;
  for (std::size_t i = from; i < segments.size(); ++i) path += (i > from ? "/" : "") + segments[i];
  return path;
}

// The first label of a host with several; empty for "localhost" alone.
std::string FirstLabel(const std::string& host) {
  const auto dot = host.find('.');
  return dot == std::string::npos ? std::string() : host.substr(0, dot);
}

}  // namespace

std::optional<Response> Site::Handle(const Request& request) {
  const auto segments = http_server::PathSegments(request.path);
  const bool is_below_sites = segments[0] == "sites" && segments.size() >= 3;
  const std::string name = is_below_sites ? segments[2] : FirstLabel(request.Header("host"));
  const std::string owner = is_below_sites ? segments[1] : store_.OwnerOf(name);
  if (owner.empty()) return std::nullopt;
  if (request.method != "GET") return Answer(405, "text/plain; charset=utf-8", "Read only.\n");
  if (is_below_sites && segments.size() == 3) {
    Response moved = Answer(301, "text/plain; charset=utf-8", "");
    moved.headers.emplace_back("Location", request.path + "/");
    return moved;
  }
  const std::size_t first = is_below_sites ? 3 : 0;
  if (HasDotPart({segments.begin() + static_cast<std::ptrdiff_t>(first), segments.end()}))
    return NotFound();
  return Serve(owner, name, Join(segments, first));
}

Response Site::Serve(const std::string& owner, const std::string& name, const std::string& path) {
  const auto held = store_.Open(owner, name);
  if (absl::IsNotFound(held.status())) return NotFound();
  if (!held.ok()) return Answer(500, "text/plain; charset=utf-8", "The site cannot be read.\n");
  const std::int64_t now_ms = ToMicros(clock_.Now()) / 1000;
  const std::string commit = state::ServedCommit(held->state(), now_ms, deploy_delay_);
  if (commit.empty()) return NotFound();
  if (path == "health") {
    const auto health = Examine(held->git(), commit);
    if (!health.ok()) return Answer(500, "application/json", R"({"status":"unreadable"})");
    return HealthAnswer(*health);
  }
  const auto files = held->git().ListFiles(commit);
  const std::string file = files.ok() ? FileAt(*files, path) : std::string();
  if (file.empty()) return NotFound();
  auto content = held->git().ReadFile(commit, file);
  if (!content.ok()) return NotFound();
  Response response = Answer(200, ContentType(file), *std::move(content));
  response.headers.emplace_back("X-Served-Commit", commit);
  return response;
}

}  // namespace hq::forge::site
