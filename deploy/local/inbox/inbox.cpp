#include "deploy/local/inbox/inbox.hpp"

#include <algorithm>
#include <cctype>

#include "deploy/local/http_server/url.hpp"

namespace hq::inbox {
namespace {

using http_server::Request;
using http_server::Response;
using nlohmann::json;

Response Text(int status, const std::string& text) {
  return {status, {{"Content-Type", "text/plain; charset=utf-8"}}, text};
}

Response Json(int status, const json& body) {
  return {status, {{"Content-Type", "application/json"}}, body.dump()};
}

bool IsBoxName(const std::string& name) {
  constexpr std::size_t kLengthMax = 64;
  return !name.empty() && name.size() <= kLengthMax &&
         std::all_of(name.begin(), name.end(),
                     [](unsigned char c) { return std::isalnum(c) || c == '-' || c == '_'; });
}

// What Slack asks of a message: an object with a text that is not empty.
bool IsSlackMessage(const json& body) {
  if (!body.is_object()) return false;
  const auto text = body.find("text");
  return text != body.end() && text->is_string() && !text->get<std::string>().empty();
}

}  // namespace

Response Inbox::Handle(const Request& request) {
  const auto segments = http_server::PathSegments(request.path);
  if (request.method == "GET" && request.path == "/messages") {
    auto query = http_server::ParseQuery(request.query);
    return Json(200, log_.Read(query["box"]));
  }
  const bool is_box = segments.size() == 2 && (segments[0] == "slack" || segments[0] == "webhook");
  if (!is_box || !IsBoxName(segments[1])) return Text(404, "no_service");
  if (request.method != "POST") return Text(405, "method_not_allowed");
  return Post(segments[0], segments[1], request);
}

Response Inbox::Post(const std::string& kind, const std::string& name, const Request& request) {
  const std::string box = kind + "/" + name;
  if (IsFailing(box)) {
    Response response = Text(503, "try_again");
    response.headers.emplace_back("Retry-After", "1");
    return response;
  }
  const json body = json::parse(request.body, nullptr, false);
  const bool is_slack = kind == "slack";
  if (body.is_discarded() || (is_slack && !IsSlackMessage(body)))
    return Text(400, "invalid_payload");
  json headers = json::object();
  for (const char* header :
       {"idempotency-key", "content-type", "x-github-event", "x-hub-signature-256"})
    if (const std::string value = request.Header(header); !value.empty()) headers[header] = value;
  const Status kept = log_.Append(
      {{"time", ToRfc3339(clock_.Now())}, {"box", box}, {"headers", headers}, {"body", body}});
  if (!kept.ok()) return Text(500, "not_stored");
  return is_slack ? Text(200, "ok") : Json(200, {{"ok", true}});
}

bool Inbox::IsFailing(const std::string& box) {
  const std::lock_guard lock(mutex_);
  return posts_[box]++ < fail_first_;
}

}  // namespace hq::inbox
