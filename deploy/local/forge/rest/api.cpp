#include "deploy/local/forge/rest/api.hpp"

#include "deploy/local/forge/rest/answers.hpp"
#include "deploy/local/forge/rest/routes.hpp"

namespace hq::forge::rest {
namespace {

using http_server::Request;
using http_server::Response;
using nlohmann::json;

constexpr std::size_t kBodyMaxBytes = 1 << 20;

std::string BaseUrl(const Request& request) { return "http://" + request.Header("host"); }

}  // namespace

Response Api::Handle(const Request& request, const Principal& principal, json* audit) {
  const bool is_write = request.method != "GET";
  const std::int64_t write = is_write && options_.fail_every > 0 ? ++writes_ : 0;
  const bool is_failing = write > 0 && write % options_.fail_every == 0;
  if (!is_failing) return Dispatch(request, principal, audit);
  const bool is_done_first = (write / options_.fail_every) % 2 == 0;
  if (is_done_first) {
    const Response done = Dispatch(request, principal, audit);
    if (!audit->is_object()) *audit = json::object();
    (*audit)["done_status"] = done.status;
  } else {
    *audit = json::object();
  }
  (*audit)["injected_failure"] = is_done_first ? "after" : "before";
  return Error(502, "Server Error");
}

Response Api::Dispatch(const Request& request, const Principal& principal, json* audit) {
  auto route = FindRoute(request.method, http_server::PathSegments(request.path));
  if (!route) return Error(404, "Not Found");
  if (request.body.size() > kBodyMaxBytes) return Error(413, "Request body is too large");
  Call call;
  call.body = request.body.empty() ? json::object() : json::parse(request.body, nullptr, false);
  if (call.body.is_discarded()) return Error(400, "Problems parsing JSON");
  if (!call.body.is_structured()) return Error(400, "Body should be a JSON object");
  call.principal = principal;
  call.parameters = std::move(route->parameters);
  call.query = http_server::ParseQuery(request.query);
  call.path = request.path;
  call.base_url = BaseUrl(request);
  call.check_delay = options_.check_delay;
  if (call.parameters.contains("owner")) {
    auto held = store_.Open(call.Parameter("owner"), call.Parameter("repo"));
    if (!held.ok()) return FromStatus(held.status());
    call.held.emplace(*std::move(held));
  }
  call.now_ms = ToMicros(clock_.Now()) / 1000;
  const Answer answer = route->handler(call);
  *audit = call.audit;
  if (!call.news.is_null()) {
    call.news["repository"] = {{"full_name", call.repository().full_name()}};
    webhooks_.Send("pull_request", call.news);
  }
  return answer.ok() ? *answer : FromStatus(answer.status());
}

}  // namespace hq::forge::rest
